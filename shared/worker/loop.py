"""The loop of a worker: own, read, process, commit; and what to do when any of it fails."""

import logging
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from shared.bus.frames import FrameStore, RedisFrames
from shared.bus.topology import LINKS
from shared.bus.transport import Commit, Outcome, StageTransport, TransportError
from shared.messages import Frame
from shared.metrics import StageMetrics
from shared.worker.batch import Processor, error_lines
from shared.worker.dead_letters import DeadLetterLimit
from shared.worker.intake import Filling, Intake, Reader, Slot
from shared.worker.lane import Lane
from shared.worker.meter import Meter
from shared.worker.prefetch import Prefetch
from shared.worker.stage import Stage

S = TypeVar("S")

_log = logging.getLogger(__name__)

DEATHS_TO_CAUTION = 1  # owners that died where we stand: from here on one message at a time ...
TRIES_TO_BURY = 4  # ... and a message that was being processed alone at so many deaths is buried unseen
_BACKOFF_FIRST_S = 0.1
_BACKOFF_LAST_S = 5.0


class Ownership(Protocol):
    """Which partitions this worker may work on; see `shared.bus.leases.Leases`.

    Whoever makes it gives it back: only a worker that stops in good order may.
    """

    def tick(self) -> frozenset[int]:
        """The partitions owned now."""

    def beat(self) -> None:
        """The loop is alive."""


@dataclass(frozen=True)
class Options:
    """How a worker works. `prefetch` reads the next batch while the present one is processed; a batch waits
    up to `fill_ms` for `fill` messages of all its partitions.
    """

    batch: int = 8
    wait_ms: int = 200
    fill: int = 1
    fill_ms: int = 0
    deadline_ms: int | None = None
    only_live: bool = False  # a stand-in passes live frames on; a replay waits for the real stage
    dead_in_a_row: int = 20
    prefetch: bool = True
    frames: FrameStore = field(default_factory=RedisFrames)
    verify_s: float = 1.0  # so often the stored positions are compared with ours


