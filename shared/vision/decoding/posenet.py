"""Heatmaps, and vectors that lead from cell to keypoint and from keypoint to keypoint: PoseNet and BodyPix.

A heatmap is coarse (a cell every `stride` pixels of the input), so at each cell a short offset leads on to
the keypoint itself. Mid-range offsets lead from a keypoint to its neighbour in the body, along each of 16
edges in both directions, which is what tells people apart. All channels hold y before x: short offsets (2K)
all y, then all x; mid offsets (64) y of the 16 edges outwards, their x, then y and x of the edges backwards.
All are in pixels of the input, and the cell (row, column) is at the pixel with those indices times `stride`.

Source: Papandreou et al., "PersonLab: Person Pose Estimation and Instance Segmentation with a Bottom-Up,
    Part-Based, Geometric Embedding Model", arXiv:1803.08225 (sections 3.1 and 3.2);
    https://github.com/google-coral/edgetpu/tree/master/src/cpp/posenet (Apache-2.0: order of edges and
    channels, five steps of refinement, radius of local maxima). We differ from the latter in one direction:
    it reads wrong channels from left eye to nose.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.vision.blazepose import sigmoid
from shared.vision.decoding.keypoints import Floats, Keypoints

Ints = NDArray[np.int64]

EDGES = (
    *((0, 1), (1, 3), (0, 2), (2, 4)),
    *((0, 5), (5, 7), (7, 9), (5, 11), (11, 13), (13, 15)),
    *((0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16)),
)
"""The tree over COCO's keypoints, from the nose outwards, in the order of the channels."""

KEYPOINTS = 17
_REFINEMENTS = 5  # along short offsets after each mid-range one
_MOST_CANDIDATES = 512  # of a picture, the surest


@dataclass(frozen=True)
class PoseNetLayout:
    """How a network's outputs are read, and who counts.

    Attributes:
        input_px: width and height of the input.
        stride: pixels of the input from cell to cell.
        score: smallest score, 0 to 1, of a keypoint that a person is found by, and of a person.
        radius_px: of the input; nearer than this two keypoints of a kind are one.
        most: people of one picture.
    """

    input_px: tuple[int, int]
    stride: int = 16
    score: float = 0.5
    radius_px: float = 20.0
    most: int = 24


@dataclass(frozen=True, eq=False)
class _Maps:
    """Outputs of N pictures, places in cells, y before x.

    Attributes:
        heatmaps: (N, 17, H, W, 1) logits.
        short: (N, 17, H, W, 2).
        mid: (N, 32, H, W, 2), the edges outwards, then backwards.
    """

    heatmaps: Floats
    short: Floats
    mid: Floats


@dataclass(frozen=True, eq=False)
class _Candidates:
    """C keypoints that people may be found by, the surest of a picture first.

    Attributes:
        pictures: (C,) which picture.
        kinds: (C,) which keypoint.
        places: (C, 2) y, x in cells.
    """

    pictures: Ints
    kinds: Ints
    places: Floats


@dataclass(frozen=True, eq=False)
class _Walks:
    """How to get to every keypoint from each of 17: (17, 16) which one step starts at, where it leads, and
    the channel of `_Maps.mid` that tells.
    """

    starts: Ints
    ends: Ints
    channels: Ints


def _walks() -> _Walks:
    steps = np.array([_walk(first) for first in range(KEYPOINTS)])
    return _Walks(steps[..., 0], steps[..., 1], steps[..., 2])


def _walk(first: int) -> list[tuple[int, int, int]]:
    """Start, end and channel of the steps from one keypoint to all others, near ones first."""
    steps: list[tuple[int, int, int]] = []
    reached = [first]
    for start in reached:
        for edge, (parent, child) in enumerate(EDGES):
            end = child if start == parent else parent
            if start in (parent, child) and end not in reached:
                steps.append((start, end, edge if start == parent else len(EDGES) + edge))
                reached.append(end)
    return steps


