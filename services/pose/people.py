"""Who is followed from frame to frame: regions to look at, duplicates, and the memory of each person."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from shared.messages import Array, Frame, Person
from shared.vision import skeletons
from shared.vision.blazepose import LANDMARKS, Landmarks, region_of
from shared.vision.boxes import Floats, box_around, iou_matrix
from shared.vision.regions import Region
from shared.vision.smoothing import IMAGE_LANDMARKS, WORLD_LANDMARKS, Smooth, low_pass, one_euro

HOLD_US = 500_000  # how long a person who is not seen is looked for at the last place

_TURNS = (math.pi, math.pi / 2, -math.pi / 2)
_NEAR = 0.3  # of a region's size: a detection whose hips are nearer to a followed person's is that person
_SAME = 0.1  # of a region's size: two bodies whose joints are on average nearer to each other are one
_SAME_BOX = 0.5  # overlap of the boxes around two bodies from which they are one
_INSIDE = 0.2  # of the landmarks
_SMALLEST_PX = 16.0  # a body smaller than this has no landmarks to find
_BOX_SCALE = 1.25  # a region made of a box of a whole body is so much larger


class Memory(msgspec.Struct, frozen=True):
    """What is remembered of one person.

    `region` is where to look next, `seen_us` the media time of the last landmarks, `filters` (33, 19)
    float32: raw, filtered and speed of x, y, z; the same of the three world coordinates; visibility. A
    person who was detected and not yet seen by the landmark network has no filters.
    """

    region: Region
    seen_us: int
    filters: Array | None = None
    misses: int = 0

    def places(self) -> tuple[Region, ...]:
        """Where to look: after a miss also the same square turned, for who has fallen may lie any way
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
    """What the landmark network says of one place where somebody was looked for."""

    memory: Memory
    place: Region
    body: Landmarks
    presence: float


def regions_to_look_at(people: People, message: Frame, limit: int) -> list[Memory]:
    """Followed people first, then detections that are none of them, at most `limit`.

    A detection of a followed person who was not seen in the last frame says where that person went.
    """
    candidates = [memory for memory in people.followed if _is_usable(memory.region, message)]
    for person in message.persons:
        region = region_of_person(person)
        if not _is_usable(region, message):
            continue
        known = _nearest(candidates, region)
        if known is None:
            candidates.append(Memory(region, message.pts_us))
        elif candidates[known].misses:
            candidates[known] = _found_again(candidates[known], region, message.pts_us)
    return candidates[:limit]


def region_of_person(person: Person) -> Region:
    """Where a detected person's landmarks are looked for: from the detector's keypoints, or else from the
    box.
    """
    if person.skeleton == skeletons.BLAZEPOSE_DETECTOR and person.keypoints is not None:
        points = person.keypoints.numpy()
        return region_of(points[0, :2], points[1, :2])
    x0, y0, x1, y1 = person.box
    return Region((x0 + x1) / 2, (y0 + y1) / 2, _BOX_SCALE * max(x1 - x0, y1 - y0), 0.0)


def is_in_picture(body: Landmarks, message: Frame) -> bool:
    """Whether enough of a body is inside the picture; the network goes on to see one who has walked out of
    it.
    """
    x, y = body.points[:, 0], body.points[:, 1]
    inside = (x >= 0) & (y >= 0) & (x < message.width_px) & (y < message.height_px)
    return float(inside.mean()) >= _INSIDE


def without_duplicates(seen: Sequence[Seen]) -> list[Seen]:
    """Drop bodies that coincide with another: who was seen in the last frame stays, else who is known
    longest.
    """
    kept: list[Seen] = []
    for candidate in sorted(seen, key=lambda each: each.memory.misses):
        if not any(_are_one(candidate, other) for other in kept):
            kept.append(candidate)
    return kept


def remember(seen: Seen, pts_us: int) -> Memory:
    """Move the filters on to this frame's landmarks; the next region comes from the unfiltered ones."""
    body = seen.body
    sure = body.visibility[:, None]
    if seen.memory.filters is None:
        image, world = Smooth.start(body.points), Smooth.start(body.world)
    else:
        before = seen.memory.filters.numpy()
        passed_s = (pts_us - seen.memory.seen_us) / 1e6
        image = one_euro(IMAGE_LANDMARKS, _smooth(before[:, :9]), body.points, passed_s, seen.place.size_px)
        world = one_euro(WORLD_LANDMARKS, _smooth(before[:, 9:18]), body.world, passed_s, 1.0)
        sure = low_pass(before[:, 18:], sure, passed_s)
    columns = (image.raw, image.value, image.speed, world.raw, world.value, world.speed, sure)
    return Memory(body.following, pts_us, Array.of(np.concatenate(columns, axis=1)))


def filtered_landmarks(memory: Memory) -> tuple[Floats, Floats, Floats]:
    """Filtered keypoints (33, 3), world (33, 3) and visibility (33,) of a person who has been seen.

    Raises:
        ValueError: the person has never been seen.
    """
    if memory.filters is None:
        raise ValueError("a person without landmarks has none to show")
    values = memory.filters.numpy().reshape(LANDMARKS, 19)
    return values[:, 3:6], values[:, 12:15], values[:, 18]


def miss(memory: Memory, pts_us: int) -> Memory | None:
    """What is remembered of a person who is not seen in this frame: nothing after too long."""
    if pts_us - memory.seen_us > HOLD_US:
        return None
    return msgspec.structs.replace(memory, misses=memory.misses + 1)


def _smooth(columns: Floats) -> Smooth:
    return Smooth(columns[:, :3], columns[:, 3:6], columns[:, 6:9])


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


def _nearest(known: Sequence[Memory], region: Region) -> int | None:
    distances = [
        math.dist((memory.region.x, memory.region.y), (region.x, region.y))
        / max(memory.region.size_px, region.size_px)
        for memory in known
    ]
    best = min(range(len(known)), key=distances.__getitem__, default=None)
    return best if best is not None and distances[best] < _NEAR else None


def _are_one(first: Seen, second: Seen) -> bool:
    body = list(skeletons.BODY)
    offsets = first.body.points[body, :2] - second.body.points[body, :2]
    size_px = max(1.0, min(first.body.following.size_px, second.body.following.size_px))
    if float(np.hypot(offsets[:, 0], offsets[:, 1]).mean()) < _SAME * size_px:
        return True
    boxes = np.array([box_around(each.body.points[:, :2], 0) for each in (first, second)], np.float32)
    return float(iou_matrix(boxes[:1], boxes[1:])[0, 0]) > _SAME_BOX
