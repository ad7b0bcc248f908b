import math

import msgspec
import numpy as np
import pytest

from services.pose.bodies import (
    Body,
    Shape,
    joints_of,
    region_around,
    region_of_box,
    region_of_person,
    upright_region,
)
from services.pose.people import (
    HOLD_US,
    Memory,
    People,
    Seen,
    filtered_landmarks,
    is_in_picture,
    miss,
    regions_to_look_at,
    remember,
    without_duplicates,
)
from shared.messages import Array, Frame, Person
from shared.vision import skeletons
from shared.vision.regions import Region
from tests.services.footage import detected

JOINTS = joints_of(skeletons.find("blazepose33"))
FILTERS = Array.of(np.zeros((33, 19), np.float32))


def _message(*persons: Person, pts_us: int = 0) -> Frame:
    return Frame(
        camera="c", run=0, seq=0, pts_us=pts_us, captured_us=0, width_px=640, height_px=480, persons=persons
    )


def _memory(x: float, y: float = 240, size_px: float = 300, misses: int = 0) -> Memory:
    return Memory(Region(x, y, size_px, 0.0), 0, FILTERS, misses)


def _body(x: float, y: float = 240, size_px: float = 300) -> Body:
    spread = np.random.default_rng(5).uniform(-0.3, 0.3, (33, 3)) * size_px
    points = (spread + np.array((x, y, 0))).astype(np.float32)
    ones = np.ones(33, np.float32)
    world = (spread / 200).astype(np.float32)
    return Body(points, ones, ones, world, ones > 0, Region(x, y, size_px, 0.0), 0.9)


def _flat(x: float, placed: list[bool], y: float = 240) -> Body:
    """Five keypoints in the plane, 40 px apart."""
    points = np.array([(x + 40 * place, y) for place in range(5)], np.float32)
    scores = np.where(placed, 0.9, 0.1).astype(np.float32)
    following = Region(x, y, 300.0, 0.0)
    return Body(points, scores, scores, None, np.array(placed), following, float(scores.mean()))


def _seen(x: float, memory: Memory | None = None) -> Seen:
    memory = memory or _memory(x)
    return Seen(memory, memory.region, _body(x))


@pytest.mark.parametrize(
    ("followed", "found", "expected"),
    [
        ([], [], []),
        ([], [100, 400], [100, 400]),
        ([100], [], [100]),
        ([100], [110], [100]),
        ([100], [400], [100, 400]),
        ([100, 400], [390, 105], [100, 400]),
        ([], [100, 120], [100]),
    ],
)
def test_a_detection_of_a_followed_person_is_no_second_one(
    followed: list[float], found: list[float], expected: list[float]
) -> None:
    people = People(tuple(_memory(x) for x in followed))
    looks = regions_to_look_at(people, _message(*(detected(x, 240, 120) for x in found)), 8, region_of_person)
    assert [memory.region.x for memory in looks] == expected


def test_the_limit_keeps_those_known_longest() -> None:
    looks = regions_to_look_at(
        People((_memory(100), _memory(500))), _message(detected(300, 240, 60)), 2, region_of_person
    )
    assert [memory.region.x for memory in looks] == [100, 500]


def test_a_lost_person_is_looked_for_where_the_detector_sees_somebody_and_at_the_old_size() -> None:
    people = People((_memory(100, misses=2),))
    (memory,) = regions_to_look_at(people, _message(detected(150, 240, 20)), 8, region_of_person)
    assert (memory.region.x, memory.region.size_px) == (150, 300)
    assert memory.filters == FILTERS


def test_a_lost_person_is_looked_for_turned_all_ways_one_after_the_other() -> None:
    rotations = [_memory(100, misses=misses).places()[1].rotation for misses in (1, 2, 3)]
    assert sorted(round(math.degrees(rotation)) % 360 for rotation in rotations) == [90, 180, 270]
    assert len(_memory(100).places()) == 1


@pytest.mark.parametrize(
    "region",
    [
        Region(100, 100, 5, 0),
        Region(-500, 100, 300, 0),
        Region(100, 900, 300, 0),
        Region(math.nan, 100, 300, 0),
    ],
)
def test_a_region_too_small_or_beside_the_picture_is_not_looked_at(region: Region) -> None:
    people = People((Memory(region, 0, FILTERS),))
    assert regions_to_look_at(people, _message(), 8, region_of_person) == []


def test_a_person_without_keypoints_is_looked_for_around_the_box() -> None:
    assert region_of_person(Person((100, 50, 200, 350), 0.8)) == Region(150, 200, 375, 0.0)


@pytest.mark.parametrize(
    ("box", "aspect", "expected"),
    [
        ((100, 50, 200, 350), 0.75, Region(150, 200, 375, 0.0, 0.75)),
        ((0, 100, 300, 200), 0.75, Region(150, 150, 500, 0.0, 0.75)),
        ((10, 10, 10, 10), 0.75, Region(10, 10, 0, 0.0, 0.75)),
    ],
)
def test_a_region_around_a_box_has_the_networks_shape(
    box: tuple[float, float, float, float], aspect: float, expected: Region
) -> None:
    assert region_of_box(box, Shape(aspect)) == expected


def test_the_detectors_circle_is_looked_at_upright_by_networks_that_know_no_other_way() -> None:
    lying = detected(200, 240, 80)
    assert lying.keypoints is not None
    points = lying.keypoints.numpy().copy()
    points[1, :2] = (280, 240)
    lying = msgspec.structs.replace(lying, keypoints=Array.of(points))
    assert region_of_person(lying).rotation == pytest.approx(math.pi / 2)
    assert upright_region(lying, Shape(0.75)) == Region(200, 240, 200, 0.0, 0.75)


