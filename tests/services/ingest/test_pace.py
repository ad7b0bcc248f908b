"""A film at another speed than its own."""

import pytest

from services.ingest.pace import Pacer


@pytest.mark.parametrize(("speed", "due_s"), [(0.5, 4.0), (1.0, 2.0), (10.0, 0.2)])
def test_media_time_goes_so_many_times_as_fast(speed: float, due_s: float) -> None:
    now_s = 100.0
    pacer = Pacer(lambda: now_s, speed)
    assert pacer.due_in_s(500_000) == pytest.approx(0)  # the first picture is due at once
    assert pacer.due_in_s(2_500_000) == pytest.approx(due_s)
    now_s += 10
    assert pacer.due_in_s(2_500_000) == pytest.approx(due_s - 10)
