"""What is said of a camera: its report, kept up to date beside its pictures."""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from services.ingest.reading.capture import ORDINARY_ENDS
from shared.camera import CameraPhase, CameraReport, encode_report

_EVERY_US = 1_000_000
_SECRET = re.compile(r"pass|pwd|psw|token|secret|key|auth|sign|user|usr|login", re.IGNORECASE)
_SECRET_IN_PATH = re.compile(r"(user|usr|login|pass(?:word|wd)?|pwd|psw|token)=[^_&;/]*", re.IGNORECASE)


def fingerprint(source: str) -> str:
    """Tells sources apart without naming them: what it was made from cannot be found out again.

    Users, passwords and the like are left out of a URL, so a new password is no new source.
    """
    if "://" in source:
        url = urlsplit(source)
        kept = sorted((name, value) for name, value in parse_qsl(url.query) if not _SECRET.search(name))
        path = _SECRET_IN_PATH.sub("", url.path)
        source = repr((url.scheme.lower(), url.netloc.rpartition("@")[2].lower(), path, kept))
    return hashlib.sha256(source.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Findings:
    """What watching the pictures adds: the kinds of the open incidents, and the watcher's memory."""

    problems: tuple[str, ...] = ()
    memory: bytes = b""


class Account:
    """The report of one run of a camera, as it changes. Times are wall time in microseconds.

    Args:
        run: of the camera.
        source: its fingerprint.
        earlier: the last report of this run, if there is one; `findings` are its own.
        wall_us: the wall clock.
    """

    def __init__(
        self,
        run: int,
        source: str,
        earlier: CameraReport | None,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._run = run
        self._source = source
        self._wall_us = wall_us
        self._phase = CameraPhase.CONNECTING
        self._since_us = wall_us()
        self._reported_us = 0
        self._error = "" if earlier is None else earlier.error
        self._stream = ""
        self._seen_us = None if earlier is None else earlier.seen_us
        self.pts_us = 0 if earlier is None else earlier.pts_us
        begun_us = None if earlier is None else earlier.begun_us
        self._begun_us = self._since_us if begun_us is None else begun_us
        self._from_us = self._begun_us if self._seen_us is None else self._seen_us
        self.reconnects = 0 if earlier is None else earlier.reconnects
        self.findings = Findings() if earlier is None else Findings(earlier.problems, earlier.memory)

    @property
    def playing(self) -> bool:
        return self._phase is CameraPhase.PLAYING

    @property
    def due(self) -> bool:
        """Whether the report is to be renewed."""
        return not 0 <= self._wall_us() - self._reported_us < _EVERY_US

    def media_us(self) -> int:
        """Media time now: that of the last picture, and what has passed since it came."""
        return self.pts_us + max(0, self._wall_us() - self._from_us)

    def connecting(self) -> None:
        """The source is being opened."""
        self._turn(CameraPhase.CONNECTING)

    def pictured(self, arrived_us: int, pts_us: int, stream: str) -> None:
        """A picture came."""
        self._turn(CameraPhase.PLAYING)
        self._seen_us = self._from_us = arrived_us
        self.pts_us, self._stream, self._error = pts_us, stream, ""

    def lost(self, error: str) -> None:
        """The source failed and is to be opened again after a pause."""
        self._turn(CameraPhase.WAITING)
        self._error = error
        self.reconnects += 1

    def ended(self, reason: str, *, retired: bool = False) -> None:
        """The run is over; `retired`: whoever finds the camera again shall begin a new one."""
        self._turn(CameraPhase.ENDED)
        self._error = "" if reason.startswith(ORDINARY_ENDS) else reason
        if retired:
            self._source = ""

    def written(self, findings: Findings) -> bytes:
        """The report as the bus takes it; it is due again in a second."""
        self._reported_us = self._wall_us()
        report = CameraReport(
            phase=self._phase,
            since_us=self._since_us,
            reported_us=self._reported_us,
            seen_us=self._seen_us,
            pts_us=self.pts_us,
            reconnects=self.reconnects,
            error=self._error,
            problems=findings.problems,
            stream=self._stream,
            source=self._source,
            memory=findings.memory,
            run=self._run,
            begun_us=self._begun_us,
        )
        return encode_report(report)

    def _turn(self, phase: CameraPhase) -> None:
        if phase is not self._phase:
            self._phase, self._since_us = phase, self._wall_us()
            self._reported_us = 0
