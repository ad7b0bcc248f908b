"""Who is followed from frame to frame: regions to look at, duplicates, and the memory of each person."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.pose.bodies import Body
from shared.messages import Array, Frame, Person
from shared.vision.boxes import Floats, iou_matrix
from shared.vision.regions import Region
from shared.vision.smoothing import IMAGE_LANDMARKS, WORLD_LANDMARKS, OneEuro, Smooth, low_pass, one_euro

COLUMNS_IN_SPACE, COLUMNS_IN_PLANE = 19, 7  # of the filters, with world coordinates and depth, or without
HOLD_US = 500_000  # how long a person who is not seen is looked for at the last place

_TURNS = (math.pi, math.pi / 2, -math.pi / 2)
_NEAR = 0.3  # of a region's size: a detection whose hips are nearer to a followed person's is that person
_SAME = 0.1  # of a region's size: two bodies whose joints are on average nearer to each other are one
_SAME_BOX = 0.5  # overlap of the boxes around two bodies from which they are one
_INSIDE = 0.2  # of the landmarks
_SMALLEST_PX = 16.0  # a body smaller than this has no landmarks to find


class Memory(msgspec.Struct, frozen=True):
    """What is remembered of one person.

    `region` is where to look next, `seen_us` the media time of the last landmarks, `filters` (K, C) float32:
    raw, filtered and speed of each image coordinate; the same of the three world coordinates, where the
    network tells them; visibility. A person who was detected and not yet seen by the network has no filters.
    `embedded_us` is the media time of the last embedding; None: one is wanted as soon as it can be had.
    """

    region: Region
    seen_us: int
    filters: Array | None = None
    misses: int = 0
    embedded_us: int | None = None

    def places(self) -> tuple[Region, ...]:
        """Where to look: after a miss also the same region turned, for who has fallen may lie any way
        round.
        """
        if not self.misses:
            return (self.region,)
        turn = _TURNS[self.misses % len(_TURNS)]
        return self.region, msgspec.structs.replace(self.region, rotation=self.region.rotation + turn)


class People(msgspec.Struct, frozen=True):
    """The people a camera shows, those known longest first."""

    followed: tuple[Memory, ...] = ()


@dataclass(frozen=True, eq=False)
class Seen:
    """What the network says of one place where somebody was looked for."""

    memory: Memory
    place: Region
    body: Body


@dataclass(frozen=True, eq=False)
class Filtered:
    """A person's landmarks without their tremble: points (K, 2) or (K, 3), world (K, 3) or None, visibility
    (K,).
    """

    points: Floats
    world: Floats | None
    visibility: Floats


def regions_to_look_at(
    people: People, message: Frame, limit: int, region_of: Callable[[Person], Region]
) -> list[Memory]:
    """Followed people first, then detections that are none of them, at most `limit`.

    A detection of a followed person who was not seen in the last frame says where that person went.
    """
    candidates = [memory for memory in people.followed if _is_usable(memory.region, message)]
    for person in message.persons:
        region = region_of(person)
        if not _is_usable(region, message):
            continue
        known = nearest(candidates, region)
        if known is None:
            candidates.append(Memory(region, message.pts_us))
        elif candidates[known].misses:
            candidates[known] = _found_again(candidates[known], region, message.pts_us)
    return candidates[:limit]


def nearest(known: Sequence[Memory], region: Region) -> int | None:
    """Which of the people known is in the middle of `region`."""
    distances = [
        math.dist((memory.region.x, memory.region.y), (region.x, region.y))
        / max(memory.region.size_px, region.size_px)
        for memory in known
    ]
    best = min(range(len(known)), key=distances.__getitem__, default=None)
    return best if best is not None and distances[best] < _NEAR else None


def is_in_picture(body: Body, message: Frame) -> bool:
    """Whether enough of a body is inside the picture; the network goes on to see one who has walked out of
    it.
    """
    if not body.placed.any():
        return False
    x, y = body.points[body.placed, 0], body.points[body.placed, 1]
    inside = (x >= 0) & (y >= 0) & (x < message.width_px) & (y < message.height_px)
    return float(inside.mean()) >= _INSIDE


def without_duplicates(seen: Sequence[Seen], joints: NDArray[np.int64]) -> list[Seen]:
    """Drop bodies that coincide with another: who was seen in the last frame stays, else who is known
    longest.

    `joints` are the places of the keypoints that tell one body from another.
    """
    kept: list[Seen] = []
    for candidate in sorted(seen, key=lambda each: each.memory.misses):
        if not any(_are_one(candidate.body, other.body, joints) for other in kept):
            kept.append(candidate)
    return kept


def remember(seen: Seen, pts_us: int) -> Memory:
    """Move the filters on to this frame's landmarks; the next region comes from the unfiltered ones."""
    body, sure = seen.body, seen.body.visibility[:, None]
    before = _filters(seen)
    if before is None:
        smoothed = [Smooth.start(values) for _, values, _ in _signals(seen)]
    else:
        passed_s = (pts_us - seen.memory.seen_us) / 1e6
        smoothed, start = [], 0
        for settings, values, scale in _signals(seen):
            old = _smooth(before[:, start : start + 3 * values.shape[1]])
            smoothed.append(one_euro(settings, old, values, passed_s, scale))
            start += 3 * values.shape[1]
        sure = low_pass(before[:, start:], sure, passed_s)
    columns = [part for each in smoothed for part in (each.raw, each.value, each.speed)]
    return Memory(body.following, pts_us, Array.of(np.concatenate((*columns, sure), axis=1)))