@pytest.mark.parametrize("rotation", [0.0, 0.7, math.pi / 2, -2.5])
def test_a_region_around_keypoints_turns_with_them(rotation: float) -> None:
    upright = np.array([(-30, -100), (30, -100), (-20, 90), (25, 100)], np.float32)
    turn = Region(0, 0, 1, rotation).turn()
    region = region_around((upright @ turn.T + (300, 200)).astype(np.float32), rotation, Shape(0.75))
    assert (region.x, region.y) == pytest.approx((300, 200), abs=0.01)
    assert region.size_px == pytest.approx(1.25 * 1.18 * 200, rel=1e-4)
    inside = region.from_picture((upright @ turn.T + (300, 200)).astype(np.float32))
    assert inside.min() > 0
    assert inside.max() < 1


def test_joints_are_found_by_name_and_all_points_where_there_are_none() -> None:
    assert joints_of(skeletons.find("blazepose33")).tolist() == [0, *range(11, 17), *range(23, 29)]
    assert joints_of(skeletons.find("coco17")).tolist() == [0, *range(5, 17)]
    hand = skeletons.Skeleton("hand", ("thumb", "index"), (), (0.1, 0.1))
    assert joints_of(hand).tolist() == [0, 1]


def test_of_two_bodies_that_coincide_the_first_is_kept() -> None:
    first, second, third = _seen(100), _seen(108), _seen(300)
    assert without_duplicates([first, second, third], JOINTS) == [first, third]
    assert without_duplicates([], JOINTS) == []


def test_a_lost_person_is_forgotten_after_a_moment_of_media_time() -> None:
    memory = _memory(100)
    missed = miss(memory, HOLD_US)
    assert missed is not None
    assert missed.misses == 1
    assert miss(missed, HOLD_US + 1) is None


@pytest.mark.parametrize(("x", "expected"), [(320, True), (0, True), (-150, False), (5000, False)])
def test_a_body_that_has_left_the_picture_is_not_in_it(x: float, expected: bool) -> None:
    assert is_in_picture(_body(x), _message()) is expected


def test_the_next_region_is_that_of_the_unfiltered_landmarks() -> None:
    memory = remember(_seen(100, Memory(Region(100, 240, 300, 0.0), 0)), 0)
    memory = remember(Seen(memory, memory.region, _body(140)), 33_000)
    assert memory.region.x == 140
    assert memory.filters is not None
    filtered = memory.filters.numpy()[:, 3]
    assert (filtered < _body(140).points[:, 0]).all()
    assert (filtered > _body(100).points[:, 0]).all()


@pytest.mark.parametrize(
    ("x", "placed", "expected"),
    [
        (-150, [True] * 5, True),
        (-150, [True] * 4 + [False], False),
        (100, [False] * 5, False),
        (-30, [False, True, False, False, False], True),
    ],
)
def test_only_placed_keypoints_say_where_a_body_is(x: float, placed: list[bool], expected: bool) -> None:
    assert is_in_picture(_flat(x, placed), _message()) is expected


def test_bodies_without_a_common_keypoint_are_two() -> None:
    first, second = [True, True, False, False, False], [False, False, False, True, True]
    bodies = [_flat(100, first), _flat(100, second), _flat(103, first)]
    seen = [Seen(_memory(100), _memory(100).region, body) for body in bodies]
    assert without_duplicates(seen, np.arange(5)) == seen[:2]


def test_keypoints_in_the_plane_are_filtered_alike_and_have_no_world() -> None:
    memory = Memory(Region(100, 240, 300, 0.0), 0)
    for frame, x in enumerate((100, 140)):
        body = _flat(x, [True] * 5)
        memory = remember(Seen(memory, Region(100, 240, 300, 0.0), body), frame * 33_000)
    shown = filtered_landmarks(memory, body)
    assert shown.world is None
    assert shown.points.shape == (5, 2)
    assert ((shown.points[:, 0] > 40 * np.arange(5) + 100) & (shown.points[:, 0] < body.points[:, 0])).all()
    assert shown.visibility == pytest.approx(np.full(5, 0.9))


def test_the_filters_of_another_network_are_forgotten() -> None:
    body = _flat(100, [True] * 5)
    memory = remember(Seen(_memory(100), _memory(100).region, body), 33_000)
    assert filtered_landmarks(memory, body).points == pytest.approx(body.points)


def test_who_has_never_been_seen_has_no_landmarks() -> None:
    with pytest.raises(ValueError, match="none to show"):
        filtered_landmarks(Memory(Region(0, 0, 1, 0), 0), _body(0))


@pytest.mark.parametrize("step_us", [0, -40_000])
def test_a_repeated_or_misdated_frame_does_not_move_the_filtered_landmarks(step_us: int) -> None:
    first = remember(_seen(100, Memory(Region(100, 240, 300, 0.0), 0)), 1_000_000)
    second = remember(Seen(first, first.region, _body(160)), 1_000_000 + step_us)
    assert first.filters == second.filters


def test_a_memory_survives_a_checkpoint_bit_for_bit() -> None:
    people = People((remember(_seen(100.123456789), 33_367), _memory(400, misses=2)))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(people), type=People) == people
    assert len(msgspec.msgpack.encode(people)) < 6000
