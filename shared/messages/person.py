"""One person in one frame: box, keypoints, silhouette, limbs, track."""

from enum import StrEnum
from typing import Annotated

import msgspec
import numpy as np

from shared.messages.array import Array

MAX_EMBEDDING = 512  # numbers of a person's embedding: a tracker keeps one for each track in its checkpoint

_UNIT_TOLERANCE = 0.01  # of an embedding's length; float16 rounds a vector of 512 numbers by 0.0005

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in source pixels


class Mask(msgspec.Struct, frozen=True):
    """A person's silhouette inside `box`, one bit per cell, rows packed to whole bytes, zlib-compressed."""

    box: Box
    width: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    height: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    bits: Annotated[bytes, msgspec.Meta(max_length=131_072)]


class PartMap(msgspec.Struct, frozen=True):
    """Which body part each cell of `box` shows: class numbers of `palette`, 0 to 255, 0 for none.

    `cells` are bytes row by row, zlib-compressed.
    """

    box: Box
    width: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    height: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    palette: str
    cells: Annotated[bytes, msgspec.Meta(max_length=131_072)]


class Limb(msgspec.Struct, frozen=True, omit_defaults=True):
    """How well one limb is seen: mask coverage times keypoint confidence is its attention, all in [0, 1].

    Where its cells are in the picture: `box`, `centroid` (x, y) and `axis_deg`, the direction of their
    longest extent, -90 to 90, 0 along the rows and positive downwards; None where no cell belongs to it.
    With `from_mask` the keypoints were too weak, and only the mask tells the limb. `confidence` is that of
    its keypoints, or of a person without any how sure the network is of its cells. `descriptor` is its share
    of the silhouette's area times its confidence, in [0, 1].
    """

    coverage: float
    confidence: float
    attention: float
    area_px: float
    occluded: bool
    box: Box | None = None
    centroid: tuple[float, float] | None = None
    axis_deg: float | None = None
    from_mask: bool = False
    descriptor: float = 0.0


class TrackState(StrEnum):
    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    LOST = "lost"


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person in one frame; each stage fills in what it knows.

    `keypoints` is (K, 5) float32: x, y in source pixels, z in pixels of the same scale (negative is nearer
    than the hips), visibility and presence in [0, 1], NaN where a model gives none. `world` is (K, 3) metres,
    origin between the hips, y down. `limbs` go by the names of `shared.vision.skeletons.LIMBS`; where
    keypoints do not tell them, "body" is the whole silhouette. `embedding` is (D,) float16 of length 1, near
    in direction for pictures of one person; only in some frames, and only where `pose.reid` is on.
    `velocity` is that of the track's centre in px/s; `lost_low` says of a lost track that the person was low
    near the floor when last seen.
    """

    box: Box
    score: float
    skeleton: str | None = None
    keypoints: Array | None = None
    world: Array | None = None
    mask: Mask | None = None
    parts: PartMap | None = None
    limbs: dict[str, Limb] = {}
    occluded: bool = False
    track: int | None = None
    track_state: TrackState | None = None
    velocity: tuple[float, float] | None = None
    lost_low: bool = False
    embedding: Array | None = None

    def __post_init__(self) -> None:
        """Refuse an embedding that is no direction."""
        if self.embedding is not None:
            _check_embedding(self.embedding)


def _check_embedding(embedding: Array) -> None:
    shape = embedding.shape
    if embedding.dtype != "<f2" or len(shape) != 1 or not 1 <= shape[0] <= MAX_EMBEDDING:
        raise ValueError(
            f"an embedding is one row of 1 to {MAX_EMBEDDING} <f2, not {shape} of {embedding.dtype}"
        )
    length = float(np.linalg.norm(embedding.numpy().astype(np.float32)))
    if not abs(length - 1) <= _UNIT_TOLERANCE:  # NaN fails as well
        raise ValueError(f"an embedding has length 1, not {length:.3g}")
