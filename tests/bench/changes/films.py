"""Changes of recorded films: other landmarks, other edges of the picture, fewer pictures.

Each takes a film and a generator and gives a new film. Times stay as they are, and so do labels.
"""

import math
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.ingest.reading.developing import Rate
from shared.messages import Array, Box, Frame, Limb, Mask, Person, TrackState
from shared.tracking.lifecycle import LYING
from shared.vision.masks import cell_centres, pack, unpack
from shared.vision.skeletons import find
from tests.bench.stages import Film

Change = Callable[[Film, Generator], Film]
Floats = NDArray[np.float32]

FEET = ("ankle", "heel", "foot", "toe")
LEGS = ("knee", *FEET)
HEAD = ("nose", "eye", "ear", "mouth")

_STATURE_M = 1.6  # of the model's metres, about
_HIDDEN = 0.1  # visibility of what a pose model guesses
_OUTSIDE = 0.3  # ... times this, of what it places beyond the picture's edge
_BESIDE_PX = 10.0  # how far a wrong pose lies from the right one
_LEAST_PX = 4.0  # of a box that is left at the edge


def mirrored(film: Film, _rng: Generator) -> Film:
    """The room seen in a mirror: people walk, turn and fall to the other side. Part maps are left out."""
    return tuple(
        msgspec.structs.replace(
            frame,
            persons=tuple(_mirrored(person, frame.width_px) for person in frame.persons),
            lost=tuple(_mirrored(person, frame.width_px) for person in frame.lost),
        )
        for frame in film
    )


def at_rate(film: Film, _rng: Generator, *, fps: float, phase: float = 0.0) -> Film:
    """A slow camera, or a loaded machine: at most `fps` pictures a second, chosen as ingest chooses them.

    The first is the first one after `phase` steps: a fall is as likely between two pictures as at one.
    """
    if not film:
        return film
    rate, first_us = Rate(fps), film[0].pts_us + phase / fps * 1e6
    return tuple(frame for frame in film if frame.pts_us >= first_us and rate.wants(frame.pts_us))


def off(film: Film, rng: Generator, *, share: float) -> Film:
    """Bad light, motion blur, a small model: all landmarks jitter from picture to picture, independently,
    with a standard deviation of `share` of the body's longest extent in the picture.
    """

    def jitter(person: Person) -> Person:
        points, places = _landmarks(person)
        extent_px = float(np.ptp(points[:, :2], axis=0).max())
        points[:, :2] += rng.normal(0, share * extent_px, (len(points), 2))
        if places is not None:
            places += rng.normal(0, share * _STATURE_M, places.shape)
        return _with_landmarks(person, points, places)

    return _posed(film, jitter)


def hidden(film: Film, rng: Generator, *, words: tuple[str, ...], share: float = 1.0) -> Film:
    """Furniture in front, clothes of the floor's colour: the model only guesses the landmarks whose names
    hold one of `words`, in `share` of the poses.
    """

    def hide(person: Person) -> Person:
        if rng.random() > share:
            return person
        points, places = _landmarks(person)
        names = find(person.skeleton or "").points
        points[[any(word in name for word in words) for name in names], 3] = _HIDDEN
        return _with_landmarks(person, points, places)

    return _posed(film, hide)


def flat(film: Film, _rng: Generator) -> Film:
    """A pose model that tells no places in space: only what the picture shows."""
    return _posed(film, lambda person: msgspec.structs.replace(person, world=None))


def lost(film: Film, rng: Generator, *, share: float) -> Film:
    """Dim light, unusual postures: in `share` of their pictures people who are followed are not seen."""
    return tuple(_lost(frame, rng, share) for frame in film)


def turned(film: Film, rng: Generator, *, share: float) -> Film:
    """Poses gone wrong in single pictures: in `share` of them the body is turned about the hips, by any
    angle.
    """

    def turn(person: Person) -> Person:
        if rng.random() > share:
            return person
        points, places = _landmarks(person)
        angle = rng.uniform(-math.pi, math.pi)
        turning = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        hips = points[find(person.skeleton or "").places(("left_hip", "right_hip")), :2].mean(axis=0)
        points[:, :2] = (points[:, :2] - hips) @ turning + hips + rng.normal(0, _BESIDE_PX, 2)
        if places is not None:
            places[:, :2] = places[:, :2] @ turning
        return _with_landmarks(person, points, places)

    return _posed(film, turn)


def cut_off(
    film: Film, _rng: Generator, *, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0
) -> Film:
    """A camera that is hung or aimed badly: the picture ends earlier, by shares of its size, and bodies are
    cut off by its edge. Landmarks beyond it are guessed, as models do.
    """
    edges = np.array((left, top, 1 - right, 1 - bottom))
    return tuple(_cut_off(frame, np.round(edges * ((frame.width_px, frame.height_px) * 2))) for frame in film)


def _posed(film: Film, change: Callable[[Person], Person]) -> Film:
    """Each person with landmarks changed, picture by picture."""
    return tuple(
        msgspec.structs.replace(
            frame,
            persons=tuple(person if person.keypoints is None else change(person) for person in frame.persons),
        )
        for frame in film
    )


