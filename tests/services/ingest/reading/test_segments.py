"""Pictures that come many at once are handed on at their own pace."""

from services.ingest.reading.segments import Evener

STEP_US = 40_000


class Watch:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def hold(evener: Evener, watch: Watch, pts_us: int, came_s: float = 0.0) -> float:
    """When the picture is handed on that came at some time, or before."""
    watch.now_s = max(watch.now_s, came_s)
    watch.now_s += evener.wait_s(pts_us)
    return watch.now_s


def test_a_segment_is_spread_over_its_time() -> None:
    watch = Watch()
    evener = Evener(watch)
    handed = [hold(evener, watch, index * STEP_US) for index in range(100)]
    assert [round(at_s - 100, 3) for at_s in handed] == [round(index * 0.04, 3) for index in range(100)]


def test_the_next_segment_may_come_late_once() -> None:
    watch = Watch()
    evener = Evener(watch)
    for index in range(50):
        hold(evener, watch, index * STEP_US)
    late = [hold(evener, watch, index * STEP_US, 100 + 2.0 + 1.5) for index in range(50, 100)]
    again = [hold(evener, watch, index * STEP_US, 100 + 4.0 + 1.0) for index in range(100, 150)]
    assert late[0] == 103.5
    assert round(again[-1] - late[0], 3) == round(99 * 0.04, 3)  # the delay was kept: nobody notices


def test_after_a_long_wait_it_hurries_until_it_has_caught_up() -> None:
    watch = Watch()
    evener = Evener(watch)
    hold(evener, watch, 0)
    watch.now_s += 8.0
    waits = [evener.wait_s(index * STEP_US) for index in range(1, 151)]  # 6 s of pictures
    assert set(waits) == {0.0}
    assert evener.wait_s(7_800_000) == 0.0
    assert round(evener.wait_s(8_200_000), 3) == 0.2


def test_it_does_not_hurry_for_ever() -> None:
    watch = Watch()
    evener = Evener(watch)
    hold(evener, watch, 0)
    watch.now_s += 60.0
    index = 0
    while watch.now_s < 175.0:
        index += 1
        watch.now_s += 0.02  # each takes half its time to come
        hold(evener, watch, index * STEP_US)
    before_s = watch.now_s
    assert round(hold(evener, watch, (index + 1) * STEP_US) - before_s, 3) == 0.04


def test_what_a_stream_left_out_is_not_waited_for() -> None:
    watch = Watch()
    evener = Evener(watch)
    hold(evener, watch, 0)
    assert evener.wait_s(3_600_000_000) == 0.0
    assert round(evener.wait_s(3_600_000_000 + STEP_US), 3) == 0.04
