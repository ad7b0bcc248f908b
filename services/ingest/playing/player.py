"""A player: the process that reads one camera, and ends with it.

It lives as long as its worker says so. A hang of the decoder, wherever it is, costs this process alone.
"""

import logging
import os
import signal
import socket
import threading
import time
from contextlib import closing

from setproctitle import setproctitle

from services.ingest.playing.channel import Beat, Channel, ClosedError, Leave, Task, Token
from services.ingest.playing.publisher import Publisher
from services.ingest.playing.task import bus_of, frames_of, job_of
from services.ingest.playing.vitals import Vitals
from shared.bus.connect import join_bus
from shared.bus.stores import open_frames
from shared.errors import UserError
from shared.worker.process import EXIT_USER

BEAT_S = 0.5
EXIT_ORPHANED = 75  # the worker was silent: another may read the camera by now
_TASK_S = 10.0
_GRACE_S = 1.0  # for the picture in hand, when the camera is no longer ours

_log = logging.getLogger(__name__)


def play(end: socket.socket) -> int:
    """Do the task that comes through this socket; the exit status."""
    try:
        return _play(end)
    except UserError as error:
        _log.error("%s", error)
        return EXIT_USER


def _play(end: socket.socket) -> int:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())  # a service manager stops all of us at once
    channel = Channel(end)
    task = _task(channel)
    if not isinstance(task, Task):
        return EXIT_ORPHANED if task is None else 0
    job, bus = job_of(task), bus_of(task)
    name = job.camera.name
    setproctitle(f"kinestream ingest: {name}")
    threading.current_thread().name = f"camera {name}"
    vitals = Vitals()
    pinned = {} if job.camera.partition is None else {name: job.camera.partition}
    frames = open_frames(frames_of(task))
    publisher = Publisher(job, join_bus(bus, pinned), stop, frames=frames, vitals=vitals)
    tie = Tie(channel, publisher, vitals, stop, bus.lease_s)
    tie.start()
    with closing(tie):
        if task.farewell:
            publisher.retire(task.farewell)
        else:
            publisher.run()
    return EXIT_ORPHANED if tie.orphaned else 0


def _task(channel: Channel) -> Task | Leave | None:
    """What to do; None where the worker is gone before it said so.

    A task may have been taken back before this process came to read it.
    """
    deadline_s = time.monotonic() + _TASK_S
    try:
        while channel.wait(max(0.0, deadline_s - time.monotonic())):
            messages = channel.receive()
            leaving = [message for message in messages if isinstance(message, Leave)]
            tasks = [message for message in messages if isinstance(message, Task)]
            if leaving or tasks:
                return (leaving or tasks)[0]
    except ClosedError:
        pass
    return None


class Tie(threading.Thread):
    """Between a player and its worker: shows life to it, and ends the player when it shows none.

    Args:
        channel: to the worker.
        publisher: what this player does.
        vitals: of this player.
        give_up: ends the publisher.
        lease_s: a worker that is silent for so long may have lost the camera to another.
    """

    def __init__(
        self, channel: Channel, publisher: Publisher, vitals: Vitals, give_up: threading.Event, lease_s: float
    ) -> None:
        super().__init__(name="tie", daemon=True)
        self.orphaned = False
        self._channel = channel
        self._publisher = publisher
        self._vitals = vitals
        self._give_up = give_up
        self._lease_s = lease_s
        self._heard_s = time.monotonic()
        self._done = threading.Event()

    def run(self) -> None:
        """Until the player is done, or its worker is silent: then nothing may keep the camera."""
        beat_s = time.monotonic()
        while not self._done.is_set():
            self._channel.wait(max(0.0, beat_s - time.monotonic()))
            if not self._listen():
                self._let_go()
                return
            if time.monotonic() >= beat_s:
                beat_s = time.monotonic() + BEAT_S
                self._channel.offer(self._beat())

    def close(self) -> None:
        """The player is done: one last beat with its final counts."""
        self._done.set()
        self.join()
        self._channel.send(self._beat())

    def _listen(self) -> bool:
        """Whether the worker lives."""
        try:
            for message in self._channel.receive():
                if isinstance(message, Token):
                    self._heard_s = time.monotonic()
                elif isinstance(message, Leave):
                    self._give_up.set()
        except ClosedError:
            return False
        return time.monotonic() - self._heard_s < self._lease_s

    def _let_go(self) -> None:
        self.orphaned = True
        _log.warning("camera %s: the worker is silent: letting go", self._publisher.camera)
        self._give_up.set()
        if not self._done.wait(_GRACE_S):
            os._exit(EXIT_ORPHANED)

    def _beat(self) -> Beat:
        counters = self._publisher.counters
        seen_s = counters.seen_s
        return Beat(
            playing=self._publisher.playing,
            overdue_s=self._vitals.overdue_s(),
            published=counters.published,
            dropped=dict(counters.drops),
            reconnects=counters.reconnects,
            frame_age_s=None if seen_s is None else time.monotonic() - seen_s,
        )
