"""A chart of the skeletons, drawn as the program draws people.

Run `python -m tests.shared.vision.skeletons.chart shared/vision/skeletons/chart.png` after a change of them.
The figure faces us, so that its left is on our right; head, hands and feet are larger than life.
"""

import sys

import cv2
import numpy as np

from shared.bus.frames import Image
from shared.vision.drawing import draw_body
from shared.vision.skeletons import Skeleton, find

BODIES = ("coco17", "blazepose33", "halpe26", "wholebody133", "sapiens308")
_WIDTH_PX, _HEIGHT_PX, _TOP_PX = 330, 560, 50
_NUMBERED = 33  # points up to which each has its number beside it

_MIDDLE = {"nose": (0.0, 0.10), "head": (0.0, -0.02), "neck": (0.0, 0.235), "hip": (0.0, 0.55)}
_LEFT = {
    "eye": (0.045, 0.07),
    "eye_inner": (0.022, 0.068),
    "eye_outer": (0.07, 0.072),
    "ear": (0.11, 0.09),
    "shoulder": (0.16, 0.26),
    "elbow": (0.24, 0.40),
    "wrist": (0.29, 0.52),
    "hip": (0.09, 0.55),
    "knee": (0.10, 0.75),
    "ankle": (0.10, 0.93),
    "heel": (0.085, 0.965),
    "big_toe": (0.16, 1.0),
    "small_toe": (0.20, 0.97),
    "foot_index": (0.17, 1.0),
    "hand_root": (0.293, 0.53),
    "pinky": (0.35, 0.58),
    "index": (0.32, 0.60),
    "thumb": (0.27, 0.575),
    "mouth": (0.035, 0.145),
    "olecranon": (0.25, 0.395),
    "cubital_fossa": (0.23, 0.405),
    "acromion": (0.165, 0.245),
}
_FINGERS = {
    "thumb": -28.0,
    "forefinger": 4.0,
    "middle_finger": 20.0,
    "ring_finger": 36.0,
    "pinky_finger": 52.0,
}
_FINGER_FROM, _FINGER_STEP = 0.035, 0.022


def _hand() -> dict[str, tuple[float, float]]:
    x, y = _LEFT["wrist"]
    places = {}
    for finger, degrees in _FINGERS.items():
        across, down = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
        for number in (1, 2, 3, 4):
            reach = _FINGER_FROM + _FINGER_STEP * number
            places[f"{finger}{number}"] = (x + reach * across, y + reach * down)
        places[f"{finger}_third_joint"] = places[f"{finger}1"]
    return places


def _face() -> dict[str, tuple[float, float]]:
    """The left half of the 68 points, and (by a name without a side) those in the middle."""
    places = {f"jaw_{n}": _around(0.0, 0.09, 0.10, 0.12, 12.0 * n - 12) for n in range(1, 9)}
    places |= {
        f"eyebrow_{n}": (0.085 - 0.014 * (n - 1), 0.045 - 0.006 * (n in {2, 3, 4})) for n in range(1, 6)
    }
    places |= {f"eyelid_{n}": _around(0.045, 0.07, 0.020, 0.010, -60.0 * (n - 1)) for n in range(1, 7)}
    places |= {f"nostril_{n}": (0.025 - 0.012 * (n - 1), 0.115 + 0.003 * n) for n in (1, 2)}
    places |= {f"lip_{n}": _around(0.0, 0.155, 0.042, 0.018, -30.0 * (n - 1)) for n in (1, 2, 3)}
    places |= {f"lip_{n}": _around(0.0, 0.155, 0.042, 0.020, angle) for n, angle in ((4, 30.0), (5, 60.0))}
    places |= {
        f"inner_lip_{n}": (x, y) for n, x, y in ((1, 0.03, 0.155), (2, 0.014, 0.15), (3, 0.014, 0.162))
    }
    return places


def _face_middle() -> dict[str, tuple[float, float]]:
    bridge = {f"nose_bridge_{n}": (0.0, 0.065 + 0.011 * n) for n in range(1, 5)}
    return bridge | {
        "chin": (0.0, 0.21),
        "nose_base": (0.0, 0.122),
        "upper_lip": (0.0, 0.138),
        "lower_lip": (0.0, 0.176),
        "upper_inner_lip": (0.0, 0.15),
        "lower_inner_lip": (0.0, 0.163),
    }


def _around(x: float, y: float, across: float, down: float, degrees: float) -> tuple[float, float]:
    return x + across * np.cos(np.radians(degrees)), y + down * np.sin(np.radians(degrees))


def place_of(name: str) -> tuple[float, float]:
    """Where the figure has a point, in heights of a body from the top of the head; NaN where it has none."""
    middle = _MIDDLE | _face_middle()
    if name in middle:
        return middle[name]
    left = _LEFT | _hand() | _face()
    side = "left" if "left" in name else "right"
    x, y = left.get(name.replace(f"{side}_", "").replace(f"_{side}", ""), (np.nan, np.nan))
    return (x if side == "left" else -x), y


def panel(skeleton: Skeleton) -> Image:
    """One skeleton, (H, W, 3) BGR."""
    image = np.full((_HEIGHT_PX, _WIDTH_PX, 3), 245, np.uint8)
    places = np.array([place_of(name) for name in skeleton.points])
    xy = places * (_HEIGHT_PX - _TOP_PX - 50) * (0.85, 1.0) + (_WIDTH_PX / 2, _TOP_PX + 25)
    points = np.column_stack([xy, np.zeros(len(xy)), np.ones(len(xy))])
    draw_body(image, points, skeleton, 4, 0.0)
    _write(image, skeleton.name, (14, 26), 0.6)
    if not np.isfinite(xy).all():
        _write(image, f"here {np.isfinite(xy[:, 0]).sum()} of {len(xy)} points", (14, 46), 0.4)
    if len(places) <= _NUMBERED:
        for number, (x, y) in enumerate(xy):
            _write(image, str(number), (round(x) + 5, round(y) - 4), 0.33)
    return image


def chart() -> Image:
    """All bodies side by side."""
    return np.hstack([panel(find(name)) for name in BODIES])


def _write(image: Image, text: str, place: tuple[int, int], size: float) -> None:
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (40, 40, 40), 1, cv2.LINE_AA)


if __name__ == "__main__":
    cv2.imwrite(sys.argv[1], chart(), [cv2.IMWRITE_PNG_COMPRESSION, 9])
