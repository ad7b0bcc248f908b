"""The loop of ingest: own partitions, and have a player for each camera that belongs to them.

Nothing here waits for the server or a camera: a lookout asks the one, players read the others. So the loop
always sees who is silent, and every player hears in time that it may go on.
"""

import itertools
import logging
import selectors
import threading
import time

from services.ingest.lookout import Lookout
from services.ingest.playing.channel import Forked, Gone, Task
from services.ingest.playing.nursery import Nursery
from services.ingest.playing.player import EXIT_ORPHANED
from services.ingest.playing.seat import Player, Seat
from services.ingest.roster import Roster
from shared import metrics
from shared.bus.transport import SourceTransport, TransportError
from shared.worker.loop import Ownership

_TURN_S = 0.1
_TOKEN_S = 0.5
_LEASES = 3  # without the server for so many lease times, others may have the cameras

_log = logging.getLogger(__name__)


class IngestWorker:
    """Has the cameras of its partitions played, each by a process of its own.

    Args:
        nursery: makes the players.
        ownership: the leases of this worker.
        transport: the bus.
        roster: the cameras.
    """

    def __init__(
        self, nursery: Nursery, ownership: Ownership, transport: SourceTransport, roster: Roster
    ) -> None:
        self._nursery = nursery
        self._ownership = ownership
        self._transport = transport
        self._roster = roster
        self._lookout = Lookout(ownership, transport)
        self._seats: dict[str, Seat] = {}
        self._players: dict[int, Seat] = {}
        self._numbers = itertools.count(1)
        self._owned: frozenset[int] = frozenset()
        self._seen_s = time.monotonic()
        self._token_s = 0.0
        self._away = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(nursery, selectors.EVENT_READ)

    def run(self, stop: threading.Event) -> None:
        """Play until `stop` is set.

        Raises:
            NurseryLostError: no more players can be made.
            ServerRefusedError: a person must act.
        """
        try:
            while not stop.is_set():
                self.step()
            self._leave()
        finally:
            self._lookout.close()
            self._selector.close()

    def step(self) -> None:
        """Wait a moment for news, then look once at everything."""
        self._listen()
        self._roster.look()
        self._look()
        self._ownership.beat()
        self._assure()
        for seat in self._seats.values():
            self._adjust(seat)
        self._start()

    def _listen(self) -> None:
        self._selector.select(_TURN_S)
        for seat in self._seats.values():
            seat.listen()
        for message in self._nursery.receive():
            if isinstance(message, Forked):
                _log.info("camera %s: process %d", self._players[message.player].name, message.pid)
            else:
                self._gone(message)

    def _look(self) -> None:
        now_s = time.monotonic()
        ended = [seat.name for seat in self._seats.values() if seat.ended is not None]
        try:
            sight = self._lookout.look(now_s, ended)
        except TransportError as error:
            if not self._away:
                _log.warning("ingest: %s; trying again", error)
            self._away = True
            return
        if sight is None:
            return
        self._away, self._seen_s, self._owned = False, sight.seen_s, sight.owned
        metrics.partitions.labels("ingest").set(len(sight.owned))
        for name in sight.begun & self._seats.keys():
            self._seats[name].ended = None

    def _assure(self) -> None:
        """Tell the players that they may go on, unless the server was away for so long that nobody knows."""
        now_s = time.monotonic()
        if now_s < self._token_s or now_s - self._seen_s > _LEASES * self._roster.lease_s:
            return
        self._token_s = now_s + _TOKEN_S
        for seat in self._players.values():
            if seat.player is not None:
                seat.player.assure()

    def _task(self, name: str) -> Task | None:
        """What is to be done with a camera now."""
        task = self._roster.task(name)
        return task if task is not None and self._partition(task) in self._owned else None

    def _partition(self, task: Task) -> int:
        pinned: int | None = task.camera["partition"]
        name: str = task.camera["name"]
        return self._transport.assign(name) if pinned is None else pinned % self._transport.partitions

    def _adjust(self, seat: Seat) -> None:
        """Send a player away that is no longer wanted, and kill one that hangs."""
        player = seat.player
        if player is None:
            return
        if player.task != self._task(seat.name):
            player.leave()
        fault = player.fault(self._roster.ingest.hang_s)
        if fault and not player.killed:
            _log.error("ingest: camera %s: %s: its process is killed", seat.name, fault)
            metrics.camera_kills.labels(seat.name).inc()
            player.killed = fault
            self._nursery.kill(next(number for number, one in self._players.items() if one is seat))

    def _start(self) -> None:
        """Order players for cameras that have none, if it is sure that they are ours at this moment."""
        if time.monotonic() - self._seen_s >= self._roster.lease_s:
            return
        for name in self._roster.names:
            task = self._task(name)
            if task is None:
                continue
            seat = self._seats.get(name)
            if seat is None:
                ingest = self._roster.ingest
                seat = self._seats[name] = Seat(name, ingest.retry_first_s, ingest.retry_longest_s)
            if seat.free and seat.ended != task:
                self._order(seat, task)

    def _order(self, seat: Seat, task: Task) -> None:
        number = next(self._numbers)
        rendered = str(task.camera["source"]).startswith("synth:")
        seat.ended = None
        seat.player = Player(task, self._nursery.fork(number, rendered=rendered))
        self._players[number] = seat
        self._selector.register(seat.player.channel, selectors.EVENT_READ)

    def _gone(self, message: Gone) -> None:
        seat = self._players.pop(message.player)
        assert seat.player is not None
        self._selector.unregister(seat.player.channel)
        player = seat.vacate()
        if message.status == 0 and not player.killed:
            self._done(seat, player)
        elif message.status == EXIT_ORPHANED:
            _log.warning(
                "ingest: camera %s: was let go, for this process or the server was silent", seat.name
            )
        else:
            metrics.camera_deaths.labels(seat.name).inc()
            pause_s = seat.pause(player)
            how = f"exit code {message.status}" if message.status >= 0 else f"signal {-message.status}"
            _log.error(
                "ingest: camera %s: its process ended with %s; a new one in %.1f s", seat.name, how, pause_s
            )

    def _done(self, seat: Seat, player: Player) -> None:
        """A player has ended in good order: as it was told, or because nothing is left to do."""
        if not player.leaving:
            seat.ended = player.task
        if self._roster.farewells.get(seat.name) == player.task:
            del self._roster.farewells[seat.name]
        if seat.name not in self._roster.names:
            del self._seats[seat.name]

    def _leave(self) -> None:
        """Stop publishing, so that nobody works where the leases are given back next."""
        self._roster.clear()
        while self._players:
            self._listen()
            self._ownership.beat()
            self._assure()
            for seat in list(self._seats.values()):
                self._adjust(seat)
