"""Pictures of what was found, for people who look at results."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.bus.frames import Image
from shared.messages import Frame, Person
from shared.vision import skeletons
from shared.vision.tinting import MASK_ALPHA, tint

Colour = tuple[int, int, int]  # BGR

_SURE: Colour = (255, 255, 255)
_UNSURE: Colour = (130, 130, 130)
_HIDDEN: Colour = (0, 0, 255)
_SURE_FROM = 0.5  # visibility


def annotate(
    image: Image, frame: Frame, mask_alpha: float = MASK_ALPHA, least_visibility: float = 0.0
) -> Image:
    """A copy of the frame's picture (H, W, 3) BGR with each person's mask, skeleton, box and label; 1 for
    `mask_alpha` hides the picture under the masks, 0 hides the masks. Bones with an end less visible than
    `least_visibility` are left out.
    """
    drawn = image.copy()
    for person in frame.persons:
        tint(drawn, person, mask_alpha)
    for person in frame.persons:
        _draw_bones(drawn, person, least_visibility)
        _draw_box(drawn, person)
    return drawn


def _draw_bones(image: Image, person: Person, least_visibility: float) -> None:
    if person.keypoints is None or person.skeleton is None:
        return
    points = person.keypoints.numpy()
    visible = np.where(np.isfinite(points[:, :2]).all(axis=1), np.nan_to_num(points[:, 3], nan=1.0), -1.0)
    for start, end in skeletons.find(person.skeleton).bones:
        visibility = float(min(visible[start], visible[end]))
        if visibility >= least_visibility:
            colour = _UNSURE if visibility < _SURE_FROM else _SURE
            cv2.line(image, _pixel(points[start]), _pixel(points[end]), colour, 2, cv2.LINE_AA)


def _draw_box(image: Image, person: Person) -> None:
    colour = _HIDDEN if person.occluded else _SURE
    top_left, bottom_right = _pixel(np.array(person.box[:2])), _pixel(np.array(person.box[2:]))
    cv2.rectangle(image, top_left, bottom_right, colour, 1)
    name = "" if person.track is None else f"#{person.track} "
    place = (top_left[0] + 3, top_left[1] + 15)
    cv2.putText(
        image, f"{name}{person.score:.2f}", place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA
    )


def _pixel(point: NDArray[Any]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
