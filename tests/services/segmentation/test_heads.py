from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from services.segmentation.stage import SegmentationStage
from shared.bus.frames import Image
from shared.messages import Array, Frame, Person
from shared.models.errors import ModelError
from shared.vision import palettes
from shared.vision.limbs import BODY
from shared.vision.masks import paste, unpack, unpack_parts
from shared.vision.palettes import Palette
from shared.vision.skeletons.coco import COCO17
from tests.services.footage import frame_of, run_one
from tests.services.segmentation.heads import nearest_colour_head, stage_with

SAPIENS = palettes.find("sapiens28")
BOX = (140.0, 40.0, 260.0, 300.0)
# Filled rectangles x0, y0, x1, y1 of a person who stands in BOX and faces the camera: his left is right.
PARTS = {
    "hair": (180, 40, 220, 56),
    "face_neck": (180, 56, 220, 92),
    "upper_clothing": (160, 92, 240, 170),
    "left_lower_arm": (240, 100, 258, 160),
    "right_lower_arm": (142, 100, 160, 160),
    "lower_clothing": (162, 170, 238, 240),
    "left_lower_leg": (204, 240, 232, 286),
    "right_lower_leg": (168, 240, 196, 286),
    "left_shoe": (204, 286, 238, 300),
    "right_shoe": (162, 286, 196, 300),
}


def _drawn(palette: Palette, parts: dict[str, tuple[int, int, int, int]] = PARTS) -> Image:
    image = np.zeros((360, 480, 3), np.uint8)
    for name, (x0, y0, x1, y1) in parts.items():
        cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), palette.classes[palette.names.index(name)].bgr, -1)
    return image


_LEFT = {
    "eye": (6, 68),
    "ear": (12, 70),
    "shoulder": (36, 98),
    "elbow": (34, 130),
    "wrist": (50, 158),
    "hip": (18, 172),
    "knee": (18, 235),
    "ankle": (18, 288),
}  # x from the middle, and y


def _keypoints() -> Array:
    """COCO's keypoints of the drawn person."""
    places = {
        "nose": (200, 72),
        **{f"left_{name}": (200 + x, y) for name, (x, y) in _LEFT.items()},
        **{f"right_{name}": (200 - x, y) for name, (x, y) in _LEFT.items()},
    }
    return Array.of(np.array([(*places[name], 0.0, 0.9, np.nan) for name in COCO17.points], np.float32))


def _found(stage: SegmentationStage, image: Image, *persons: Person) -> Frame:
    message = msgspec.structs.replace(frame_of(image), persons=persons)
    return run_one(stage, message, stage.fresh(), image)[0]


def _classes_in_picture(person: Person, frame: Frame) -> np.ndarray:
    assert person.parts is not None
    return paste(unpack_parts(person.parts), person.parts.box, frame.width_px, frame.height_px)