class Worker(Generic[S]):
    """Runs one stage until told to stop.

    Three kinds of failure meet three answers: the server is away (back off, load again), a message cannot
    be processed (dead letter), the program is wrong (the exception leaves `run`).
    """

    def __init__(
        self,
        stage: Stage[S],
        transport: StageTransport,
        ownership: Ownership,
        options: Options,
        metrics: StageMetrics,
    ) -> None:
        link = LINKS[stage.name]
        self._stage = stage
        self._transport = transport
        self._ownership = ownership
        self._options = options
        self._metrics = metrics
        self._meter = Meter()
        deadline_ms = options.deadline_ms if link.enriches else None
        self._processor = Processor(
            stage, link, self._meter, deadline_ms=deadline_ms, on_round=metrics.processing
        )
        reader = Reader(
            transport,
            stage,
            options.frames,
            self._meter,
            count=options.batch,
            block_ms=options.wait_ms,
            filling=Filling(options.fill, options.fill_ms, deadline_ms),
        )
        self._input = Prefetch(reader, ahead=options.prefetch)
        self._lanes: dict[int, Lane[S]] = {}
        self._cautious: dict[int, int] = {}  # partition -> messages still to be taken one at a time
        self._limit = DeadLetterLimit(options.dead_in_a_row)
        self._verify_at_s = 0.0

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions it works on now."""
        return frozenset(self._lanes)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, and finish the batch in hand."""
        pause_s = _BACKOFF_FIRST_S
        try:
            while not stop.is_set():
                try:
                    if not self.step():
                        stop.wait(self._options.wait_ms / 1000)
                    pause_s = _BACKOFF_FIRST_S
                except TransportError as error:
                    _log.warning("%s: %s; trying again in %.1f s", self._stage.name, error, pause_s)
                    self.forget()
                    stop.wait(pause_s * random.uniform(0.5, 1.0))
                    pause_s = min(2 * pause_s, _BACKOFF_LAST_S)
        finally:
            self._close()

    def step(self) -> bool:
        """One turn of the loop; False where this worker owns nothing.

        Raises:
            TransportError: the server is away; call again after a pause.
            TooManyDeadLettersError: give up.
        """
        self._ownership.beat()
        self._follow(self._ownership.tick())
        self._verify()
        if not self._lanes:
            return False
        intake = self._input.take(self._cursors())
        slots = {partition: taken for partition in self._lanes if (taken := self._taken(intake, partition))}
        if slots:
            self._metrics.filled(intake.waited_s)
            self._read_ahead(slots)
            self._advance(slots, intake)
        return True

    def forget(self) -> None:
        """Drop all that is believed of the server; the next step loads it again."""
        self._lanes.clear()
        self._input.forget()

    def _close(self) -> None:
        self.forget()
        self._input.close()

    def _follow(self, owned: frozenset[int]) -> None:
        """Load what is newly owned, forget what is no longer."""
        for partition in self._lanes.keys() - owned:
            del self._lanes[partition]
        graves = []
        for partition in sorted(owned - self._lanes.keys()):
            with self._meter.part("bus"):
                position = self._transport.load(self._stage.name, partition)
            self._lanes[partition] = Lane(partition, position, self._stage)
            if position.deaths >= DEATHS_TO_CAUTION:
                self._cautious[partition] = self._options.batch
                graves.append(partition)
        if graves:  # whoever watches the processes has told of the deaths: this is for the log only
            _log.info(
                "%s: an earlier worker died in %s: one message at a time there", self._stage.name, graves
            )
        self._metrics.owned(len(self._lanes))

    def _verify(self) -> None:
        """Find out that the server went back, or others went on, though no commit of ours is refused.

        Without new messages none is: what lies between the stored position and ours would wait for ever.
        """
        now_s = time.monotonic()
        if now_s < self._verify_at_s or not self._lanes:
            return
        self._verify_at_s = now_s + self._options.verify_s
        with self._meter.part("bus"):
            stored = self._transport.cursors(self._stage.name, self._lanes)
        for partition, cursor in stored.items():
            if cursor != self._lanes[partition].cursor:
                _log.info("%s: partition %d stands elsewhere: loading it", self._stage.name, partition)
                del self._lanes[partition]

    def _cursors(self) -> dict[int, str]:
        return {partition: lane.cursor for partition, lane in self._lanes.items()}

    def _read_ahead(self, slots: Mapping[int, Sequence[Slot]]) -> None:
        """Start reading what follows `slots`; thrown away later if they are not committed."""
        self._input.begin(self._cursors() | {p: taken[-1].entry.id for p, taken in slots.items()})

    def _taken(self, intake: Intake, partition: int) -> Sequence[Slot]:
        """The partition's new slots, if they follow the place where we stand."""
        if intake.cursors.get(partition) != self._lanes[partition].cursor:
            return ()
        slots = intake.slots.get(partition, ())
        if self._options.only_live:
            waits = (i for i, s in enumerate(slots) if isinstance(s.message, Frame) and not s.message.live)
            slots = slots[: next(waits, len(slots))]
        return slots

    def _advance(self, slots: dict[int, Sequence[Slot]], intake: Intake) -> None:
        for partition in [p for p in slots if p in self._cautious]:
            self._advance_cautiously(slots.pop(partition), intake)
        if not slots:
            return
        result = self._attempt(slots, intake)
        if isinstance(result, Exception):
            self._advance_singly(slots, intake)
            return
        for commit in result:
            self._settle(commit)

    def _attempt(self, slots: Mapping[int, Sequence[Slot]], intake: Intake) -> list[Commit] | Exception:
        """Process a batch. A bug in a stage shall cost the message that shows it, and no other."""
        try:
            return self._processor.run(slots, self._lanes, intake.server_now_ms)
        except Exception as error:  # noqa: BLE001 - the one broad except of the product
            places = {partition: taken[0].entry.id for partition, taken in slots.items()}
            _log.warning("%s: failed on a batch from %s", self._stage.name, places, exc_info=True)
            return error

    def _advance_singly(self, slots: Mapping[int, Sequence[Slot]], intake: Intake) -> None:
        """After a failed batch: find the message that fails alone."""
        for partition, taken in slots.items():
            if self._reload(partition):
                self._advance_while_ours(taken, intake)

    def _advance_while_ours(self, slots: Sequence[Slot], intake: Intake) -> None:
        for slot in slots:
            if not self._advance_one(slot, intake):
                return

    def _advance_cautiously(self, slots: Sequence[Slot], intake: Intake) -> None:
        """After deaths at this place: note each message before it is touched, bury the one that kills."""
        for slot in slots:
            tries = self._transport.tried(self._stage.name, slot.partition, slot.entry.id)
            if tries >= TRIES_TO_BURY:
                killed = f"the worker ended {tries} times while it processed this message"
                if not self._bury(slot, killed, ""):
                    return
            elif not self._advance_one(slot, intake):
                return
            self._grow_bold(slot.partition)

    def _grow_bold(self, partition: int) -> None:
        left = self._cautious.pop(partition, 0) - 1
        if left > 0:
            self._cautious[partition] = left

    def _advance_one(self, slot: Slot, intake: Intake) -> bool:
        """Process one message alone; False where the position is no longer ours."""
        lane = self._lanes.get(slot.partition)
        if lane is None:
            return False
        result = self._attempt({slot.partition: [slot]}, intake)
        if isinstance(result, Exception):
            return self._reload(slot.partition) and self._bury(slot, *error_lines(result))
        return self._settle(result[0])

    def _bury(self, slot: Slot, error: str, trace: str) -> bool:
        lane = self._lanes.get(slot.partition)
        return lane is not None and self._settle(self._processor.bury(slot, lane, error, trace))

    def _settle(self, commit: Commit) -> bool:
        """Commit and move on with it, or drop what we believed of the partition."""
        lane = self._lanes[commit.partition]
        self._limit.heed(commit, commit.entries_read - lane.entries_read)
        with self._meter.part("bus"):
            outcome = self._transport.commit(commit)
        self._metrics.committed(commit, outcome)
        if outcome is not Outcome.DONE:
            _log.info(
                "%s: commit to partition %d refused: %s", self._stage.name, commit.partition, outcome.name
            )
            del self._lanes[commit.partition]
            return False
        lane.cursor = commit.cursor
        lane.entries_read = commit.entries_read
        return True

    def _reload(self, partition: int) -> bool:
        """Spoilt memories: start again from what is stored. False where that is not where we stood.

        Then the failure says nothing: others have moved on, and what we had read may be gone.
        """
        stood = self._lanes[partition].cursor
        position = self._transport.load(self._stage.name, partition)
        self._lanes[partition] = Lane(partition, position, self._stage)
        return position.cursor == stood
