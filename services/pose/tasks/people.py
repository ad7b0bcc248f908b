"""From what MediaPipe found to the persons of a message."""

import math

import cv2
import numpy as np

from services.pose.tasks.landmarker import Found
from shared.messages import Array, Box, Frame, Mask, Person
from shared.vision.boxes import Floats, box_around, clip_box
from shared.vision.masks import grid_shape, pack
from shared.vision.skeletons import BLAZEPOSE33

_BOX_MARGIN = 0.06  # of the longer side, as in the other backend: the outermost landmarks lie inside the body
_INSIDE = 0.2  # of the landmarks: MediaPipe goes on to see a body that has walked out of the picture
_SURE = 0.5  # a pixel is the person's from this likelihood on
_GRID = 256  # cells along the longer side of a mask: the network gives no more


def persons_of(found: Found, message: Frame, least_score: float) -> tuple[Person, ...]:
    """Everybody whom MediaPipe found and who is in the picture.

    Args:
        found: What it said of the picture.
        message: Whose picture that is.
        least_score: The presence below which MediaPipe reports nobody (`min_pose_presence_confidence`). It
        keeps
            the value itself, so that a person's score is the mean presence of the landmarks, but at least
            this.
    """
    scale = np.array((message.width_px, message.height_px, message.width_px, 1, 1), np.float32)
    persons = []
    for index, body in enumerate(found.landmarks):
        keypoints = body * scale
        if _share_inside(keypoints, message) < _INSIDE:
            continue
        box = clip_box(box_around(keypoints[:, :2], _BOX_MARGIN), message.width_px, message.height_px)
        person = Person(
            box,
            max(least_score, float(keypoints[:, 4].mean())),
            skeleton=BLAZEPOSE33,
            keypoints=Array.of(keypoints),
            world=Array.of(found.world[index]),
            mask=mask_of(found.masks[index], message) if found.masks else None,
        )
        persons.append(person)
    return tuple(persons)


def mask_of(likely: Floats, message: Frame) -> Mask | None:
    """The silhouette that a picture of probabilities (H, W) shows, in the box around it; None where it shows
    none.
    """
    sure = likely >= _SURE
    columns, rows = np.flatnonzero(sure.any(axis=0)), np.flatnonzero(sure.any(axis=1))
    if not columns.size:
        return None
    x0, x1, y0, y1 = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    across, down = message.width_px / likely.shape[1], message.height_px / likely.shape[0]
    box: Box = (x0 * across, y0 * down, x1 * across, y1 * down)
    cut = likely[y0:y1, x0:x1]
    if max(cut.shape) > _GRID:
        height, width = grid_shape(box, _GRID)
        cut = np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    return pack(cut >= _SURE, box)


def _share_inside(keypoints: Floats, message: Frame) -> float:
    x, y = keypoints[:, 0], keypoints[:, 1]
    share = float(((x >= 0) & (y >= 0) & (x < message.width_px) & (y < message.height_px)).mean())
    return 0.0 if math.isnan(share) else share