def _landmarks(person: Person) -> tuple[Floats, Floats | None]:
    """Landmarks in the picture, (K, 5), and in space, (K, 3): copies."""
    assert person.keypoints is not None
    world = None if person.world is None else person.world.numpy().astype(np.float32)
    return person.keypoints.numpy().astype(np.float32), world


def _with_landmarks(person: Person, points: Floats, places: Floats | None) -> Person:
    world = None if places is None else Array.of(places)
    return msgspec.structs.replace(person, keypoints=Array.of(points), world=world)


def _mirrored(person: Person, width_px: int) -> Person:
    velocity = None if person.velocity is None else (-person.velocity[0], person.velocity[1])
    person = msgspec.structs.replace(
        person,
        box=_mirrored_box(person.box, width_px),
        mask=None if person.mask is None else _mirrored_mask(person.mask, width_px),
        limbs={_other_side(name): _mirrored_limb(limb, width_px) for name, limb in person.limbs.items()},
        parts=None,
        velocity=velocity,
    )
    if person.keypoints is None or person.skeleton is None:
        return person
    points, places = _landmarks(person)
    order = find(person.skeleton).mirrored
    points[:, 0] = width_px - points[:, 0]
    if places is not None:
        places[:, 0] *= -1
        places = places[order]
    return _with_landmarks(person, points[order], places)


def _mirrored_box(box: Box, width_px: int) -> Box:
    return width_px - box[2], box[1], width_px - box[0], box[3]


def _mirrored_mask(mask: Mask, width_px: int) -> Mask:
    return pack(unpack(mask)[:, ::-1], _mirrored_box(mask.box, width_px))


def _mirrored_limb(limb: Limb, width_px: int) -> Limb:
    return msgspec.structs.replace(
        limb,
        box=None if limb.box is None else _mirrored_box(limb.box, width_px),
        centroid=None if limb.centroid is None else (width_px - limb.centroid[0], limb.centroid[1]),
        axis_deg=None if limb.axis_deg is None else -limb.axis_deg,
    )


def _other_side(name: str) -> str:
    """A limb's name when left and right change places."""
    if name.startswith("left_"):
        return name.replace("left_", "right_", 1)
    return name.replace("right_", "left_", 1) if name.startswith("right_") else name


def _lost(frame: Frame, rng: Generator, share: float) -> Frame:
    seen, unseen = list[Person](), list(frame.lost)
    for person in frame.persons:
        followed = person.track is not None and person.track_state is TrackState.CONFIRMED
        if not (followed and rng.random() < share):
            seen.append(person)
            continue
        x0, y0, x1, y1 = person.box
        low = x1 - x0 >= LYING * (y1 - y0)
        unseen.append(
            Person(person.box, person.score, track=person.track, track_state=TrackState.LOST, lost_low=low)
        )
    return msgspec.structs.replace(frame, persons=tuple(seen), lost=tuple(unseen))


def _cut_off(frame: Frame, window: NDArray[np.float64]) -> Frame:
    """What of a frame lies in a window, x0, y0, x1, y1 in px."""
    x0, y0, x1, y1 = window.tolist()
    kept = []
    for person in frame.persons:
        left, top, right, bottom = person.box
        box = (max(left, x0) - x0, max(top, y0) - y0, min(right, x1) - x0, min(bottom, y1) - y0)
        if min(box[2] - box[0], box[3] - box[1]) >= _LEAST_PX:
            kept.append(msgspec.structs.replace(_cut_off_person(person, window), box=box))
    return msgspec.structs.replace(
        frame,
        width_px=max(1, int(x1 - x0)),
        height_px=max(1, int(y1 - y0)),
        persons=tuple(kept),
        lost=tuple(
            msgspec.structs.replace(person, box=_moved_box(person.box, x0, y0)) for person in frame.lost
        ),
    )


def _cut_off_person(person: Person, window: NDArray[np.float64]) -> Person:
    """Landmarks and silhouette; limbs keep how well they are seen, and lose their places."""
    x0, y0, x1, y1 = window.tolist()
    bare = {
        name: msgspec.structs.replace(limb, box=None, centroid=None) for name, limb in person.limbs.items()
    }
    mask = None if person.mask is None else _cut_off_mask(person.mask, window)
    person = msgspec.structs.replace(person, limbs=bare, mask=mask, parts=None)
    if person.keypoints is None:
        return person
    points, places = _landmarks(person)
    outside = (points[:, 0] < x0) | (points[:, 0] > x1) | (points[:, 1] < y0) | (points[:, 1] > y1)
    points[outside, 3] *= _OUTSIDE
    points[:, :2] -= (x0, y0)
    return _with_landmarks(person, points, places)


def _cut_off_mask(mask: Mask, window: NDArray[np.float64]) -> Mask:
    x0, y0, x1, y1 = window.tolist()
    bits = unpack(mask)
    x, y = cell_centres((bits.shape[0], bits.shape[1]), mask.box)
    inside = ((y >= y0) & (y <= y1))[:, None] & ((x >= x0) & (x <= x1))[None]
    return pack(bits & inside, _moved_box(mask.box, x0, y0))


def _moved_box(box: Box, x_px: float, y_px: float) -> Box:
    return box[0] - x_px, box[1] - y_px, box[2] - x_px, box[3] - y_px