@pytest.fixture(scope="module", params=["region", "letterbox", "letterbox-corner", "stretch"])
def sapiens(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SegmentationStage:
    """A stand-in for Sapiens: a pixel's class is the one whose colour in the palette is nearest."""
    head = nearest_colour_head(SAPIENS.colours[:28])
    return stage_with(tmp_path_factory.mktemp("sapiens"), head, request.param, ("sapiens28",))


@pytest.mark.parametrize("keypoints", [False, True])
def test_a_head_of_28_classes_tells_each_part_where_it_is(
    sapiens: SegmentationStage, keypoints: bool
) -> None:
    bare = Person(BOX, 0.9)
    person = Person(BOX, 0.9, "coco17", _keypoints()) if keypoints else bare
    frame = _found(sapiens, _drawn(SAPIENS), person)
    (found,) = frame.persons
    assert found.parts is not None
    assert found.parts.palette == "sapiens28"
    laid = _classes_in_picture(found, frame)
    for name, (x0, y0, x1, y1) in PARTS.items():
        inner = laid[y0 + 6 : y1 - 6, x0 + 6 : x1 - 6]
        assert (inner == SAPIENS.names.index(name)).mean() > 0.95, name
    assert set(np.unique(laid)) <= {0, *range(28)}
    assert (BODY in found.limbs) != keypoints


def test_limbs_have_the_cells_of_their_classes(sapiens: SegmentationStage) -> None:
    (found,) = _found(sapiens, _drawn(SAPIENS), Person(BOX, 0.9, "coco17", _keypoints())).persons
    limbs = found.limbs
    assert limbs["head"].centroid == pytest.approx((200, 66), abs=4)
    assert limbs["left_shank"].centroid == pytest.approx((219, 268), abs=6)
    assert limbs["right_shank"].centroid == pytest.approx((181, 268), abs=6)
    assert limbs["left_thigh"].area_px == pytest.approx(limbs["right_thigh"].area_px, rel=0.15)
    assert not found.occluded
    assert limbs["torso"].coverage > 0.8


def test_a_person_behind_a_board_has_hidden_legs(sapiens: SegmentationStage) -> None:
    image = _drawn(SAPIENS)
    image[175:] = 0
    (found,) = _found(sapiens, image, Person(BOX, 0.9, "coco17", _keypoints())).persons
    assert {name for name, limb in found.limbs.items() if limb.occluded} == {
        f"{side}_{limb}" for side in ("left", "right") for limb in ("thigh", "shank")
    }
    assert found.occluded


def test_two_people_in_one_map_have_parts_of_their_own(sapiens: SegmentationStage) -> None:
    image = _drawn(SAPIENS)
    image[:, 230:] = np.maximum(image[:, 230:], image[:, 130:-100])
    other = (BOX[0] + 100, BOX[1], BOX[2] + 100, BOX[3])
    frame = _found(sapiens, image, Person(BOX, 0.9), Person(other, 0.8))
    first, second = (_classes_in_picture(person, frame) > 0 for person in frame.persons)
    assert not (first & second)[:, :230].any()
    assert not first[:, 270:].any()
    assert (first | second)[100:160, 165:335].all()


def test_a_user_names_his_own_classes_and_their_background(tmp_path: Path) -> None:
    colours = np.array([(0, 0, 255), (0, 255, 0), (0, 0, 0)], np.uint8)
    stage = stage_with(
        tmp_path, nearest_colour_head(colours), "region", ("Hair", "poncho", "wall"), background=2
    )
    image = np.zeros((360, 480, 3), np.uint8)
    image[40:90, 180:220], image[90:300, 160:240] = (0, 0, 255), (0, 255, 0)
    frame = _found(stage, image, Person(BOX, 0.9))
    (found,) = frame.persons
    assert found.parts is not None
    assert found.parts.palette == "head"
    laid = _classes_in_picture(found, frame)
    assert laid[60, 200] == 1  # the background is number 0, hair and poncho follow
    assert laid[200, 200] == 2
    assert found.limbs["head"].centroid == pytest.approx((200, 65), abs=4)
    assert found.limbs["head"].from_mask
    assert found.limbs["torso"].area_px == 0  # nothing tells which limbs a poncho covers


def test_a_head_of_scenes_with_people_in_them_gives_silhouettes(tmp_path: Path) -> None:
    colours = np.array([(0, 0, 0), (255, 0, 0), (0, 255, 255)], np.uint8)
    stage = stage_with(
        tmp_path, nearest_colour_head(colours), "stretch", ("background", "dog", "person"), person=2
    )
    image = np.zeros((360, 480, 3), np.uint8)
    image[60:290, 160:240], image[200:290, 240:256] = (0, 255, 255), (255, 0, 0)
    (found,) = _found(stage, image, Person(BOX, 0.9)).persons
    assert found.parts is None
    assert found.mask is not None
    laid = paste(unpack(found.mask).astype(np.uint8), found.mask.box, 480, 360)
    assert laid[100:280, 168:232].all()
    assert not laid[210:280, 246:].any()


def test_a_file_with_other_classes_than_its_palette_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="head gives 4 classes, but sapiens28 has 28"):
        stage_with(tmp_path, nearest_colour_head(SAPIENS.colours[:4]), "region", ("sapiens28",))
