"""The incident of a fall, moment by moment."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pytest

from shared.messages import Phase
from shared.rules.fall import RULE
from shared.rules.moment import Descent, Moment
from tests.shared.rules.acting import BODY, during, play, seen, unseen

FALL = Descent(0, 0.6, 1.0, 0.0, trunk_drop_m=1.0, from_m=0.75, feet_y_px=375.0)
DOWN = replace(BODY, hip_y_px=365.0, hip_m=0.1, rise_m=0.0, thigh_deg=85.0)


def lying(start_s: float, end_s: float, **more: object) -> Iterator[Moment]:
    return (seen(at_s, DOWN, low=0.9, descent=FALL, **more) for at_s in during(start_s, end_s))


def gone(start_s: float, end_s: float) -> Iterator[Moment]:
    return (unseen(at_s, lost_low=True) for at_s in during(start_s, end_s))


def confirmed(*moments: Iterator[Moment]) -> bool:
    return Phase.CONFIRMED in {report.phase for report in play(RULE, chain(*moments))}


@pytest.mark.parametrize(
    ("trust", "told"), [(0.1, False), (0.5, True), (float("nan"), True)], ids=["clothes", "body", "unknown"]
)
def test_a_pose_that_nothing_in_the_picture_bears_out_does_not_fall(trust: float, told: bool) -> None:
    assert confirmed(lying(0.5, 2, trust=trust)) is told


def test_nor_does_it_dive() -> None:
    dive = replace(FALL, drop_m=0.5)
    for trust, told in ((0.1, False), (0.5, True)):
        last = iter([seen(0.5, low=0.2, descent=dive, trust=trust)])
        assert confirmed(last, gone(0.6, 2)) is told


@pytest.mark.parametrize(("trust", "told"), [(0.5, False), (0.8, True)])
def test_absence_of_who_was_first_seen_falling_tells_only_where_it_surely_was_somebody(
    trust: float, told: bool
) -> None:
    first = seen(0.2, DOWN, low=0.9, descent=replace(FALL, newborn=True), trust=trust)
    assert confirmed(iter([first]), gone(0.3, 2)) is told


def test_who_comes_down_at_the_pictures_side_is_told_by_what_shows_and_not_by_absence() -> None:
    side = lying(0.5, 0.6, beside=True)
    assert not confirmed(side, lying(0.6, 0.8), gone(0.8, 5))
    assert confirmed(lying(0.5, 0.6, beside=True), lying(0.6, 2))
    assert confirmed(lying(0.5, 0.8), gone(0.8, 5))
