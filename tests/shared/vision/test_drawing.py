from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from shared.bus.frames import Image
from shared.messages import Array, Frame, Person
from shared.vision import skeletons
from shared.vision.drawing import annotate, draw_body
from shared.vision.masks import pack
from shared.vision.skeletons import BLAZEPOSE33, BLAZEPOSE_DETECTOR, NAMES, Skeleton, find
from tests.shared.vision.skeletons.chart import chart

IMAGE = np.full((120, 160, 3), 90, np.uint8)
FRAME = Frame(camera="c", run=0, seq=0, pts_us=0, captured_us=0, width_px=160, height_px=120)
KEYPOINTS = Array.of(np.random.default_rng(6).uniform(0.2, 110, (33, 5)).astype(np.float32))
WORLD = Array.of(np.random.default_rng(7).uniform(-1, 1, (33, 3)).astype(np.float32))


@pytest.mark.parametrize(
    "person",
    [
        Person((20, 20, 60, 100), 0.9),
        Person((20, 20, 60, 100), 0.9, BLAZEPOSE33, KEYPOINTS, WORLD, track=7),
        Person((20, 20, 60, 100), 0.9, BLAZEPOSE_DETECTOR, Array.of(np.full((4, 5), 30, np.float32))),
        Person((20, 20, 60, 100), 0.9, mask=pack(np.ones((8, 8), bool), (30, 30, 50, 50)), occluded=True),
        Person(
            (20, 20, 60, 100),
            0.9,
            BLAZEPOSE33,
            KEYPOINTS,
            WORLD,
            pack(np.ones((8, 8), bool), (0, 0, 160, 120)),
        ),
        Person((-500, -500, -400, -400), 0.9),
    ],
)
def test_whatever_is_known_of_a_person_is_drawn_on_a_copy(person: Person) -> None:
    drawn = annotate(IMAGE, msgspec.structs.replace(FRAME, persons=(person,)))
    assert drawn.shape == IMAGE.shape
    assert (IMAGE == 90).all()
    assert (drawn != IMAGE).any() == (person.box[2] > 0)


def test_a_mask_tints_its_cells_only() -> None:
    mask = pack(np.ones((4, 4), bool), (100, 50, 140, 90))
    drawn = annotate(IMAGE, msgspec.structs.replace(FRAME, persons=(Person((0, 0, 9, 9), 0.5, mask=mask),)))
    assert (drawn[50:90, 100:140] != 90).any(axis=2).all()
    assert (drawn[95:, :] == 90).all()


def test_an_empty_frame_is_drawn_as_it_is() -> None:
    assert np.array_equal(annotate(IMAGE, FRAME), IMAGE)


def canvas(side_px: int = 400) -> Image:
    return np.full((side_px, side_px, 3), 128, np.uint8)


def spread(skeleton: Skeleton, side_px: int = 400) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(K, 4) points on a grid, all visible."""
    columns = round(np.ceil(np.sqrt(len(skeleton.points))))
    rows, places = np.divmod(np.arange(len(skeleton.points)), columns)
    step = (side_px - 40) / columns
    ones = np.ones(len(rows))
    return np.column_stack([20 + places * step, 20 + rows * step, ones, ones])


def strongest(pixel: NDArray[np.uint8]) -> str:
    return "bgr"[int(pixel.argmax())]


@pytest.mark.parametrize("name", NAMES)
def test_every_keypoint_has_the_colour_of_its_side(name: str) -> None:
    skeleton, image = find(name), canvas(1200)
    points = spread(skeleton, 1200)
    draw_body(image, points, Skeleton("dots", skeleton.points, (), skeleton.sigmas), 2, 0.0)
    for (x, y), point in zip(points[:, :2].round().astype(int), skeleton.points, strict=True):
        side = "g" if "left" in point else "r" if "right" in point else "b"
        assert strongest(image[y, x]) == side, point


@pytest.mark.parametrize(
    ("start", "end", "channel"),
    [("left_hip", "left_knee", "g"), ("right_knee", "right_ankle", "r"), ("left_hip", "right_hip", "b")],
)
def test_a_bone_has_the_colour_of_its_side(start: str, end: str, channel: str) -> None:
    skeleton, image = find("coco17"), canvas()
    points = np.full((17, 4), np.nan)
    points[skeleton.index[start]] = (50, 50, 0, 1)
    points[skeleton.index[end]] = (350, 250, 0, 1)
    draw_body(image, points, skeleton, 3, 0.0)
    assert strongest(image[150, 200]) == channel


@pytest.mark.parametrize(
    ("visibility", "least", "drawn"),
    [(0.6, 0.5, True), (0.4, 0.5, False), (0.0, 0.0, True), (np.nan, 0.9, True)],
)
def test_points_below_the_least_visibility_are_left_out(visibility: float, least: float, drawn: bool) -> None:
    image = canvas()
    points = spread(find("coco17"))
    points[:, 3] = visibility
    draw_body(image, points, find("coco17"), 3, least)
    assert (image != 128).any() == drawn


def test_unsure_bones_are_paler() -> None:
    sure, unsure = canvas(), canvas()
    points = spread(find("coco17"))
    draw_body(sure, points, find("coco17"), 3, 0.0)
    points[:, 3] = 0.3
    draw_body(unsure, points, find("coco17"), 3, 0.0)
    x, y = points[15, :2].astype(int)
    assert np.ptp(unsure[y, x]) < np.ptp(sure[y, x])


def test_points_without_a_place_and_places_far_outside_are_no_trouble() -> None:
    image = canvas()
    points = spread(find("halpe26"))
    points[:10, :2] = np.nan
    points[10:20, :2] = (-5e4, 7e4)
    draw_body(image, points, find("halpe26"), 2, 0.0)
    assert (image != 128).any()


@pytest.mark.parametrize(
    ("side_px", "height_px", "thickness_px"),
    [(300, 60, 1), (1200, 60, 1), (1200, 600, 5), (400, 390, 2), (4000, 3800, 20)],
)
def test_bones_grow_with_the_person_up_to_what_fits_the_picture(
    side_px: int, height_px: int, thickness_px: int
) -> None:
    thigh = np.full((17, 5), np.nan, np.float32)
    thigh[[11, 13], :2] = [(0.2 * height_px, 0.5 * height_px), (0.8 * height_px, 0.5 * height_px)]
    person = Person((0, 0, height_px, height_px), 0.9, "coco17", Array.of(thigh))
    frame = msgspec.structs.replace(FRAME, width_px=side_px, height_px=side_px, persons=(person,))
    drawn = annotate(canvas(side_px), frame)
    across = drawn[round(0.4 * height_px) : round(0.6 * height_px), round(0.5 * height_px)]
    green = (across[:, 1] > 150).sum()
    assert green == pytest.approx(thickness_px, abs=2)
    assert (across != 128).any(axis=1).sum() >= green + 2


def test_the_chart_of_the_skeletons_is_the_one_in_their_readme() -> None:
    picture = cv2.imread(str(Path(skeletons.__file__).parent / "chart.png"))
    assert picture is not None
    drawn = chart()
    assert picture.shape == drawn.shape
    assert np.abs(picture.astype(int) - drawn).mean() < 1
