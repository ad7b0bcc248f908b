"""Whether a camera still sees: stalled, frozen, dark, covered or moved, told from its pictures alone.

Pictures are looked at about once a second of media time: the first one of each second. All that is remembered
from look to look is in `Watcher.memory`, so a worker that takes over goes on as if it had been there. What is
told by what, and what cannot be told, stands in the README.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from services.ingest.health.looks import CELLS, LOOK_US, Background, Motion, grey
from services.ingest.health.problems import NONE, Finding, Problem, Time, advanced, ended, limits_of
from services.ingest.health.symptoms import Last, Look, findings
from services.ingest.health.usual import Usual
from services.ingest.health.views import View, view
from services.ingest.reading.capture import redacted
from shared.bus.frames import Image
from shared.messages import EventKind, Phase
from shared.settings import Camera, Health

_STEP_US = 2_000_000  # a look speaks for at most so much of the time before it
_VERSION = 2
_KINDS = (
    EventKind.CAMERA_STALLED,
    EventKind.CAMERA_FROZEN,
    EventKind.CAMERA_DARK,
    EventKind.CAMERA_COVERED,
    EventKind.CAMERA_MOVED,
)
_OVERRULED = Finding(None, detail="something graver is wrong", overruled=True)
_ALL_STILL = np.ones((CELLS[1], CELLS[0]), np.bool_)


@dataclass(frozen=True)
class Change:
    """One update of one incident of a camera, to be made an event of.

    Fields are those of `Event`; `pts_us` is the media time of the look or the silence that brought it about.
    """

    kind: EventKind
    phase: Phase
    started_pts_us: int
    raised_pts_us: int | None
    update: int
    pts_us: int
    confidence: float
    evidence: dict[str, float]
    detail: str


@dataclass(frozen=True)
class Seen:
    """What a picture says: how much of it moves (0 to 1; None: nothing is known), which incidents changed,
    and whether it was looked at or the background changed, so that the memory should be stored with it.
    """

    motion: float | None
    changes: tuple[Change, ...]
    due: bool


class _Memory(msgspec.Struct, frozen=True, array_like=True):
    """All that goes on in the next worker. Times are media microseconds.

    `setup` names the camera's settings that make the view. `silent_us` is up to when nothing came;
    `ill_from_us` when the first of the problems began that are confirmed now. Of a camera that nobody watches
    only the `background` is remembered.
    """

    version: int = _VERSION
    setup: int = 0
    seen_us: int | None = None
    silent_us: int | None = None
    last: Last | None = None
    usual: Usual = Usual()
    problems: tuple[Problem, Problem, Problem, Problem, Problem] = (NONE, NONE, NONE, NONE, NONE)
    ill_from_us: int | None = None
    background: Background | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Memory)


class Watcher:
    """Watches over one camera's pictures; see `Health` for when what counts.

    Args:
        camera: whose pictures, as they leave the developer.
        settings: what counts as ill.
        memory: of the watcher before this one; empty, of another view or unreadable: begin anew.
        live: whether the pictures come from a camera rather than a film.
    """

    def __init__(self, camera: Camera, settings: Health, memory: bytes, live: bool = True) -> None:
        self._settings = settings
        self._watching = settings.watch == "all" or (settings.watch == "live" and live)
        self._period_us = 0 if camera.fps is None else round(1e6 / camera.fps)
        self._limits = limits_of(settings, self._period_us)
        self._memory = _remembered(memory, _setup(camera))
        self._motion = Motion(self._memory.background)

    def see(self, image: Image, pts_us: int) -> Seen:
        """The next picture, (H, W, 3) BGR; 0.15 ms at 640x480, and 1.1 ms more once a second."""
        look = grey(image)
        background = self._motion.background
        motion = self._motion.seen(look, pts_us)
        due = self._motion.background is not background
        if not self._watching:
            return Seen(motion, (), due)
        self._memory = _at(self._memory, pts_us)
        last = self._memory.last
        if last is not None and last.pts_us // LOOK_US == pts_us // LOOK_US:
            return Seen(motion, (), due)
        return Seen(motion, self._looked(view(image, look), pts_us), due=True)

    def silence(self, pts_us: int) -> tuple[Change, ...]:
        """No picture came up to this media time, since the last one or since the first time this was said."""
        memory = self._memory
        if not self._watching or (memory.seen_us is not None and pts_us <= memory.seen_us):
            return ()
        since_us = pts_us if memory.seen_us is None else memory.seen_us
        time = Time(pts_us, max(0, pts_us - max(since_us, memory.silent_us or since_us)))
        self._memory = msgspec.structs.replace(memory, seen_us=since_us, silent_us=pts_us)
        if pts_us - since_us < self._limits[EventKind.CAMERA_STALLED].suspect_us:
            return ()
        evidence = {"silent_s": (pts_us - since_us) / 1e6}
        finding = Finding(True, 1.0, evidence, "no picture comes", since_us)
        changes = self._advance(EventKind.CAMERA_STALLED, finding, time)
        if self._problem(EventKind.CAMERA_STALLED).confirmed:
            for kind in _KINDS[1:]:
                changes += self._advance(kind, _OVERRULED, time)
        return changes

    def finish(self, pts_us: int) -> tuple[Change, ...]:
        """The run has ended at this media time, and nobody knows how what is open goes on."""
        time = Time(pts_us, 0)
        finding = Finding(None, detail="the run has ended")
        changes: tuple[Change, ...] = ()
        for kind in _KINDS:
            problem, phase = ended(self._problem(kind), time, Phase.LOST)
            changes += self._report(kind, problem, phase, finding, time)
        self._memory = msgspec.structs.replace(self._memory, ill_from_us=None)
        return changes

    def memory(self) -> bytes:
        """What the next worker needs: 6.2 kB, and 2.4 kB where nobody watches."""
        return _encoder.encode(msgspec.structs.replace(self._memory, background=self._motion.background))

    @property
    def problems(self) -> tuple[str, ...]:
        """The kinds of the confirmed incidents that are open."""
        return tuple(kind for kind in _KINDS if self._problem(kind).confirmed)

    def _looked(self, seen: View, pts_us: int) -> tuple[Change, ...]:
        memory = self._memory
        last = memory.last
        passed_us = 0 if last is None else pts_us - last.pts_us
        time = Time(pts_us, min(passed_us, max(_STEP_US, 2 * self._period_us)))
        look = Look(
            view=seen,
            usual=memory.usual,
            still=_ALL_STILL if last is None else last.still(seen),
            last_us=last.pts_us if last is not None and time.step_us == passed_us else None,
            repeated=last is not None and last.digest == seen.digest,
            open=frozenset(kind for kind in _KINDS if self._problem(kind).phase is not None),
        )
        found = findings(look, self._settings)
        self._memory = msgspec.structs.replace(memory, last=Last.of(seen, pts_us))
        # A single picture ends a suspicion of silence; an incident takes good pictures for `back_s`.
        pictures = Finding(False, detail="pictures come", overruled=True)
        changes = self._advance(EventKind.CAMERA_STALLED, pictures, time)
        for kind, finding in found.items():
            changes += self._advance(kind, finding, time)
        if found[EventKind.CAMERA_MOVED].ill:
            changes += self._adopt(seen, time)
        self._memory = msgspec.structs.replace(
            self._memory, usual=_learnt(self._memory.usual, look, found, pts_us)
        )
        return changes

    def _adopt(self, seen: View, time: Time) -> tuple[Change, ...]:
        """Take a view for the usual one that has been another for long."""
        problem = self._problem(EventKind.CAMERA_MOVED)
        adopt_us = round(self._settings.moved_adopt_s * 1e6)
        if problem.raised_us is None or time.pts_us - problem.raised_us < adopt_us:
            return ()
        usual = self._memory.usual.with_new_view(seen.edges, time.pts_us)
        self._memory = msgspec.structs.replace(self._memory, usual=usual)
        detail = f"the new view is taken for the usual one after {self._settings.moved_adopt_s:g} s"
        problem, phase = ended(problem, time)
        return self._report(EventKind.CAMERA_MOVED, problem, phase, Finding(False, detail=detail), time)

    def _advance(self, kind: EventKind, finding: Finding, time: Time) -> tuple[Change, ...]:
        problem = self._problem(kind)
        if finding.overruled and not problem.confirmed:
            return self._report(kind, *ended(problem, time), finding, time)
        return self._report(kind, *advanced(problem, finding, time, self._limits[kind]), finding, time)

    def _report(
        self, kind: EventKind, problem: Problem, phase: Phase | None, finding: Finding, time: Time
    ) -> tuple[Change, ...]:
        """Remember the problem, and say what changed; also that the camera is back when it was the last."""
        kept = NONE if phase in (Phase.RECOVERED, Phase.LOST) else problem
        problems = tuple(kept if kind is one else self._problem(one) for one in _KINDS)
        self._memory = msgspec.structs.replace(self._memory, problems=problems)
        if phase is None or problem.started_us is None:
            return ()
        changes: tuple[Change, ...] = (_change(kind, phase, problem, finding, time),)
        if phase is Phase.CONFIRMED:
            known_us = self._memory.ill_from_us
            began_us = problem.started_us if known_us is None else min(problem.started_us, known_us)
            self._memory = msgspec.structs.replace(self._memory, ill_from_us=began_us)
        elif phase is Phase.RECOVERED and not self.problems and self._memory.ill_from_us is not None:
            good_us = time.pts_us if problem.good_from_us is None else problem.good_from_us
            changes += (_back(self._memory.ill_from_us, good_us, time.pts_us),)
            self._memory = msgspec.structs.replace(self._memory, ill_from_us=None)
        return changes

    def _problem(self, kind: EventKind) -> Problem:
        return self._memory.problems[_KINDS.index(kind)]


def _at(memory: _Memory, pts_us: int) -> _Memory:
    """The memory with a picture of this media time; where that went back, only what is usual is kept."""
    if memory.seen_us is not None and pts_us < memory.seen_us:
        memory = _Memory(setup=memory.setup, usual=msgspec.structs.replace(memory.usual, learnt_us=pts_us))
    return msgspec.structs.replace(memory, seen_us=pts_us, silent_us=None)


def _learnt(usual: Usual, look: Look, found: Mapping[EventKind, Finding], pts_us: int) -> Usual:
    """What is usual after a look: only what is neither dark nor covered nor another view counts."""
    if found[EventKind.CAMERA_DARK].ill or found[EventKind.CAMERA_COVERED].ill:
        return usual
    if found[EventKind.CAMERA_MOVED].ill is not True:
        usual = usual.with_detail(look.view.detail).with_edges(look.view.edges, look.still, pts_us)
    return usual


def _change(kind: EventKind, phase: Phase, problem: Problem, finding: Finding, time: Time) -> Change:
    started_us = time.pts_us if problem.started_us is None else problem.started_us
    return Change(
        kind=kind,
        phase=phase,
        started_pts_us=started_us,
        raised_pts_us=problem.raised_us,
        update=problem.updates - 1,
        pts_us=time.pts_us,
        confidence=finding.confidence,
        evidence={**finding.evidence, "lasted_s": (time.pts_us - started_us) / 1e6},
        detail=finding.detail,
    )


def _back(ill_from_us: int, good_us: int, pts_us: int) -> Change:
    ill_s = (good_us - ill_from_us) / 1e6
    return Change(
        kind=EventKind.CAMERA_BACK,
        phase=Phase.CONFIRMED,
        started_pts_us=good_us,
        raised_pts_us=pts_us,
        update=0,
        pts_us=pts_us,
        confidence=1.0,
        evidence={"ill_s": ill_s},
        detail=f"nothing is wrong any more after {ill_s:.0f} s",
    )


def _remembered(memory: bytes, setup: int) -> _Memory:
    """The memory of an earlier watcher of the same view, otherwise a new one."""
    try:
        found = _decoder.decode(memory) if memory else _Memory(setup=setup)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return _Memory(setup=setup)
    return found if (found.version, found.setup) == (_VERSION, setup) else _Memory(setup=setup)


def _setup(camera: Camera) -> int:
    """A number that differs where the camera's settings make another view."""
    parts = (redacted(camera.source), camera.crop, camera.rotate, camera.masks)
    return zlib.crc32(msgspec.msgpack.encode(parts))
