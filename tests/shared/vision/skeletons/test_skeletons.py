import numpy as np
import pytest

from shared.vision.skeletons import NAMES, Skeleton, find, limb_shapes, to_coco17
from shared.vision.skeletons.coco import COCO17
from shared.vision.skeletons.limb_shapes import LIMBS

BODIES = ("coco17", "blazepose33", "halpe26", "wholebody133", "sapiens308")


@pytest.mark.parametrize(
    ("name", "points", "in_the_middle"),
    [
        ("coco17", 17, 1),
        ("blazepose33", 33, 1),
        ("halpe26", 26, 4),
        ("wholebody133", 133, 11),
        ("sapiens308", 308, 40),
        ("blazepose-detector", 4, 4),
    ],
)
def test_a_skeleton_has_its_points_and_mirroring_twice_changes_nothing(
    name: str, points: int, in_the_middle: int
) -> None:
    skeleton = find(name)
    every = np.arange(points)
    assert (skeleton.name, len(skeleton.points), len(skeleton.sigmas)) == (name, points, points)
    assert (skeleton.mirrored[skeleton.mirrored] == every).all()
    assert (skeleton.mirrored == every).sum() == in_the_middle
    assert all(0 < sigma < 0.11 for sigma in skeleton.sigmas)


def test_every_skeleton_is_tested() -> None:
    assert {*BODIES, "blazepose-detector"} == set(NAMES)


@pytest.mark.parametrize(
    ("name", "places"),
    [
        (
            "blazepose33",
            {"left_eye": 2, "mouth_right": 10, "left_index": 19, "right_ankle": 28, "right_heel": 30},
        ),
        ("halpe26", {"head": 17, "neck": 18, "hip": 19, "left_big_toe": 20, "right_heel": 25}),
        (
            "wholebody133",
            {"right_heel": 22, "chin": 31, "left_eyelid_1": 68, "left_lip_1": 77, "right_hand_root": 112}
            | {"left_thumb4": 95, "right_pinky_finger4": 132},
        ),
        (
            "sapiens308",
            {
                "left_hip": 9,
                "right_heel": 20,
                "right_thumb4": 21,
                "right_wrist": 41,
                "left_wrist": 62,
                "neck": 69,
            }
            | {"end_of_left_eyebrow": 89, "left_midpoint_3_of_upper_crease_line": 119}
            | {"right_midpoint_6_of_lower_eyelid_line": 177, "left_outer_corner_of_mouth": 189}
            | {"midpoint_6_of_lower_inner_lip": 219, "right_point_8_of_inner_helix": 255}
            | {"right_point_2_of_inner_helix": 271, "right_border_of_pupil_midpoint_2": 307},
        ),
    ],
)
def test_points_are_where_the_models_have_them(name: str, places: dict[str, int]) -> None:
    skeleton = find(name)
    assert {point: skeleton.index[point] for point in places} == places


@pytest.mark.parametrize(
    ("name", "point", "sigma"),
    [
        ("coco17", "left_hip", 0.107),
        ("blazepose33", "right_foot_index", 0.092),
        ("halpe26", "hip", 0.066),
        ("wholebody133", "left_eyelid_5", 0.034),
        ("sapiens308", "left_thumb_third_joint", 0.022),
        ("sapiens308", "right_acromion", 0.079),
        ("sapiens308", "tip_of_chin", 0.010),
    ],
)
def test_a_points_sigma_is_that_of_its_source(name: str, point: str, sigma: float) -> None:
    assert find(name).sigmas[find(name).index[point]] == sigma


@pytest.mark.parametrize("name", NAMES)
def test_no_bone_joins_a_point_with_itself_nor_is_there_twice(name: str) -> None:
    bones = [frozenset(bone) for bone in find(name).bones]
    assert all(len(bone) == 2 for bone in bones)
    assert len(set(bones)) == len(bones)


@pytest.mark.parametrize("name", NAMES)
def test_bones_of_one_side_are_those_of_the_other_mirrored(name: str) -> None:
    skeleton = find(name)
    bones = {frozenset(bone) for bone in skeleton.bones}
    assert {frozenset(skeleton.mirrored[list(bone)].tolist()) for bone in bones} == bones


@pytest.mark.parametrize("name", BODIES)
def test_coco17_takes_the_points_of_the_same_names(name: str) -> None:
    skeleton = find(name)
    places = np.arange(len(skeleton.points), dtype=np.float32)
    people = np.stack([np.column_stack([places, places + 0.5])] * 2)
    mapped = to_coco17(people, skeleton)
    assert mapped.shape == (2, 17, 2)
    assert mapped.dtype == np.float32
    assert [skeleton.points[int(row)] for row in mapped[1, :, 0]] == list(COCO17.points)


def test_coco17_has_no_numbers_for_points_that_a_skeleton_lacks() -> None:
    bust = Skeleton("bust", ("left_eye", "nose"), (("nose", "left_eye"),), (0.025, 0.026))
    mapped = to_coco17(np.array([[1.0, 2.0], [3.0, 4.0]]), bust)
    assert mapped[:2].tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert np.isnan(mapped[2:]).all()


def test_coco17_refuses_points_of_another_skeleton() -> None:
    with pytest.raises(ValueError, match="26 keypoints are no coco17, which has 17"):
        to_coco17(np.zeros((26, 3)), find("coco17"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("coco-17", "did you mean 'coco17'?"),
        ("BlazePose 33", "did you mean 'blazepose33'?"),
        ("x", "there are coco17"),
    ],
)
def test_an_unknown_skeleton_is_refused_with_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match="no skeleton is called") as refused:
        find(name)
    assert hint in str(refused.value)


@pytest.mark.parametrize(
    ("points", "edges", "sigmas", "wrong"),
    [
        (("a", "a"), (), (0.1, 0.1), "names must differ"),
        (("a", "b"), (), (0.1,), "each has a sigma"),
        (("a", "b"), (("a", "c"),), (0.1, 0.1), r"unknown points \['c'\]"),
    ],
)
def test_a_skeleton_whose_parts_do_not_fit_is_refused(
    points: tuple[str, ...], edges: tuple[tuple[str, str], ...], sigmas: tuple[float, ...], wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        Skeleton("odd", points, edges, sigmas)


@pytest.mark.parametrize("name", BODIES)
def test_every_body_has_ten_limbs_from_the_right_points(name: str) -> None:
    skeleton = find(name)
    limbs = limb_shapes(skeleton)
    assert limbs.names == tuple(LIMBS)
    for row, limb in enumerate(LIMBS.values()):
        ends = [{skeleton.points[place] for place in table[row]} for table in (limbs.starts, limbs.ends)]
        assert ends == [set(limb.start), set(limb.end)]
        assert {skeleton.points[place] for place in limbs.points[row]} == {*limb.start, *limb.end}
        assert limbs.radii_m[row] == np.float32(limb.radius_m)


def test_a_limb_uses_the_points_that_are_there_and_is_left_out_without_an_end() -> None:
    profile = Skeleton("profile", ("left_ear", "nose", "left_hip"), (), (0.1, 0.1, 0.1))
    limbs = limb_shapes(profile)
    assert limbs.names == ("head",)
    assert (limbs.starts.tolist(), limbs.ends.tolist()) == ([[0, 0]], [[1, 1]])
    assert limbs.points.tolist() == [[0, 1] * 6]


def test_the_detectors_points_make_no_limb() -> None:
    limbs = limb_shapes(find("blazepose-detector"))
    assert limbs.names == ()
    assert (limbs.starts.shape, limbs.points.shape, limbs.radii_m.shape) == ((0, 2), (0, 12), (0,))