_WALKS = _walks()


def decode_one(heatmaps: Floats, short_offsets: Floats, layout: PoseNetLayout) -> Keypoints:
    """The keypoints of the only person in each of N pictures.

    Args:
        heatmaps: (N, K, H, W) logits.
        short_offsets: (N, 2K, H, W) pixels: K times y, K times x.
        layout: the network's.
    """
    count, keypoints, height, width = heatmaps.shape
    best = heatmaps.reshape(count, keypoints, height * width).argmax(axis=2)
    rows, columns = best // width, best % width
    picture, keypoint = np.ogrid[:count, :keypoints]
    y = rows * layout.stride + short_offsets[picture, keypoint, rows, columns]
    x = columns * layout.stride + short_offsets[picture, keypoints + keypoint, rows, columns]
    logits = heatmaps[picture, keypoint, rows, columns]
    return Keypoints.scored(np.stack((x, y), axis=2) / layout.input_px, sigmoid(logits))


def decode_people(
    heatmaps: Floats, short_offsets: Floats, mid_offsets: Floats, layout: PoseNetLayout
) -> list[Keypoints]:
    """All people in each of N pictures, surest first.

    From every keypoint that is a local maximum a whole body is followed through the tree; then bodies are
    taken greedily, and those found by a keypoint that a taken body has as well are left out. A person's
    presence is the mean score of the keypoints that no surer person has.

    Args:
        heatmaps: (N, 17, H, W) logits.
        short_offsets: (N, 34, H, W) pixels.
        mid_offsets: (N, 64, H, W) pixels.
        layout: the network's.

    Raises:
        ValueError: the outputs are not those of 17 keypoints and 16 edges.
    """
    count, _, height, width = heatmaps.shape
    if not count:
        return []
    if heatmaps.shape[1] != KEYPOINTS or short_offsets.shape[1] != 34 or mid_offsets.shape[1] != 64:
        raise ValueError(
            f"outputs of {heatmaps.shape[1]}, {short_offsets.shape[1]} and {mid_offsets.shape[1]} channels"
            " are not those of PoseNet: 17, 34 and 64"
        )
    cells = np.float32(1 / layout.stride)
    short = short_offsets.reshape(count, 2, KEYPOINTS, height, width) * cells
    mid = mid_offsets.reshape(count, 2, 2, len(EDGES), height, width) * cells
    maps = _Maps(
        heatmaps[..., None],
        np.moveaxis(short, 1, -1),
        np.moveaxis(mid, 2, -1).reshape(count, 2 * len(EDGES), height, width, 2),
    )
    candidates = _candidates(maps, layout.score)
    places = _followed(maps, candidates)
    kinds = np.arange(KEYPOINTS)
    scores = sigmoid(_sample(maps.heatmaps, candidates.pictures[:, None], kinds, places)[..., 0])
    return [
        _greedily(places[mine], scores[mine], candidates.kinds[mine], layout)
        for mine in (np.flatnonzero(candidates.pictures == picture) for picture in range(count))
    ]


def _candidates(maps: _Maps, score: float) -> _Candidates:
    """Keypoints at least as sure as `score` that are the surest of their kind among the cells around."""
    logits = maps.heatmaps[..., 0]
    is_peak = (logits == _highest_around(logits)) & (sigmoid(logits) >= score)
    pictures, kinds, rows, columns = np.nonzero(is_peak)
    surest = np.argsort(-logits[is_peak], kind="stable")
    order = [surest[pictures[surest] == picture][:_MOST_CANDIDATES] for picture in range(len(logits))]
    pictures, kinds, rows, columns = np.stack((pictures, kinds, rows, columns))[:, np.concatenate(order)]
    places = np.stack((rows, columns), axis=1) + maps.short[pictures, kinds, rows, columns]
    return _Candidates(pictures, kinds, _inside(maps, places))


