"""The demo: when a track is believed, kept and given up, by the real tracker."""

import pytest

from services.evaluate.tracking.demo import ACTORS, FRAMES, Life, Moment, play
from services.evaluate.tracking.timeline import finding, rules
from shared.tracking import Policy

MOMENTS = play(Policy.simple())


def lives(actor: str) -> dict[int, Moment]:
    return {moment.frame: moment for moment in MOMENTS if moment.actor == actor}


def test_each_of_three_people_has_a_state_in_each_of_twenty_frames() -> None:
    assert len(MOMENTS) == 3 * FRAMES == 60
    assert [list(lives(actor.name)) for actor in ACTORS] == [list(range(1, 21))] * 3


def test_a_track_is_tentative_until_its_third_hit() -> None:
    for actor in ACTORS:
        states = [lives(actor.name)[frame].state for frame in range(1, 8)]
        assert states == [Life.TENTATIVE, Life.TENTATIVE, *[Life.CONFIRMED] * 5]
    assert {moment.id for moment in lives("A").values()} == {1}


def test_a_gap_of_three_frames_keeps_the_id() -> None:
    own = lives("B")
    assert [own[frame].state for frame in (8, 9, 10)] == [Life.LOST] * 3
    assert {moment.id for moment in own.values()} == {own[1].id}
    assert own[11].state is Life.CONFIRMED


def test_a_gap_of_six_frames_ends_the_track_after_the_fifth_miss_and_gives_a_new_id() -> None:
    own = lives("C")
    assert [own[frame].state for frame in range(8, 14)] == [*[Life.LOST] * 5, Life.REMOVED]
    assert own[14].id not in {moment.id for moment in MOMENTS if moment.frame < 14}
    assert [own[frame].state for frame in (14, 15, 16)] == [Life.TENTATIVE, Life.TENTATIVE, Life.CONFIRMED]
    assert len({own[frame].id for frame in range(14, 21)}) == 1


def test_a_tentative_track_that_is_hidden_is_not_called_lost() -> None:
    slow = [moment for moment in play(Policy(confirm_hits=15, tentative_s=60)) if moment.actor == "B"]
    assert {moment.state for moment in slow[:15]} == {Life.TENTATIVE}
    assert [moment.frame for moment in slow if not moment.seen] == [8, 9, 10]


def test_the_findings_say_it_in_words() -> None:
    assert [finding(actor, MOMENTS) for actor in ACTORS] == [
        "A: keeps id 1, confirmed in frame 3",
        "B: keeps id 2, confirmed in frame 3",
        "C: id 3, confirmed in frame 3, removed in frame 13; id 4, confirmed in frame 16",
    ]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy.simple(), "confirmed after 3 hits, removed after 5 misses"),
        (
            Policy(confirm_hits=1, confirm_s=0.2, lost_s=3),
            "confirmed after 1 hit and 0.2 s, removed after 3 s unseen",
        ),
    ],
)
def test_the_rules_of_a_policy_are_told(policy: Policy, words: str) -> None:
    assert rules(policy) == words
