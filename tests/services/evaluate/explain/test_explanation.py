import pytest

from services.evaluate.explain.explanation import Explanation, clock, row_of
from services.evaluate.explain.verdicts import Answer, Verdict
from shared.actions.descent import SPEED_GAP_S
from shared.messages import Phase
from tests.services.evaluate.explain.made import ACROSS_A_GAP, FALL, HIDDEN, UP_AGAIN, explained
from tests.services.figures import Take


def verdict(explanation: Explanation, value: str) -> Verdict:
    return next(each for each in explanation.verdicts if each.criterion.value == value)


def test_every_criterion_of_a_plain_fall_was_reached_during_its_descent() -> None:
    told = explained(FALL).told
    for each in explained(FALL).verdicts:
        assert each.answer is Answer.REACHED, each.criterion.value
        assert each.value is not None
        assert each.value >= each.threshold
        if each.criterion.curve:
            assert each.reached_us is not None
            assert told.started_us < each.reached_us <= told.updates[0].pts_us + 100_000


def test_phases_follow_each_other_without_a_break() -> None:
    told = explained(FALL).told
    phases = told.phases()
    assert [each.name for each in phases] == ["descent", "suspected", "confirmed", "lost"]
    assert [each.end_us for each in phases[:-1]] == [each.start_us for each in phases[1:]]
    assert phases[0].start_us == told.started_us


def test_what_decided_is_said_in_words() -> None:
    sentences = explained(FALL).sentences
    assert sentences[0].startswith("fast descent, then low; run 3, begun at 0:01.80, confirmed 1.40 s")
    assert "and so decided: " in sentences[1]
    assert sentences[2].startswith("reached: how long it was low, 0.7")


def test_a_speed_that_a_gap_hid_abstains() -> None:
    explanation = explained(ACROSS_A_GAP, Take(jitter_px=0.5))
    hidden = verdict(explanation, "speed_m_s")
    assert (hidden.answer, hidden.value) == (Answer.ABSTAINED, None)
    assert any(each.startswith("abstained: how fast the hips came down") for each in explanation.sentences)
    (gap,) = explanation.told.gaps()
    assert gap.end_us - gap.start_us > SPEED_GAP_S * 1e6


def test_curves_end_where_the_person_was_not_seen() -> None:
    explanation = explained(ACROSS_A_GAP, Take(jitter_px=0.5))
    (gap,) = explanation.told.gaps()
    for curve in explanation.curves.values():
        assert not any(gap.start_us < at < gap.end_us for at, _ in curve.points)
        assert not any(piece[0][0] <= gap.start_us and piece[-1][0] >= gap.end_us for piece in curve.pieces)


def test_a_fall_that_nobody_saw_the_end_of_was_confirmed_by_that() -> None:
    explanation = explained(HIDDEN)
    assert verdict(explanation, "hidden_s").answer is Answer.REACHED
    low = verdict(explanation, "low_s")
    assert low.answer is Answer.SHORT
    assert any("it was not seen any more near the floor" in each for each in explanation.sentences)


def test_a_suspicion_that_came_to_nothing_says_what_was_missing() -> None:
    explanation = explained(UP_AGAIN)
    assert explanation.told.when(Phase.CONFIRMED) is None
    assert explanation.title == "fall recovered: room, person 1"
    missing = [each for each in explanation.verdicts if each.answer is Answer.SHORT]
    assert [each.criterion.value for each in missing] == ["low_s"]


def test_a_curve_reaches_its_threshold_between_two_pictures() -> None:
    curve = explained(FALL, Take(fps=5)).curves["drop_m"]
    (before, after) = next(
        (one, two)
        for one, two in zip(curve.points, curve.points[1:], strict=False)
        if two[1] >= 0.25 > one[1]
    )
    reached_us = curve.reached_us(0.25, before[0])
    assert reached_us is not None
    assert before[0] < reached_us < after[0]


def test_the_curve_of_the_drop_ends_where_the_evidence_has_it() -> None:
    explanation = explained(FALL)
    drop_m = [
        value for at, value in explanation.curves["drop_m"].points if at <= explanation.told.updates[0].pts_us
    ]
    assert max(drop_m) == pytest.approx(explanation.told.decisive.evidence["drop_m"], abs=0.06)


def test_programs_get_the_same_as_plain_values() -> None:
    row = row_of(explained(FALL))
    assert row["id"] == "room-3-1-fall-1800000"
    assert [each["phase"] for each in row["phases"]] == ["descent", "suspected", "confirmed", "lost"]
    assert {each["value"] for each in row["criteria"]} == {"drop_m", "speed_m_s", "sunk", "low", "low_s"}
    assert set(row["curves"]) == {"drop_m", "speed_m_s", "sunk", "low", "rise_m", "hip_m"}
    assert row["unseen"] == []


@pytest.mark.parametrize(
    ("pts_us", "digits", "shown"),
    [(0, 2, "0:00.00"), (3_399_999, 2, "0:03.40"), (59_999_999, 2, "1:00.00"), (65_000_000, 0, "1:05"),
     (7_203_500_000, 1, "2:00:03.5")],
)  # fmt: skip
def test_media_time_is_told_in_minutes_and_seconds(pts_us: int, digits: int, shown: str) -> None:
    assert clock(pts_us, digits) == shown
