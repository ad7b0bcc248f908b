"""Which part of a silhouette belongs to which limb, and how well each limb is seen.

A limb is a capsule around the line between its keypoints. What the mask covers of it, times how sure the
keypoints are, is the limb's attention. Where a part model says what each cell shows, a limb has only cells of
its classes; where its keypoints are too weak, it has what the mask leaves it (`weak_limbs`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Box, Limb
from shared.vision.boxes import Floats
from shared.vision.capsules import Capsules
from shared.vision.masks import Bits, cell_centres
from shared.vision.moments import Extents, extents
from shared.vision.palettes import Palette
from shared.vision.skeletons import LIMBS
from shared.vision.upright import upright_parts
from shared.vision.weak_limbs import nearness

NOBODY = 255  # a cell that is part of no limb
BODY = "body"
"""The whole silhouette, beside or in place of limbs, of a person whose keypoints do not tell the limbs."""

_REACH_M = 0.12  # cells further outside all limbs are somebody else's, or furniture
_OCCLUDED_BELOW = 0.3  # attention of what is inside the picture
_IN_PICTURE = 0.5  # share of a limb that must be inside before it can count as hidden
_HIDDEN_SHARE = 0.3  # of the limbs inside the picture: so many hidden ones hide the person

Shares = NDArray[np.float64]  # (L,)


def _joined() -> NDArray[np.bool_]:
    """(L, 256) whether a cell of a limb, by its place in `LIMBS`, may be one of the joint with another."""
    joints = [("torso", "head")]
    for side in ("left", "right"):
        joints += [("torso", f"{side}_upper_arm"), (f"{side}_upper_arm", f"{side}_forearm")]
        joints += [("torso", f"{side}_thigh"), (f"{side}_thigh", f"{side}_shank")]
    table = np.zeros((len(LIMBS), 256), bool)
    names = list(LIMBS)
    for first, second in joints:
        table[names.index(first), names.index(second)] = True
        table[names.index(second), names.index(first)] = True
    return table


_JOINED = _joined()  # capsules overlap at the joints, where the cells can be of one limb's class only


@dataclass(frozen=True, eq=False)
class Silhouette:
    """What a network sees of one person in a grid of cells.

    Attributes:
        bits: (H, W) the person's cells.
        box: what of the picture the grid fills; inside the picture.
        sure: (H, W) probability of a person, 0 to 1.
        classes: (H, W) class numbers of `palette`; both None where the network tells no parts.
        palette: None if `classes` is.
    """

    bits: Bits
    box: Box
    sure: Floats
    classes: NDArray[np.uint8] | None = None
    palette: Palette | None = None

    @property
    def cell_px(self) -> float:
        """The area of a cell in square pixels."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1]) / self.bits.size

    @property
    def centres(self) -> tuple[Floats, Floats]:
        """Where the cells are in the picture: x of the columns, y of the rows."""
        return cell_centres(self.bits.shape, self.box)

    def allowed(self) -> NDArray[np.bool_] | None:
        """(L, N) whether a cell's class may belong to a limb; None where the network tells no parts."""
        if self.classes is None or self.palette is None:
            return None
        return np.asarray(self.palette.limbs[:, self.classes.ravel()])


@dataclass(frozen=True, eq=False)
class Parts:
    """A silhouette taken apart.

    Attributes:
        bits: (H, W) the silhouette without what lies too far from all limbs.
        cells: (H, W) the index in `LIMBS` of the limb that a cell belongs to, or NOBODY.
        limbs: what is seen of each; of a person without usable keypoints `BODY`, and the limbs that a part
            model or an upright stance tells.
        occluded: whether much of the body is hidden.
    """

    bits: Bits
    cells: NDArray[np.uint8]
    limbs: dict[str, Limb]
    occluded: bool


@dataclass(frozen=True, eq=False)
class _Seen:
    """What is seen of each limb, (L,).

    Attributes:
        coverage: share of the whole limb, 0 to 1, as the others.
        confidence: of its place.
        occluded: whether it is in the picture and hidden.
        in_picture: whether most of it is.
        from_mask: whether the keypoints are too weak to tell it.
    """

    coverage: Shares
    confidence: Shares
    occluded: NDArray[np.bool_]
    in_picture: NDArray[np.bool_]
    from_mask: NDArray[np.bool_]


def take_apart(silhouette: Silhouette, capsules: Capsules | None) -> Parts:
    """Give each cell of a silhouette to a limb, and measure the limbs.

    With keypoints that say anything, a cell goes to the nearest limb that it may belong to, or is dropped if
    none is in reach. Without, the silhouette stays as it is; only cells of a class that is one limb's go to
    that limb, or without a part model to head and torso of somebody upright (`upright`), and nothing tells
    how much of a limb should be seen: what is, covers it.
    """
    if capsules is None or not capsules.usable:
        return _by_mask_alone(silhouette, capsules)
    away = capsules.distances(*silhouette.centres)
    allowed = silhouette.allowed()
    reach_px = np.float32(_REACH_M * capsules.pixels_per_metre)
    if allowed is None:
        near = nearness(away, capsules, *silhouette.centres)
    else:
        near = np.where(capsules.weak[:, None] | np.isnan(away), reach_px, away)
        near[~allowed] = np.inf
    nearest, least = _nearest(near)
    bits = silhouette.bits.ravel() & (least <= reach_px)
    cells = np.where(bits, nearest, np.uint8(NOBODY)).reshape(silhouette.bits.shape)
    places = extents(cells, len(LIMBS), silhouette.box)
    shown = bits if allowed is None else bits & (allowed | _JOINED[:, cells.ravel()])
    seen = _look(away, shown, places.counts, capsules, silhouette.cell_px)
    limbs = _limbs(tuple(LIMBS), seen, places, silhouette.cell_px, int(bits.sum()))
    hidden = int(seen.occluded.sum()) > _HIDDEN_SHARE * max(int(seen.in_picture.sum()), 1)
    return Parts(bits.reshape(cells.shape), cells, limbs, hidden)