def filtered_landmarks(memory: Memory, body: Body) -> Filtered:
    """What the filters say of a person who has just been seen as `body`.

    Raises:
        ValueError: the person has never been seen.
    """
    if memory.filters is None:
        raise ValueError("a person without landmarks has none to show")
    values, wide = memory.filters.numpy(), body.points.shape[1]
    world = None if body.world is None else values[:, 3 * wide + 3 : 3 * wide + 6]
    return Filtered(values[:, wide : 2 * wide], world, values[:, -1])


def miss(memory: Memory, pts_us: int) -> Memory | None:
    """What is remembered of a person who is not seen in this frame: nothing after too long."""
    if pts_us - memory.seen_us > HOLD_US:
        return None
    return msgspec.structs.replace(memory, misses=memory.misses + 1)


def _signals(seen: Seen) -> list[tuple[OneEuro, Floats, float]]:
    """What is filtered of a body: with which settings, the values, and the unit of their speeds."""
    image = (IMAGE_LANDMARKS, seen.body.points, seen.place.size_px)
    return [image] if seen.body.world is None else [image, (WORLD_LANDMARKS, seen.body.world, 1.0)]


def _filters(seen: Seen) -> Floats | None:
    """What the filters remember, unless another network wrote it."""
    if seen.memory.filters is None:
        return None
    values = sum(values.shape[1] for _, values, _ in _signals(seen))
    fits = seen.memory.filters.shape == (len(seen.body.points), 3 * values + 1)
    return seen.memory.filters.numpy() if fits else None


def _smooth(columns: Floats) -> Smooth:
    return Smooth(*np.split(columns, 3, axis=1))


def _found_again(memory: Memory, region: Region, pts_us: int) -> Memory:
    """A detection tells where a lost person is; its scale collapses on people who lie, so that it may only
    grow.
    """
    size_px = max(memory.region.size_px, region.size_px)
    seen_us = pts_us if memory.filters is None else memory.seen_us
    return msgspec.structs.replace(
        memory, region=msgspec.structs.replace(region, size_px=size_px), seen_us=seen_us
    )


def _is_usable(region: Region, message: Frame) -> bool:
    reach = region.size_px / 2
    inside_x = -reach < region.x < message.width_px + reach
    inside_y = -reach < region.y < message.height_px + reach
    return region.size_px >= _SMALLEST_PX and inside_x and inside_y


def _are_one(first: Body, second: Body, joints: NDArray[np.int64]) -> bool:
    both = joints[first.placed[joints] & second.placed[joints]]
    offsets = first.points[both, :2] - second.points[both, :2]
    size_px = max(1.0, min(first.following.size_px, second.following.size_px))
    if len(both) and float(np.hypot(offsets[:, 0], offsets[:, 1]).mean()) < _SAME * size_px:
        return True
    boxes = np.array([each.box(0) for each in (first, second)], np.float32)
    return float(iou_matrix(boxes[:1], boxes[1:])[0, 0]) > _SAME_BOX
