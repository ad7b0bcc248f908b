import math

import msgspec
import numpy as np
import pytest

from services.pose.people import (
    HOLD_US,
    Memory,
    People,
    Seen,
    is_in_picture,
    miss,
    region_of_person,
    regions_to_look_at,
    remember,
    without_duplicates,
)
from shared.messages import Array, Frame, Person
from shared.vision.blazepose import Landmarks
from shared.vision.regions import Region
from tests.services.footage import detected

FILTERS = Array.of(np.zeros((33, 19), np.float32))


def _message(*persons: Person, pts_us: int = 0) -> Frame:
    return Frame(
        camera="c", run=0, seq=0, pts_us=pts_us, captured_us=0, width_px=640, height_px=480, persons=persons
    )


def _memory(x: float, y: float = 240, size_px: float = 300, misses: int = 0) -> Memory:
    return Memory(Region(x, y, size_px, 0.0), 0, FILTERS, misses)


def _body(x: float, y: float = 240, size_px: float = 300) -> Landmarks:
    spread = np.random.default_rng(5).uniform(-0.3, 0.3, (33, 3)) * size_px
    points = (spread + np.array((x, y, 0))).astype(np.float32)
    ones = np.ones(33, np.float32)
    return Landmarks(points, ones, ones, (spread / 200).astype(np.float32), Region(x, y, size_px, 0.0))


def _seen(x: float, memory: Memory | None = None) -> Seen:
    memory = memory or _memory(x)
    return Seen(memory, memory.region, _body(x), 0.9)


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
    looks = regions_to_look_at(people, _message(*(detected(x, 240, 120) for x in found)), 8)
    assert [memory.region.x for memory in looks] == expected


def test_the_limit_keeps_those_known_longest() -> None:
    looks = regions_to_look_at(People((_memory(100), _memory(500))), _message(detected(300, 240, 60)), 2)
    assert [memory.region.x for memory in looks] == [100, 500]


def test_a_lost_person_is_looked_for_where_the_detector_sees_somebody_and_at_the_old_size() -> None:
    people = People((_memory(100, misses=2),))
    (memory,) = regions_to_look_at(people, _message(detected(150, 240, 20)), 8)
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
    assert regions_to_look_at(people, _message(), 8) == []


def test_a_person_without_keypoints_is_looked_for_around_the_box() -> None:
    assert region_of_person(Person((100, 50, 200, 350), 0.8)) == Region(150, 200, 375, 0.0)


def test_of_two_bodies_that_coincide_the_first_is_kept() -> None:
    first, second, third = _seen(100), _seen(108), _seen(300)
    assert without_duplicates([first, second, third]) == [first, third]
    assert without_duplicates([]) == []


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
    memory = remember(Seen(memory, memory.region, _body(140), 0.9), 33_000)
    assert memory.region.x == 140
    assert memory.filters is not None
    filtered = memory.filters.numpy()[:, 3]
    assert (filtered < _body(140).points[:, 0]).all()
    assert (filtered > _body(100).points[:, 0]).all()


@pytest.mark.parametrize("step_us", [0, -40_000])
def test_a_repeated_or_misdated_frame_does_not_move_the_filtered_landmarks(step_us: int) -> None:
    first = remember(_seen(100, Memory(Region(100, 240, 300, 0.0), 0)), 1_000_000)
    second = remember(Seen(first, first.region, _body(160), 0.9), 1_000_000 + step_us)
    assert first.filters == second.filters


def test_a_memory_survives_a_checkpoint_bit_for_bit() -> None:
    people = People((remember(_seen(100.123456789), 33_367), _memory(400, misses=2)))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(people), type=People) == people
    assert len(msgspec.msgpack.encode(people)) < 6000
