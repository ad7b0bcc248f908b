"""Looks at every configured camera, and stores and tells what follows."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.monitor.judgement import Verdict, dismissed, judge
from services.monitor.sight import Sight, sight_of
from services.monitor.standing import Standing, packed, unpacked, worth_storing
from shared.bus.transport import Announcement, Header, Output, Watch, WatchTransport
from shared.messages import Event, encode
from shared.settings import Camera, Monitor

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outlook:
    """What a look found. `lost` says why; `unsure` are neither lost nor known to be watched yet."""

    watched: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    lost: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_watched(self) -> bool:
        """Every camera that there is to watch is; where there is none, nobody watches anything."""
        return bool(self.watched) and not self.unsure and not self.lost


@dataclass(frozen=True)
class _Kept:
    """A camera's standing as it is stored, and as it is known here, which is never older."""

    stored: bytes
    standing: Standing | None


class Watcher:
    """Call `look` about once a second. Any number of watchers may: what one has told, no other does.

    Args:
        cameras: all that are configured; those that never started, too.
        limits: beyond which a camera is lost.
        transport: the bus.
    """

    def __init__(self, cameras: Sequence[Camera], limits: Monitor, transport: WatchTransport) -> None:
        self._transport = transport
        self._kept: dict[str, _Kept] = {}
        self.follow(cameras, limits)

    def follow(self, cameras: Sequence[Camera], limits: Monitor) -> None:
        """From now on these cameras and limits count."""
        self._cameras = {camera.name: camera for camera in cameras}
        self._limits = limits

    def forget(self) -> None:
        """Begin the next look from what is stored."""
        self._kept.clear()

    def look(self) -> Outlook:
        """Look at the whole chain once.

        Raises:
            TransportError: the bus is away; what had been told by then is told, and nothing is told twice.
        """
        watch = self._transport.watch()
        verdicts = {name: self._attend(self._seen(watch, camera)) for name, camera in self._cameras.items()}
        for name in watch.standings.keys() - self._cameras.keys():
            self._dismiss(watch, name)
        return Outlook(
            frozenset(name for name, verdict in verdicts.items() if verdict.watched),
            frozenset(name for name, v in verdicts.items() if not (v.watched or v.idle or v.lost)),
            {name: verdict.why for name, verdict in verdicts.items() if verdict.lost},
        )

    def _seen(self, watch: Watch, camera: Camera) -> tuple[Sight, bytes]:
        sight = sight_of(watch, camera, self._transport.assign(camera.name))
        return sight, watch.standings.get(camera.name, b"")

    def _attend(self, seen: tuple[Sight, bytes]) -> Verdict:
        sight, stored = seen
        name = sight.camera.name
        kept = self._kept.pop(name, None)  # back only once all went well
        if kept is None or kept.stored != stored:
            kept = _Kept(stored, unpacked(stored))
        verdict = judge(kept.standing, sight, self._limits)
        if worth_storing(unpacked(stored), verdict.standing, self._limits):
            if not self._announce(name, stored, verdict):
                return verdict  # another monitor was here: the next look begins from what it stored
            stored = packed(verdict.standing)
        self._kept[name] = _Kept(stored, verdict.standing)
        return verdict

    def _dismiss(self, watch: Watch, name: str) -> None:
        """Forget a camera that is no longer configured."""
        stored = watch.standings[name]
        standing = unpacked(stored)
        self._kept.pop(name, None)
        sight = sight_of(watch, Camera(name=name, source="removed"), self._transport.assign(name))
        self._announce(name, stored, Verdict(None) if standing is None else dismissed(standing, sight))

    def _announce(self, name: str, expected: bytes, verdict: Verdict) -> bool:
        outputs = [_output(event) for event in verdict.events]
        taken = self._transport.announce(Announcement(name, expected, packed(verdict.standing), outputs))
        if taken:
            for event in verdict.events:
                # No warning: the event itself reaches whoever would read one.
                _log.info("camera %s: %s %s: %s", name, event.kind, event.phase, event.detail)
        return taken


def _output(event: Event) -> Output:
    return Output(Header(event.camera, event.run, event.seq, event.pts_us), encode(event))
