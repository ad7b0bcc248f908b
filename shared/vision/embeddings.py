"""Embeddings: directions that are near for pictures of one person, and what trackers do with them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.messages import Array, Person
from shared.vision.boxes import Boxes, Floats, areas

Embeddings = NDArray[np.float32]  # (N, D) rows of length 1; a row of NaN where nothing is known

_LEAST_LENGTH = 1e-12  # a shorter vector has no direction that rounding has not made


def unit(vectors: NDArray[np.floating]) -> Embeddings:
    """The rows of (N, D) at length 1; NaN for a row without a direction: all zeros, or not finite."""
    rows = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    usable = np.isfinite(lengths) & (lengths > _LEAST_LENGTH)
    with np.errstate(invalid="ignore"):
        divided = np.divide(rows, lengths, out=np.full_like(rows, np.nan), where=usable)
    return np.asarray(divided, np.float32)


def pack(embedding: Floats) -> Array:
    """One row (D,) of length 1 for the wire, as float16: 512 bytes of 256 numbers.

    A cosine of two of them is off by less than 0.001 for up to 512 numbers.
    """
    return Array.of(embedding.astype(np.float16))


def unpack(persons: Sequence[Person]) -> Embeddings | None:
    """(N, D) the persons' embeddings, NaN for those who have none; None where nobody has one.

    Raises:
        ValueError: they are not of one length.
    """
    known = {
        row: person.embedding.numpy() for row, person in enumerate(persons) if person.embedding is not None
    }
    if not known:
        return None
    lengths = {len(values) for values in known.values()}
    if len(lengths) > 1:
        raise ValueError(f"embeddings of one frame come from one model, not {sorted(lengths)} numbers each")
    rows = np.full((len(persons), lengths.pop()), np.nan, np.float32)
    for row, values in known.items():
        rows[row] = values
    rows[list(known)] = unit(rows[list(known)])
    return rows


def blend(mean: Embeddings, seen: Embeddings, weights: Floats) -> Embeddings:
    """Exponential mean of directions: a step from `mean` towards `seen`, at length 1 again.

    Args:
        mean: (N, D); NaN rows of people of whom nothing is known yet: they become what is seen.
        seen: (N, D); NaN rows of people of whom nothing is seen: their mean stays as it is, to the bit.
        weights: (N,) of what is seen, 0 to 1: `rate` times `quality`, for instance. 0 changes nothing but an
            unknown mean.

    Returns:
        (N, D). Where a mean and its opposite meet in the middle, what is seen.

    Source: Aharon et al., "BoT-SORT", arXiv:2206.14651, section 3.3 (a rate of 0.1, for every frame).
    """
    known, given = _known(mean), _known(seen)
    result = np.where(known[:, None], mean, seen)
    both = np.flatnonzero(known & given & (weights > 0))
    share = np.clip(weights[both], 0, 1)[:, None]
    stepped = unit((1 - share) * mean[both] + share * seen[both])
    lost = ~_known(stepped)
    stepped[lost] = seen[both][lost]
    result[both] = stepped
    return np.asarray(result, np.float32)


def _known(rows: Embeddings) -> NDArray[np.bool_]:
    """(N,) which rows are not NaN."""
    return np.asarray(np.isfinite(rows).all(axis=1), np.bool_)


def visible_shares(boxes: Boxes, width_px: float = np.inf, height_px: float = np.inf) -> Floats:
    """(N,) how much of each box is in the picture and in no other box, in [0, 1]; 0 for one without area.

    Overlaps with several others are added up, so that the share is the least that is visible. Who of two
    stands in front is not asked: a crop of either shows both.

    Args:
        boxes: (N, 4) px.
        width_px: of the picture.
        height_px: of the picture.
    """
    limits = np.array((width_px, height_px, width_px, height_px), np.float32)
    inside = np.clip(boxes, 0, limits)
    low = np.maximum(inside[:, None, :2], inside[None, :, :2])
    high = np.minimum(inside[:, None, 2:], inside[None, :, 2:])
    covered = areas(np.concatenate((low, high), axis=2))
    np.fill_diagonal(covered, 0)
    whole = areas(np.asarray(boxes, np.float32))
    free = np.maximum(areas(inside) - covered.sum(axis=1), 0)
    return np.asarray(np.divide(free, whole, out=np.zeros_like(free), where=whole > 0), np.float32)
