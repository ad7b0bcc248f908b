"""What a skeleton is: names of keypoints, edges, sides, and how exactly people place each point."""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Edge = tuple[str, str]
LEFT, MIDDLE, RIGHT = -1, 0, 1


@dataclass(frozen=True, eq=False)
class Skeleton:
    """The keypoints of one kind of pose model, in the order of its output.

    There is one object of each, which caches of tables are keyed by.

    Attributes:
        name: as in messages and the registry.
        points: the keypoints' names; those that Coco's 17 have too are named as there.
        edges: pairs of names that are joined by a bone.
        sigmas: for each keypoint COCO's sigma (a point is matched with k = 2 sigma).
    """

    name: str
    points: tuple[str, ...]
    edges: tuple[Edge, ...]
    sigmas: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse a skeleton whose parts do not fit together."""
        if len(set(self.points)) != len(self.points) or len(self.sigmas) != len(self.points):
            raise ValueError(f"skeleton {self.name}: names must differ, and each has a sigma")
        unknown = {name for edge in self.edges for name in edge} - set(self.points)
        if unknown:
            raise ValueError(f"skeleton {self.name}: edges of unknown points {sorted(unknown)}")

    @functools.cached_property
    def index(self) -> dict[str, int]:
        """Where each keypoint is."""
        return {name: place for place, name in enumerate(self.points)}

    @functools.cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """The edges as pairs of places."""
        return tuple((self.index[first], self.index[second]) for first, second in self.edges)

    @functools.cached_property
    def sides(self) -> NDArray[np.int8]:
        """(K,) the side of the body that each keypoint is on, as its name says: LEFT, MIDDLE or RIGHT."""
        return np.array([("right" in name) - ("left" in name) for name in self.points], np.int8)

    @functools.cached_property
    def mirrored(self) -> NDArray[np.int64]:
        """(K,) which keypoint each one becomes when left and right change places."""
        swapped = (_other_side(name) for name in self.points)
        return np.array([self.index.get(name, place) for place, name in enumerate(swapped)])

    def places(self, names: tuple[str, ...]) -> NDArray[np.int64]:
        """Where the named keypoints are, (len(names),); -1 for those that this skeleton lacks."""
        return np.array([self.index.get(name, -1) for name in names], np.int64)


def both_sides(*names: str) -> tuple[str, ...]:
    """Each name of a keypoint for the left and then for the right side, as most models have them."""
    return tuple(f"{side}_{name}" for name in names for side in ("left", "right"))


def feet() -> list[Edge]:
    """From each ankle to toes and heel, as the skeletons beyond COCO's have them."""
    return [
        (f"{side}_ankle", f"{side}_{point}")
        for side in ("left", "right")
        for point in ("big_toe", "small_toe", "heel")
    ]


def _other_side(name: str) -> str:
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left")
