import math
from collections.abc import Sequence

import pytest

from services.evaluate.events.scoring import ClipScore
from services.evaluate.events.tally import Tally, group, groups
from services.evaluate.intervals import wilson
from tests.services.evaluate.events.made import FALL, clip, scored, told


def score(name: str, *raised_s: float) -> ClipScore:
    return scored(clip(FALL), *(told("fall", each) for each in raised_s), name=name)


SCORES: Sequence[ClipScore] = (score("a/1", 3.2), score("a/2", 4.0, 15.0), score("b/1"))


def test_figures_follow_from_the_counts() -> None:
    whole = group("all", SCORES)
    falls = whole.falls
    assert (falls.found, falls.missed, falls.false) == (2, 1, 1)
    assert (falls.recall, falls.precision, falls.f1) == (2 / 3, 2 / 3, 4 / 6)
    assert (falls.recall_interval, falls.precision_interval) == (wilson(2, 3), wilson(2, 3))
    assert list(falls.delays_s) == pytest.approx([0.2, 1.0])
    assert [falls.delay_s(50), falls.delay_s(95)] == pytest.approx([0.6, 0.96])
    assert (whole.clips, whole.duration_s) == (3, 60.0)
    assert whole.false_per_hour == pytest.approx(3600 / 40.5)


def test_the_interval_of_f1_holds_f1_and_ends_with_it_at_one() -> None:
    for counts in (Tally(found=9), Tally(found=9, false=4), Tally(found=2, missed=5, false=1)):
        interval, f1 = counts.f1_interval, counts.f1
        assert interval is not None
        assert f1 is not None
        assert interval.low < f1 <= interval.high <= 1
    assert Tally(missed=3).f1 == 0


def test_what_is_undefined_is_none() -> None:
    nothing = Tally()
    figures = (nothing.recall, nothing.precision, nothing.f1, nothing.f1_interval, nothing.delay_s(50))
    assert figures == (None,) * 5
    empty = group("none", ())
    assert (empty.false_per_hour, empty.false_per_hour_interval) == (None, None)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.025, 5.572), (4, 1.090, 10.242)])
def test_the_interval_of_false_alarms_is_garwoods(count: int, low: float, high: float) -> None:
    """Against the table of E. S. Pearson and H. O. Hartley, Biometrika Tables for Statisticians, 1966."""
    hour = scored(clip(duration_s=3600.0), *(told("fall", 10.0 + each) for each in range(count)))
    interval = group("all", [hour]).false_per_hour_interval
    assert interval is not None
    assert [interval.low, interval.high] == pytest.approx([low, high], abs=6e-4)


def test_data_sets_are_first_folders_and_all_come_last() -> None:
    each = groups(SCORES)
    assert [(one.name, one.clips, one.falls.labelled) for one in each] == [
        ("a", 2, 2), ("b", 1, 1), ("all", 3, 3),
    ]  # fmt: skip
    assert [one.name for one in groups(SCORES[:2])] == ["a"]
    assert math.fsum(one.outside_s for one in each[:2]) == each[2].outside_s
