"""Pictures of what was found, for people who look at results."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.bus.frames import Image
from shared.messages import Frame, Person
from shared.vision import skeletons
from shared.vision.skeletons.skeleton import LEFT, MIDDLE, RIGHT, Skeleton
from shared.vision.tinting import MASK_ALPHA, tint

Colour = tuple[int, int, int]  # BGR
Pixel = tuple[int, int]

_PLAIN: Colour = (255, 255, 255)
_HIDDEN: Colour = (0, 0, 255)
_EDGE: Colour = (30, 30, 30)  # around bones and letters, so that they stand out from picture and tint
_SIDES: dict[int, Colour] = {LEFT: (70, 200, 70), MIDDLE: (240, 190, 60), RIGHT: (40, 130, 255)}
_SURE_FROM = 0.5  # visibility; bones below it are paler
_PALE = 0.45
_FINE_BELOW = 0.06  # sigma of points of faces, hands and feet, which lie close together
_STROKES_PER_BODY = 130
_STROKES_PER_PICTURE = 200


@dataclass(frozen=True)
class _Stroke:
    """A bone, or a keypoint where `end` is None."""

    start: Pixel
    end: Pixel | None
    colour: Colour
    fine: bool


def annotate(
    image: Image, frame: Frame, mask_alpha: float = MASK_ALPHA, least_visibility: float = 0.0
) -> Image:
    """A copy of the frame's picture (H, W, 3) BGR with each person's mask, skeleton, box and label; 1 for
    `mask_alpha` hides the picture under the masks, 0 hides the masks. Keypoints less visible than
    `least_visibility` are left out. Green is the person's left, orange the right, blue the middle.
    """
    drawn = image.copy()
    for person in frame.persons:
        tint(drawn, person, mask_alpha)
    for person in frame.persons:
        _draw_person(drawn, person, least_visibility)
        _draw_box(drawn, person)
    return drawn


def draw_body(
    image: Image, points: NDArray[np.floating], skeleton: Skeleton, stroke_px: int, least_visibility: float
) -> None:
    """Draw a body in place (H, W, 3): bones and keypoints in the colour of their side.

    Args:
        image: BGR; changed.
        points: (K, 4) or wider: x, y in px, z, visibility (NaN counts as sure). Points without a place are
            left out.
        skeleton: of K points.
        stroke_px: thickness of the large bones; those of faces and hands are half as thick.
        least_visibility: points below it, and their bones, are left out.
    """
    strokes = _strokes(points, skeleton, least_visibility)
    for stroke in strokes:
        if not stroke.fine:
            _lay(image, stroke, stroke_px + 2, _EDGE)
    for stroke in strokes:
        _lay(image, stroke, max(1, stroke_px // 2) if stroke.fine else stroke_px, stroke.colour)


def _lay(image: Image, stroke: _Stroke, thickness: int, colour: Colour) -> None:
    if stroke.end is None:
        cv2.circle(image, stroke.start, thickness, colour, cv2.FILLED, cv2.LINE_AA)
    else:
        cv2.line(image, stroke.start, stroke.end, colour, thickness, cv2.LINE_AA)


def _strokes(points: NDArray[np.floating], skeleton: Skeleton, least_visibility: float) -> list[_Stroke]:
    placed = np.isfinite(points[:, :2]).all(axis=1)
    visible = np.where(placed, np.nan_to_num(points[:, 3], nan=1.0), -1.0)
    shown = visible >= max(least_visibility, 0.0)
    fine = np.array(skeleton.sigmas) < _FINE_BELOW
    pixels = [_pixel(point) if there else (0, 0) for point, there in zip(points, shown, strict=True)]

    def colour(side: int, visibility: float) -> Colour:
        return _SIDES[side] if visibility >= _SURE_FROM else _paler(_SIDES[side])

    bones = [
        _Stroke(
            pixels[start],
            pixels[end],
            colour(_side(skeleton.sides[[start, end]]), visible[[start, end]].min()),
            bool(fine[start] or fine[end]),
        )
        for start, end in skeleton.bones
        if shown[start] and shown[end]
    ]
    dots = [
        _Stroke(pixels[place], None, colour(int(skeleton.sides[place]), visible[place]), bool(fine[place]))
        for place in np.flatnonzero(shown)
    ]
    return bones + dots


def _side(ends: NDArray[np.int8]) -> int:
    """A bone is of the side that its ends are of, and of the middle where it joins both."""
    return int(np.sign(ends.sum()))


def _paler(colour: Colour) -> Colour:
    blue, green, red = (round(_PALE * value + (1 - _PALE) * 128) for value in colour)
    return blue, green, red


def _draw_person(image: Image, person: Person, least_visibility: float) -> None:
    if person.keypoints is not None and person.skeleton is not None:
        x0, y0, x1, y1 = person.box
        wanted = max(x1 - x0, y1 - y0) / _STROKES_PER_BODY
        stroke_px = max(1, round(min(wanted, min(image.shape[:2]) / _STROKES_PER_PICTURE)))
        points = person.keypoints.numpy()
        draw_body(image, points, skeletons.find(person.skeleton), stroke_px, least_visibility)


def _draw_box(image: Image, person: Person) -> None:
    colour = _HIDDEN if person.occluded else _PLAIN
    grown = max(1.0, min(image.shape[:2]) / 720)
    thickness = round(grown)
    top_left, bottom_right = _pixel(np.array(person.box[:2])), _pixel(np.array(person.box[2:]))
    cv2.rectangle(image, top_left, bottom_right, colour, thickness)
    label = f"{person.score:.2f}" if person.track is None else f"#{person.track} {person.score:.2f}"
    place = (top_left[0] + round(3 * grown), top_left[1] + round(15 * grown))
    for ink, width in ((_EDGE, 2 * thickness + 1), (colour, thickness)):
        cv2.putText(image, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5 * grown, ink, width, cv2.LINE_AA)


def _pixel(point: NDArray[Any]) -> Pixel:
    return round(float(point[0])), round(float(point[1]))