def _highest_around(logits: Floats) -> Floats:
    """The highest of the 3 x 3 cells around each cell of (N, K, H, W)."""
    padded = np.pad(logits, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    rows = np.maximum(np.maximum(padded[:, :, :-2], padded[:, :, 1:-1]), padded[:, :, 2:])
    return np.asarray(np.maximum(np.maximum(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:]), np.float32)


def _followed(maps: _Maps, candidates: _Candidates) -> Floats:
    """(C, 17, 2) the bodies, y, x in cells, that the candidates' keypoints belong to.

    The edges are a tree, so that there is one way from a keypoint to any other and the order of the steps
    does not matter.
    """
    rows = np.arange(len(candidates.kinds))
    places = np.zeros((len(rows), KEYPOINTS, 2), np.float32)
    places[rows, candidates.kinds] = candidates.places
    for step in range(len(EDGES)):
        starts, ends, channels = (
            table[candidates.kinds, step] for table in (_WALKS.starts, _WALKS.ends, _WALKS.channels)
        )
        at = places[rows, starts]
        at = _inside(maps, at + _sample(maps.mid, candidates.pictures, channels, at))
        for _ in range(_REFINEMENTS):
            at = _inside(maps, at + _sample(maps.short, candidates.pictures, ends, at))
        places[rows, ends] = at
    return places


def _inside(maps: _Maps, places: Floats) -> Floats:
    height, width = maps.heatmaps.shape[2:4]
    return np.asarray(np.clip(places, 0, (height - 1, width - 1)), np.float32)


def _sample(field: Floats, pictures: Ints, channels: Ints, places: Floats) -> Floats:
    """(..., V) values of (N, C, H, W, V) between the cells, at places (..., 2) that are inside."""
    low = np.floor(places).astype(np.int64)
    high = np.minimum(low + 1, (field.shape[2] - 1, field.shape[3] - 1))
    share = (places - low)[..., None, :]  # (..., 1, 2)
    top, left, bottom, right = low[..., 0], low[..., 1], high[..., 0], high[..., 1]
    above = _between(
        field[pictures, channels, top, left], field[pictures, channels, top, right], share[..., 1]
    )
    below = _between(
        field[pictures, channels, bottom, left], field[pictures, channels, bottom, right], share[..., 1]
    )
    return _between(above, below, share[..., 0])


def _between(first: Floats, second: Floats, share: Floats) -> Floats:
    return np.asarray((1 - share) * first + share * second, np.float32)


def _greedily(places: Floats, scores: Floats, kinds: Ints, layout: PoseNetLayout) -> Keypoints:
    """One picture's people among the bodies (C, 17, 2), y, x in cells, in the order of their candidates."""
    radius = layout.radius_px / layout.stride
    left = np.flatnonzero(scores.mean(axis=1) >= layout.score)
    taken: list[int] = []
    while len(left) and len(taken) < layout.most:
        best, left = int(left[0]), left[1:]
        taken.append(best)
        apart = places[left, kinds[left]] - places[best, kinds[left]]
        left = left[np.hypot(apart[:, 0], apart[:, 1]) > radius]
    taken = sorted(taken, key=lambda body: -float(scores[body].mean()))
    presence = _own_scores(places[taken], scores[taken], radius)
    x_y = places[taken][..., ::-1] * layout.stride / layout.input_px
    people = Keypoints(x_y.astype(np.float32), scores[taken], presence)
    order = np.argsort(-presence, kind="stable")
    return people.only(place for place in order if presence[place] >= layout.score)


def _own_scores(places: Floats, scores: Floats, radius: float) -> Floats:
    """(P,) mean scores where keypoints that an earlier body has within the radius count as 0."""
    apart = places[:, None] - places[None]  # (P, P, 17, 2)
    near = np.hypot(apart[..., 0], apart[..., 1]) <= radius
    earlier = np.tri(len(places), k=-1, dtype=bool)[..., None]
    hidden = (near & earlier).any(axis=1)
    return np.asarray(np.where(hidden, 0, scores).mean(axis=1), np.float32)
