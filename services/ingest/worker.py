"""The loop of ingest: own partitions, and play the cameras that belong to them."""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from services.ingest.pace import Backoff
from services.ingest.publisher import Publisher
from services.ingest.sources import is_network
from shared.bus.frames import FrameStore
from shared.bus.transport import Budget, SourceTransport, TransportError
from shared.settings import Camera
from shared.worker.loop import Ownership

_LOOK_S = 0.1  # how soon a stop or a change of leases is noticed
_AGAIN_S = 1.0  # how often it looks whether an ended source was begun again
_STALLED_S = 60.0  # several times the limit of any read: nothing that lives is silent so long

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Playing:
    """A camera's thread."""

    publisher: Publisher
    stop: threading.Event
    future: Future[None]


class IngestWorker:
    """Plays the cameras whose partition it owns, each in a thread of its own.

    Args:
        cameras: all that are configured.
        transport: the bus; used by several threads.
        ownership: the leases of this worker.
        budget: of each camera.
        frames: where the pictures go; none: into the server.
    """

    def __init__(
        self,
        cameras: Sequence[Camera],
        transport: SourceTransport,
        ownership: Ownership,
        budget: Budget,
        frames: FrameStore | None = None,
    ) -> None:
        self._cameras = {camera.name: camera for camera in cameras}
        self._partitions = {camera.name: transport.assign(camera.name) for camera in cameras}
        self._transport = transport
        self._ownership = ownership
        self._budget = budget
        self._frames = frames
        self._playing: dict[str, _Playing] = {}
        self._rests_until_s: dict[str, float] = {}
        self._pool = ThreadPoolExecutor(max(len(cameras), 1), thread_name_prefix="camera")

    def run(self, stop: threading.Event) -> None:
        """Play until `stop` is set; a bug in a camera's thread is raised here."""
        failures = Backoff(0.1, 5.0)
        try:
            while not stop.is_set():
                pause_s = _LOOK_S
                try:
                    self.step()
                    failures.reset()
                except TransportError as error:
                    pause_s = failures.pause_s()
                    _log.warning("ingest: %s; trying again in %.1f s", error, pause_s)
                stop.wait(pause_s)
        finally:
            self._close()

    def step(self) -> None:
        """Look once: take up the cameras that are owned now, give up the others.

        Raises:
            TransportError: the server is away; what plays goes on by itself.
        """
        if self._stalled():
            return  # no heartbeat: the leases run out, and whoever watches the process ends it
        self._ownership.beat()
        owned = self._ownership.tick()
        for name, playing in list(self._playing.items()):
            if self._partitions[name] not in owned:
                playing.stop.set()
            if playing.future.done():
                playing.future.result()
                del self._playing[name]
                self._rests_until_s[name] = time.monotonic() + _AGAIN_S
        for name, camera in self._cameras.items():
            rests = time.monotonic() < self._rests_until_s.get(name, 0.0)
            if self._partitions[name] in owned and name not in self._playing and not rests:
                self._playing[name] = self._play(camera)

    def _play(self, camera: Camera) -> _Playing:
        stop = threading.Event()
        publisher = Publisher(camera, self._transport, self._budget, stop, frames=self._frames)
        return _Playing(publisher, stop, self._pool.submit(publisher.run))

    def _stalled(self) -> bool:
        before_s = time.monotonic() - _STALLED_S
        silent = [
            name
            for name, playing in self._playing.items()
            if is_network(self._cameras[name].source)  # a film may take long to find its place in a file
            and not playing.future.done()
            and playing.publisher.beat_s < before_s
        ]
        if silent:
            _log.error("ingest: nothing comes from %s and reading does not return", ", ".join(silent))
        return bool(silent)

    def _close(self) -> None:
        """Stop publishing, so that nobody works where the leases are given back next."""
        for playing in self._playing.values():
            playing.stop.set()
        wait([playing.future for playing in self._playing.values()])
        self._pool.shutdown()
