"""The clock of live pictures: time only grows, keeps the stream's own steps, and survives what cameras do."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.reading.clock import CaptureClock, LiveClock

TICK = Fraction(1, 90_000)
STEP = 3600  # ticks of a picture at 25 a second
STEP_US = 40_000
S = 1_000_000


def clock(*, stamped: bool = True) -> LiveClock:
    return LiveClock(TICK, stamped=stamped)


def steps(pictures: Sequence[tuple[int | None, int]], clock: LiveClock) -> list[int]:
    """Media time from picture to picture, each given by its stamp and arrival."""
    times = [clock.at(stamp, arrived_us) for stamp, arrived_us in pictures]
    return [after - before for before, after in itertools.pairwise(times)]


def even(count: int, stamp: int = 0, arrived_us: int = 0) -> list[tuple[int | None, int]]:
    return [(stamp + index * STEP, arrived_us + index * STEP_US) for index in range(count)]


stamps = st.none() | st.integers(-(2**40), 2**40)


@given(st.lists(st.tuples(stamps, st.integers(0, 2**50))), st.booleans())
def test_media_time_begins_at_0_and_increases_whatever_comes(
    pictures: list[tuple[int | None, int]], stamped: bool
) -> None:
    live = clock(stamped=stamped)
    times = [live.at(stamp, arrived_us) for stamp, arrived_us in pictures]
    assert times[:1] in ([], [0])
    assert all(after > before for before, after in itertools.pairwise(times))


def test_a_rate_that_varies_is_kept_and_a_network_that_jitters_is_not() -> None:
    pictures = [(0, 0), (3000, 90_000), (12_000, 91_000), (15_000, 160_000), (45_000, 640_000)]
    assert steps(pictures, clock()) == [33_333, 100_000, 33_334, 333_333]


def test_a_backlog_that_comes_at_once_keeps_its_times() -> None:
    stalled = [
        *even(10),
        *((stamp, 9 * S) for stamp, _ in even(200, 10 * STEP)),
        *even(50, 210 * STEP, 9 * S),
    ]
    assert set(steps(stalled, clock())) == {STEP_US}


def test_pictures_that_a_server_kept_for_a_start_keep_their_times() -> None:
    pictures = [(stamp, 0) for stamp, _ in even(300)] + even(300, 300 * STEP)
    assert set(steps(pictures, clock())) == {STEP_US}


@pytest.mark.parametrize("bits", [32, 33])
def test_stamps_that_wrap_around_go_on(bits: int) -> None:
    wrapping = [((2**bits - 10 * STEP + stamp) % 2**bits, at) for stamp, at in even(40) if stamp is not None]
    assert set(steps(wrapping, clock())) == {STEP_US}
    live = clock()
    far = [((2**bits - 10 * STEP + stamp) % 2**bits, at) for stamp, at in even(40) if stamp is not None]
    twice = [*wrapping, *((stamp, at + 40 * STEP_US) for stamp, at in far)]
    assert min(steps(twice, live)) > 0


@pytest.mark.parametrize("jump_s", [-40_000, -10, -1, 6, 3600, 500_000])
def test_after_a_jump_time_goes_on_by_arrival(jump_s: int) -> None:
    jumped = [*even(50), *even(50, 50 * STEP + jump_s * 90_000, 50 * STEP_US)]
    assert set(steps(jumped, clock())) == {STEP_US}


def test_a_pause_is_a_pause_whether_stamps_or_only_arrival_show_it() -> None:
    told = [*even(10), *even(10, 10 * STEP + 30 * 90_000, 10 * STEP_US + 30 * S)]
    assert sum(steps(told, clock())) == 19 * STEP_US + 30 * S
    hidden = [*even(10), *even(200, 10 * STEP, 10 * STEP_US + 30 * S)]
    assert sum(steps(hidden, clock())) == pytest.approx(209 * STEP_US + 30 * S, abs=STEP_US)


def test_a_clock_that_is_a_little_wrong_is_left_alone() -> None:
    for ticks in (STEP + 2, STEP - 2):  # 0.06 %, ten times a bad crystal: 20 s in 10 hours
        pictures = [(index * 100 * ticks, index * 100 * STEP_US) for index in range(9_000)]
        times = steps(pictures, clock())
        assert max(times) - min(times) <= 2500


@pytest.mark.parametrize("share", [0.5, 2.0, 7.0])
def test_a_clock_that_runs_at_a_wrong_rate_gives_way_to_arrival(share: float) -> None:
    live = clock()
    took = steps([(round(index * STEP * share), index * STEP_US) for index in range(10_000)], live)
    assert live.name == "arrival"
    assert set(took[-1000:]) == {STEP_US}


def test_pictures_out_of_order_cost_no_time() -> None:
    order = [0, 1, 2, 5, 3, 4, 6, 7, 8]
    took = steps([(index * STEP, at * STEP_US) for at, index in enumerate(order)], clock())
    assert sum(took) == 8 * STEP_US
    assert min(took) > 0


def test_without_stamps_time_is_arrival() -> None:
    pictures: list[tuple[int | None, int]] = [(0, 0), (1, 50_000), (2, 50_000), (None, 130_000)]
    live = clock(stamped=False)
    assert steps(pictures, live) == [50_000, 1, 80_000]
    assert live.name == "arrival"


def test_a_missing_stamp_among_others_is_filled_in() -> None:
    pictures = even(6)
    pictures[3] = (None, 3 * STEP_US)
    assert set(steps(pictures, clock())) == {STEP_US}


NOW_US = 1_800_000_000 * S


@pytest.mark.parametrize(
    ("camera_us", "taken_us", "name"),
    [
        (None, NOW_US, "arrival"),
        (NOW_US - 70_000, NOW_US - 70_000, "camera"),
        (NOW_US + 2 * S, NOW_US, "camera"),
        (NOW_US - 60 * S, NOW_US, "arrival, for the camera's clock is 60 s late"),
        (NOW_US + 2 * 3600 * S, NOW_US, "arrival, for the camera's clock is 2 h early"),
        (0, NOW_US, "arrival, for the camera's clock is 20833 days late"),
    ],
)
def test_a_cameras_clock_counts_where_it_can_be_right(
    camera_us: int | None, taken_us: int, name: str
) -> None:
    capture = CaptureClock()
    assert capture.at(camera_us, NOW_US) == taken_us
    assert capture.name == name
