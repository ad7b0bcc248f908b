"""A crowd as the camera has filmed it: who is where in every frame, exactly."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Floats
from shared.scene.crowd import dance, walk
from shared.scene.crowd.pace import Instants, Pace, instants
from shared.scene.crowd.view import SIZE_PX, Motion, View, visible_shares

# Somebody is in the picture from this share of the box on, and until less than the other is left of it.
ENTERS, LEAVES = 0.35, 0.15

# Up to so many people: the camera's height, the nearest and the farthest ground in m, and the field of view.
# About one walks on every 7 to 10 m^2.
_VIEWS = (
    (8, View.over(2.6, 3.5, 9.0, 75.0)),
    (30, View.over(3.0, 5.0, 18.0, 65.0)),
    (90, View.over(5.0, 7.0, 28.0, 65.0)),
    (1000, View.over(8.0, 10.0, 45.0, 70.0)),
)
_STYLES = {"dance": dance.DANCE, "show": dance.SHOW, "acrobatics": dance.ACROBATICS}
_STAGE = View.over(2.4, 5.5, 12.0, 62.0)


@dataclass(frozen=True)
class CrowdSpec:
    """Which crowd to film.

    Attributes:
        motion: `walk` over a square, or `dance`, a `show` or `acrobatics` on a stage.
        people: 1 to 1000, about so many in the picture at a time.
        duration_s: of media time.
        seed: two seeds have nothing in common.
        pace: when the camera takes its pictures; the people do the same at any pace.
    """

    motion: Literal["walk", "dance", "show", "acrobatics"]
    people: int
    duration_s: float = 20.0
    seed: int = 1
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, eq=False)
class Film:
    """Everybody in every frame: R rows, by frame and, within one, by id.

    Attributes:
        size_px: width and height of the picture.
        pts_us: (T,) media time of each frame.
        frames: (R,) int64, index of the frame from 0.
        ids: (R,) int64 from 1; an id is in all frames from its first to its last, and never comes back.
        boxes: (R, 4) x0, y0, x1, y1 in px, within the picture.
        visible: (R,) share in [0, 1] of the whole box that is in the picture and that nobody nearer hides.
    """

    size_px: tuple[int, int]
    pts_us: Instants
    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: Floats
    visible: Floats

    def rows(self, frame: int) -> slice:
        """The rows of one frame."""
        first, last = np.searchsorted(self.frames, (frame, frame + 1))
        return slice(int(first), int(last))


def film(spec: CrowdSpec) -> Film:
    """The crowd of `spec`, the same at every call.

    Raises:
        ValueError: the number of people or the duration is out of its range.
    """
    if not 1 <= spec.people <= 1000 or not 0 < spec.duration_s <= 3600:
        raise ValueError(
            f"a crowd of {spec.people} for {spec.duration_s:g} s: give 1 to 1000 people and up to 3600 s"
        )
    moves, clock = np.random.default_rng(spec.seed).spawn(2)
    view, motion, step_s = _moved(spec, moves)
    pts_us = instants(spec.pace, spec.duration_s, clock)
    at = _sampled(motion, pts_us / 1e6 / step_s)
    boxes, depth = view.boxes(at)
    clipped = np.clip(boxes, 0, np.tile(SIZE_PX, 2))
    inside = np.where(at.present, _area(clipped) / _area(boxes), 0.0)
    ids = _identities(inside, at.person)
    frames, places = np.nonzero(ids)
    shares = _shares(boxes, depth, ids > 0) * inside
    order = np.lexsort((ids[frames, places], frames))
    frames, places = frames[order], places[order]
    return Film(SIZE_PX, pts_us, frames, ids[frames, places], clipped[frames, places], shares[frames, places])


def _moved(spec: CrowdSpec, rng: np.random.Generator) -> tuple[View, Motion, float]:
    if style := _STYLES.get(spec.motion):
        return _STAGE, dance.dance(spec.people, spec.duration_s, rng, style), dance.STEP_S
    view = next(view for most, view in _VIEWS if spec.people <= most)
    return view, walk.walk(view, spec.people, spec.duration_s, rng), walk.STEP_S


def _sampled(motion: Motion, steps: Floats) -> Motion:
    """The motion at (T,) fractional steps; a place that changes hands in between does not glide."""
    before = steps.astype(np.intp)
    same = (motion.person[before] == motion.person[before + 1])[..., None]
    part = (steps - before)[:, None, None] * same

    def between(values: Floats) -> Floats:
        mixed: Floats = values[before] + part * (values[before + 1] - values[before])
        return mixed

    return Motion(
        position_m=between(motion.position_m),
        size_m=between(motion.size_m),
        lift_m=between(motion.lift_m[..., None])[..., 0],
        present=motion.present[before],
        person=motion.person[before],
    )


def _area(boxes: Floats) -> Floats:
    sides = boxes[..., 2:] - boxes[..., :2]
    area: Floats = sides[..., 0] * sides[..., 1]
    return area


def _identities(inside: Floats, person: NDArray[np.int64]) -> NDArray[np.int64]:
    """(T, P) the id of who is in each place, 0 where nobody is in the picture; a return is somebody new."""
    ids = np.zeros(inside.shape, np.int64)
    now, who = np.zeros(inside.shape[1], np.int64), person[0]
    count = 0
    for frame, (share, people) in enumerate(zip(inside, person, strict=True)):
        stays = (now > 0) & (share > LEAVES) & (people == who)
        comes = ~stays & (share >= ENTERS)
        now = np.where(stays, now, 0)
        now[comes] = count + 1 + np.arange(comes.sum())
        count += int(comes.sum())
        ids[frame], who = now, people
    return ids


def _shares(boxes: Floats, depth: Floats, there: NDArray[np.bool_]) -> Floats:
    shares = np.zeros(depth.shape)
    for frame, rows in enumerate(there):
        shares[frame, rows] = visible_shares(boxes[frame, rows], depth[frame, rows])
    return shares
