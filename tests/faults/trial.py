"""One fault from beginning to end, and what was measured."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from shared.camera import CameraPhase
from shared.messages import EventKind, Phase
from tests.faults.rig import CAMERA, Rig, now_ms, steady
from tests.faults.scenarios import Fault, Subject
from tests.faults.watcher import Sighting, Standing, Told, Watcher
from tests.servers import leaks
from tests.servers.rtsp import SECRET
from tests.servers.waiting import until

GROWTH_MB = 15.0  # what a fault may leave behind: larger pictures, another decoder
_BEFORE_MS = 1000  # pictures from so long before a fault count to the gap that it makes
_NOTICE_S = 60.0
_BACK_S = 60.0
_ILL = frozenset(kind for kind in EventKind if kind.startswith("camera_")) - {EventKind.CAMERA_BACK}
_CONFIRMED = frozenset({Phase.CONFIRMED})
_ENDED = frozenset({Phase.RECOVERED, Phase.LOST})  # lost: with the run, where the source was changed


@dataclass(frozen=True)
class Outcome:
    """What was measured; times in seconds, None where nothing of the kind was seen.

    `noticed_s`: from the fault's beginning to the first sign of it, which `noticed_by` names: the camera's
    report that it does not play, or a confirmed event; `event_s` the event alone. `back_s`: from the fault's
    end to the first picture taken after it that is on the bus; `cleared_s`: to the event that it is over. Of
    the pictures that the camera took, `lost_during` were never published although taken while the fault
    lasted, `lost_after` although taken after it. `gap_s` is the longest time without a picture on the bus.
    """

    fault: str
    noticed_s: float | None
    noticed_by: str
    event_s: float | None
    back_s: float
    cleared_s: float | None
    lost_during: int
    lost_after: int
    gap_s: float
    pss_before_mb: float
    pss_after_mb: float
    dropped: Mapping[str, int]


@dataclass(frozen=True)
class _Moment:
    """When, and the number of the camera's last picture."""

    at_ms: int
    number: int