def _nearest(near: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """(N,) the nearest limb of each cell, the first of several, and how near it is, of (L, N)."""
    nearest, least = np.zeros(near.shape[1], np.uint8), near[0].copy()
    for index in range(1, len(near)):  # argmin along the first axis takes longer
        nearest[near[index] < least] = index
        np.minimum(least, near[index], out=least)
    return nearest, least


def _look(
    away: Floats, shown: NDArray[np.bool_], cells: NDArray[np.int64], capsules: Capsules, cell_px: float
) -> _Seen:
    """How much is seen of each limb.

    Args:
        away: (L, N) distances outside the capsules.
        shown: (N,) or (L, N) cells that show the person, or each limb.
        cells: (L,) how many belong to each limb.
        capsules: the limbs.
        cell_px: the area of a cell.
    """
    inside = (away <= 0).astype(np.float32)
    in_view = inside @ np.ones(inside.shape[1], np.float32)
    covered = inside @ shown.astype(np.float32) if shown.ndim == 1 else (inside * shown).sum(axis=1)
    whole = np.maximum(np.nan_to_num(capsules.areas) / cell_px, np.maximum(in_view, 1))
    weak = capsules.weak
    by_area = np.minimum(cells * cell_px / np.maximum(capsules.adult_areas, cell_px), 1)
    coverage = np.where(weak, by_area, covered / whole)
    in_sight = np.where(weak, by_area, covered / np.maximum(in_view, 1))
    sure = np.where(weak & (shown.ndim == 2), 1, capsules.confidence)  # a part model vouches for its cells
    in_picture = in_view / whole >= _IN_PICTURE
    occluded = in_picture & (in_sight * sure < _OCCLUDED_BELOW)
    return _Seen(coverage, capsules.confidence.astype(np.float64), occluded, in_picture, weak)


def _by_mask_alone(silhouette: Silhouette, capsules: Capsules | None) -> Parts:
    """The whole silhouette, and the limbs that a part model or an upright stance tells."""
    bits, allowed = silhouette.bits, silhouette.allowed()
    labels = np.where(bits, 0, NOBODY).astype(np.uint8)
    whole = extents(labels, 1, silhouette.box)
    if allowed is None:
        cells = upright_parts(bits, silhouette.box, whole)
        names = [name for place, name in enumerate(LIMBS) if (cells == place).any()]
    else:
        one = bits & (allowed.sum(axis=0) == 1).reshape(bits.shape)
        cells = np.where(one, allowed.argmax(axis=0).reshape(bits.shape), NOBODY).astype(np.uint8)
        names = list(LIMBS)
    sure = None if capsules is None else capsules.confidence
    told = _unplaced(silhouette, cells, tuple(LIMBS), sure)
    body = _unplaced(silhouette, labels, (BODY,), None if sure is None else sure.mean(keepdims=True))
    return Parts(bits, cells, {name: told[name] for name in names} | body, occluded=False)


def _unplaced(
    silhouette: Silhouette, cells: NDArray[np.uint8], names: tuple[str, ...], confidence: Floats | None
) -> dict[str, Limb]:
    """What the mask says of limbs that no keypoint places; without keypoints it is as sure as the network."""
    places = extents(cells, len(names), silhouette.box)
    if confidence is None:
        owned = cells != NOBODY
        total = np.bincount(cells[owned], weights=silhouette.sure[owned], minlength=len(names))
        confidence = (total / np.maximum(places.counts, 1)).astype(np.float32)
    shown = places.counts > 0
    nowhere = np.zeros_like(shown)
    seen = _Seen(shown.astype(np.float64), confidence.astype(np.float64), nowhere, nowhere, ~nowhere)
    return _limbs(names, seen, places, silhouette.cell_px, int(silhouette.bits.sum()))


def _limbs(
    names: tuple[str, ...], seen: _Seen, places: Extents, cell_px: float, total: int
) -> dict[str, Limb]:
    """The message of each limb; `total` is the silhouette's cells."""
    share = places.counts / max(total, 1)
    columns = zip(
        names,
        seen.coverage.tolist(),
        seen.confidence.tolist(),
        (places.counts * cell_px).tolist(),
        seen.occluded.tolist(),
        seen.from_mask.tolist(),
        (share * seen.confidence).tolist(),
        _places(places),
        strict=True,
    )
    return {
        name: Limb(
            coverage,
            sure,
            coverage * sure,
            area_px,
            occluded,
            box=place.box,
            centroid=place.centroid,
            axis_deg=place.axis_deg,
            from_mask=from_mask,
            descriptor=descriptor,
        )
        for name, coverage, sure, area_px, occluded, from_mask, descriptor, place in columns
    }


@dataclass(frozen=True)
class _Place:
    box: Box | None = None
    centroid: tuple[float, float] | None = None
    axis_deg: float | None = None


def _places(places: Extents) -> list[_Place]:
    """Where each limb is; nowhere without cells."""
    rows = zip(
        places.counts.tolist(),
        places.boxes.tolist(),
        places.centroids.tolist(),
        places.axes_deg.tolist(),
        strict=True,
    )
    return [
        _Place((x0, y0, x1, y1), (x, y), axis_deg) if count else _Place()
        for count, (x0, y0, x1, y1), (x, y), axis_deg in rows
    ]
