"""What the numbers of the two BlazePose networks mean.

Source: Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking", arXiv:2006.10204; the graphs
    `pose_detection` and `pose_landmarks_detector` of MediaPipe (Apache-2.0). Stateless results agree with
    MediaPipe Tasks to hundredths of a pixel where OpenCV 4 resamples.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.vision.boxes import Boxes, Floats, weighted_nms
from shared.vision.regions import Points, Region

DETECTOR_SIDE_PX = 224
LANDMARK_SIDE_PX = 256
LANDMARKS = 33

_CENTRE, _SCALE = 33, 34  # auxiliary landmarks: middle of the hips, and a point that gives size and direction
_USED = LANDMARKS + 2
_REGION_SCALE = 1.25  # the region is so much larger than the circle around the body
_WINDOW = 7  # of the heatmap around a landmark
_LOGIT_LIMIT = 80.0  # beyond it float32 has nothing left to tell


def _anchors() -> Floats:
    """Centres (2254, 2) of the detector's anchors in units of its input, row by row, layer by layer."""
    layers = []
    for cells, per_cell in ((28, 2), (14, 2), (7, 6)):
        centres = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(centres, centres, indexing="ij")
        layers.append(np.repeat(np.stack((x.ravel(), y.ravel()), axis=1), per_cell, axis=0))
    return np.concatenate(layers)


ANCHORS = _anchors()


def sigmoid(logits: Floats) -> Floats:
    """Logistic function, element by element; large inputs saturate."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -_LOGIT_LIMIT, _LOGIT_LIMIT))), np.float32)


@dataclass(frozen=True)
class Detections:
    """People found in a picture, best first: boxes (N, 4), scores (N,), keypoints (N, 4, 2), in source
    pixels.

    The box is around the head and shoulders; it only serves suppression. Keypoint 0 is the middle of the
    hips and 1 lies on the circle around the body, straight above the head.
    """

    boxes: Boxes
    scores: Floats
    keypoints: Points


def decode_detections(boxes: Floats, logits: Floats, picture: Region, score: float, iou: float) -> Detections:
    """Turn one picture's outputs of the detector into people.

    Args:
        boxes: (2254, 12) centre, size and four keypoints in input pixels, relative to the anchors.
        logits: (2254, 1).
        picture: what the network saw.
        score: smallest score in (0, 1] that counts.
        iou: overlap at which two boxes are one person.
    """
    scores = sigmoid(logits[:, 0])
    kept = np.flatnonzero(scores >= score)
    rows = np.asarray(boxes[kept] / DETECTOR_SIDE_PX, np.float32)
    anchors = ANCHORS[kept]
    centres, half = rows[:, :2] + anchors, rows[:, 2:4] / 2
    points = np.asarray(rows[:, 4:].reshape(-1, 4, 2) + anchors[:, None], np.float32)
    corners = np.concatenate((centres - half, centres + half), axis=1, dtype=np.float32)
    left = weighted_nms(corners, scores[kept], points.reshape(-1, 8), iou)
    return Detections(
        picture.to_picture(left.boxes.reshape(-1, 2, 2)).reshape(-1, 4),
        left.scores,
        picture.to_picture(left.values.reshape(-1, 4, 2)),
    )


def region_of(centre: NDArray[np.floating], edge: NDArray[np.floating]) -> Region:
    """The region to look at, from the middle of the hips and the point on the circle above the head, both
    (2,).
    """
    dx, dy = float(edge[0]) - float(centre[0]), float(edge[1]) - float(centre[1])
    rotation = math.remainder(math.pi / 2 - math.atan2(-dy, dx), 2 * math.pi)
    return Region(float(centre[0]), float(centre[1]), 2 * _REGION_SCALE * math.hypot(dx, dy), rotation)


@dataclass(frozen=True)
class Landmarks:
    """One body: points (33, 3) x, y, z in source pixels, visibility and presence (33,), world (33, 3) metres.

    `following` is the region of this body in the next picture.
    """

    points: Floats
    visibility: Floats
    presence: Floats
    world: Floats
    following: Region


def refine(points: Points, heatmaps: Floats) -> Points:
    """Move landmarks to the centre of mass of their heatmap's neighbourhood where that is sure.

    Args:
        points: (N, K, 2) in [0, 1] from corner to corner of the input; others are left alone.
        heatmaps: (N, K, 64, 64) logits.
    """
    people, count, side, _ = heatmaps.shape
    cells = np.floor(points * side).astype(np.int64)
    inside = ((cells >= 0) & (cells < side)).all(axis=2)
    cells = np.clip(cells, 0, side - 1)
    steps = np.arange(_WINDOW) - _WINDOW // 2
    columns, rows = cells[..., :1] + steps, cells[..., 1:] + steps  # (N, K, 7)
    on_map = ((rows >= 0) & (rows < side))[..., :, None] & ((columns >= 0) & (columns < side))[..., None, :]
    person, landmark = np.ogrid[:people, :count]
    window = heatmaps[
        person[..., None, None],
        landmark[..., None, None],
        np.clip(rows, 0, side - 1)[..., :, None],
        np.clip(columns, 0, side - 1)[..., None, :],
    ]
    weights = sigmoid(window) * on_map
    total = weights.sum(axis=(2, 3))
    sure = inside & (weights.max(axis=(2, 3)) >= 0.5)
    total[~sure] = 1
    x = (weights.sum(axis=2) * columns).sum(axis=2) / total / side
    y = (weights.sum(axis=3) * rows).sum(axis=2) / total / side
    return np.asarray(np.where(sure[..., None], np.stack((x, y), axis=2), points), np.float32)


def decode_landmarks(
    landmarks: Floats, heatmaps: Floats, world: Floats, regions: list[Region]
) -> list[Landmarks]:
    """Turn the landmark network's outputs into bodies, one for each region.

    Args:
        landmarks: (N, 195) x, y, z in input pixels, visibility and presence logits of 39 points.
        heatmaps: (N, 39, 64, 64) logits.
        world: (N, 117) metres, upright with the region.
        regions: the N squares that the network saw.
    """
    rows = landmarks.reshape(-1, 39, 5)[:, :_USED]
    flat = refine(np.asarray(rows[..., :2] / LANDMARK_SIDE_PX, np.float32), heatmaps[:, :_USED])
    sure = sigmoid(rows[..., 3:])
    metres = world.reshape(-1, 39, 3)[:, :LANDMARKS]
    bodies = []
    for index, region in enumerate(regions):
        points = region.to_picture(flat[index])
        depth = rows[index, :LANDMARKS, 2:3] / LANDMARK_SIDE_PX * region.size_px
        turned = metres[index, :, :2] @ region.turn().T
        bodies.append(
            Landmarks(
                np.concatenate((points[:LANDMARKS], depth), axis=1, dtype=np.float32),
                sure[index, :LANDMARKS, 0],
                sure[index, :LANDMARKS, 1],
                np.concatenate((turned, metres[index, :, 2:]), axis=1, dtype=np.float32),
                region_of(points[_CENTRE], points[_SCALE]),
            )
        )
    return bodies
