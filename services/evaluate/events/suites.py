"""Synthetic scenes as the rules see them: taken by a simulated pose, named by the real tracker."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.messages import Array, Frame, Person
from shared.scene.living.scenes import Take, play
from shared.scene.living.suites import SUITES
from shared.tracking import Policy, Tracker
from shared.tracking.people import named, observe
from shared.vision.boxes import box_around
from shared.vision.skeletons import BLAZEPOSE33

_MARGIN = 0.06  # of the pose stage's boxes around BlazePose's landmarks
_SAME = 0.1  # two bodies nearer to each other than this share of their length are one to the pose stage


@dataclass(frozen=True)
class Scene:
    """One scene.

    Attributes:
        name: suite and seed, unique.
        suite: the suite's name.
        factors: the level of each factor, for scores by factor.
        frames: with tracks, in order.
        labels: what happens, as entries of `events` in a label file.
        duration_s: media time of the whole scene.
        zones: name and corners (x, y in px) of where lying is rest.
    """

    name: str
    suite: str
    factors: dict[str, str]
    frames: tuple[Frame, ...]
    labels: tuple[dict[str, Any], ...]
    duration_s: float
    zones: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


def scenes(suite: str, count: int, first: int = 0) -> Iterator[Scene]:
    """Scenes `first` to `first + count - 1` of a suite; the same ones at every call.

    Raises:
        KeyError: there is no such suite; `SUITES` has the names.
    """
    for seed in range(first, first + count):
        take = play(suite, seed)
        yield Scene(
            take.name,
            suite,
            take.factors,
            tuple(tracked(_frames(take), Policy.default())),
            tuple(label.entry() for label in take.labels),
            float(take.times_s[-1]),
            tuple((name, tuple((float(x), float(y)) for x, y in corners)) for name, corners in take.zones),
        )


def names() -> tuple[str, ...]:
    """The suites."""
    return tuple(SUITES)


def tracked(frames: Iterator[Frame], policy: Policy) -> Iterator[Frame]:
    """The frames with names, as the tracker's stage gives them."""
    tracker = Tracker(policy)
    for frame in frames:
        yield named(frame, tracker.step(frame.pts_us, observe(frame, None)))


def _frames(take: Take) -> Iterator[Frame]:
    camera = take.view.camera
    for index, time_s in enumerate(take.times_s.tolist()):
        yield Frame(
            camera="scene",
            run=1,
            seq=index,
            pts_us=round(time_s * 1e6),
            captured_us=1_000_000_000 + round(time_s * 1e6),
            width_px=camera.width_px,
            height_px=camera.height_px,
            persons=_persons(take, index),
        )


def _persons(take: Take, index: int) -> tuple[Person, ...]:
    """Everybody found; of two poses at one place the pose stage keeps the surer one."""
    found = [poses for poses in take.persons if poses.found[index]]
    found.sort(key=lambda poses: -float(poses.scores[index]))
    kept: list[Person] = []
    places: list[np.ndarray[Any, np.dtype[np.float32]]] = []
    for poses in found:
        points = poses.keypoints[index]
        joints = points[11:29, :2]
        reach = _SAME * float(np.ptp(joints, axis=0).max())
        if any(np.linalg.norm(joints - other, axis=1).mean() < reach for other in places):
            continue
        places.append(joints)
        kept.append(
            Person(
                box=box_around(points[:, :2], _MARGIN),
                score=float(poses.scores[index]),
                skeleton=BLAZEPOSE33,
                keypoints=Array.of(points),
                world=Array.of(poses.world[index]),
            )
        )
    return tuple(kept)