class Trial:
    """A fault befalls a camera that plays.

    Args:
        fault: which.
        folder: for everything that is written.
        sections: of the configuration.
        camera: more of the camera's options.
        lease_s: of the workers.
        steady: pictures that come before the fault, and after it to count losses over.
    """

    def __init__(
        self,
        fault: Fault,
        folder: Path,
        sections: Mapping[str, Any],
        *,
        camera: Mapping[str, Any] | None = None,
        lease_s: float = 3.0,
        steady: int = 30,
    ) -> None:
        self._fault = fault
        self._folder = folder
        self._sections = sections
        self._camera = camera or {}
        self._lease_s = lease_s
        self._steady = steady

    def run(self) -> Outcome:
        """Play, harm, heal, and look.

        Raises:
            AssertionError: something did not come in time, or must never be.
        """
        with ExitStack() as stack, self._rig() as rig:
            subject = self._fault.make(stack, self._folder)
            rig.configure(subject.camera())
            watcher = rig.watch()
            rig.start_worker()
            try:
                steady(watcher, self._steady)
                for _ in range(1, self._fault.workers):
                    rig.start_worker()
                if self._fault.workers > 1:
                    steady(watcher, self._steady)
                outcome = self._befall(rig, watcher, subject)
                check(watcher.seen.pictures)
                grown_mb = outcome.pss_after_mb - outcome.pss_before_mb
                assert grown_mb < GROWTH_MB, f"{grown_mb:.0f} MB more memory than before"
                traces = leaks.gather(logs=[rig.logs], bus=rig.server.url, metrics=rig.pages())
                assert leaks.found(SECRET, traces) == []
            except AssertionError as error:
                raise AssertionError(f"{self._fault.name}: {error}\n{rig.said()}") from error
        return outcome

    def _rig(self) -> Rig:
        return Rig(self._folder, self._sections, self._camera, self._lease_s)

    def _befall(self, rig: Rig, watcher: Watcher, subject: Subject) -> Outcome:
        before_mb = rig.pss_mb()
        began = _Moment(now_ms(), subject.number())
        subject.inject(rig)
        self._endure(watcher, began)
        subject.heal(rig)
        ended = _Moment(now_ms(), subject.number())
        back = self._back(watcher, ended)
        steady(watcher, self._steady, _BACK_S)
        event = self._event(watcher, began)
        cleared = self._cleared(watcher, event)
        noticed_ms, noticed_by = _first_sign(watcher.first_trouble(began.at_ms), event)
        pictures = [picture for picture in watcher.seen.pictures if picture.at_ms > began.at_ms - _BEFORE_MS]
        during, after = _lost(pictures, began, ended)
        return Outcome(
            fault=self._fault.name,
            noticed_s=_since(began.at_ms, noticed_ms),
            noticed_by=noticed_by,
            event_s=_since(began.at_ms, event.at_ms if event else None),
            back_s=(back.at_ms - ended.at_ms) / 1000,
            cleared_s=_since(ended.at_ms, cleared.at_ms if cleared else None),
            lost_during=during,
            lost_after=after,
            gap_s=max(later.at_ms - sooner.at_ms for sooner, later in pairwise(pictures)) / 1000,
            pss_before_mb=before_mb,
            pss_after_mb=rig.pss_mb(),
            dropped=rig.drops(),
        )

    def _endure(self, watcher: Watcher, began: _Moment) -> None:
        """Let the fault last."""
        until(lambda: now_ms() >= began.at_ms + 1000 * self._fault.lasts_s, "the fault's end", _NOTICE_S)
        if self._fault.kinds:
            until(lambda: self._event(watcher, began), f"one of {sorted(self._fault.kinds)}", _NOTICE_S)

    def _event(self, watcher: Watcher, began: _Moment) -> Told | None:
        """The first confirmed event, of any kind where none is expected."""
        return watcher.first_event(began.at_ms, self._fault.kinds or _ILL, _CONFIRMED)

    def _back(self, watcher: Watcher, ended: _Moment) -> Sighting:
        def newer(picture: Sighting) -> bool:
            return picture.number is not None and picture.number > ended.number

        until(lambda: watcher.first_picture(ended.at_ms, newer), "a new picture", _BACK_S)
        back = watcher.first_picture(ended.at_ms, newer)
        assert back is not None
        return back

    def _cleared(self, watcher: Watcher, event: Told | None) -> Told | None:
        """The end of the incident; and the camera plays again."""
        until(lambda: _plays(watcher), "a report that the camera plays")
        if event is None:
            return None
        kinds = frozenset({event.event.kind})
        until(lambda: watcher.first_event(event.at_ms, kinds, _ENDED), "the end of the incident")
        return watcher.first_event(event.at_ms, kinds, _ENDED)


def check(pictures: list[Sighting]) -> None:
    """What holds whatever happens: no picture twice, none out of order, media time strictly rising.

    Raises:
        AssertionError: it does not.
    """
    for before, after in pairwise(pictures):
        between = after.seq - before.seq - 1  # the end of a run has a number, too
        assert between == 0 or (between > 0 and after.run > before.run), f"{CAMERA}: {before}, then {after}"
        assert after.run > before.run or after.pts_us > before.pts_us, (
            f"media time goes back: {before}, {after}"
        )
        if before.number is not None and after.number is not None:
            assert after.number >= before.number, f"an old picture comes again: {before}, {after}"


def _plays(watcher: Watcher) -> bool:
    standings = watcher.seen.standings
    return bool(standings) and standings[-1].report.phase is CameraPhase.PLAYING


def _first_sign(report: Standing | None, event: Told | None) -> tuple[int | None, str]:
    """When and by what a fault was noticed first."""
    signs = [] if event is None else [(event.at_ms, event.event.kind.value)]
    signs += [] if report is None else [(report.at_ms, f"report: {report.report.phase}")]
    return min(signs, default=(None, "-"))


def _lost(pictures: list[Sighting], began: _Moment, ended: _Moment) -> tuple[int, int]:
    """How many pictures were never published, of those taken during and after the fault.

    A picture whose number cannot be read (it is dark) was published all the same.
    """
    seen = {picture.number for picture in pictures}
    last = max(picture.number or 0 for picture in pictures)
    during = len(set(range(began.number, ended.number + 1)) - seen)
    unreadable = sum(picture.number is None for picture in pictures)
    return max(0, during - unreadable), len(set(range(ended.number + 1, last)) - seen)


def _since(from_ms: int, at_ms: int | None) -> float | None:
    return None if at_ms is None else (at_ms - from_ms) / 1000
