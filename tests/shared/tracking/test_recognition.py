"""What looks decide: who has come back, and who is somebody else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from shared.messages import Box
from shared.tracking import Found, Observations, Policy, Tracker
from shared.vision.embeddings import Embeddings

FRAME_US = 40_000
LEFT: Box = (60, 100, 120, 250)
NEAR: Box = (70, 100, 130, 250)
RIGHT: Box = (500, 100, 560, 250)

ANNA, BERT = np.eye(2, 4, dtype=np.float32)


def alike(cosine: float) -> Embeddings:
    """Looks that are so near to Anna's."""
    return np.asarray(cosine * ANNA + np.sqrt(1 - cosine**2) * BERT, np.float32)


@dataclass(frozen=True, eq=False)
class Seen:
    box: Box
    looks: Embeddings | None = None


class Room:
    """A tracker and its clock."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy.default()
        self.tracker = Tracker(self.policy)
        self.pts_us = 0
        self.removed: set[int] = set()

    def show(self, *people: Seen) -> Found:
        """One frame; the tracker is restored from its memory before it."""
        self.tracker = Tracker.restore(self.policy, self.tracker.memory())
        found = self.tracker.step(self.pts_us, observed(people))
        self.pts_us += FRAME_US
        self.removed |= set(found.removed.tolist())
        return found

    def ids(self, *people: Seen, frames: int = 1) -> list[int]:
        """Whom the last of so many equal frames shows."""
        for _ in range(frames - 1):
            self.show(*people)
        return [int(each) for each in self.show(*people).ids]

    def nobody(self, seconds: float) -> None:
        for _ in range(round(seconds * 1e6 / FRAME_US)):
            self.show()


def observed(people: Sequence[Seen]) -> Observations:
    boxes = np.array([each.box for each in people], np.float64).reshape(-1, 4)
    looks = np.full((len(people), len(ANNA)), np.nan, np.float32)
    for row, each in enumerate(people):
        if each.looks is not None:
            looks[row] = each.looks
    known = any(each.looks is not None for each in people)
    return Observations(boxes, np.full(len(people), 0.9), None, looks if known else None)


def with_anna_on_the_right() -> Room:
    room = Room()
    assert room.ids(Seen(RIGHT, ANNA), frames=10) == [1]
    return room


@pytest.mark.parametrize(
    ("box", "cosine", "away_s", "expected"),
    [
        (LEFT, 1.0, 1.0, 1),
        (LEFT, 0.86, 1.0, 1),
        (LEFT, 0.84, 1.0, 2),
        (LEFT, 1.0, 3.5, 2),
        (RIGHT, 1.0, 1.0, 1),
        (RIGHT, 0.8, 1.0, 1),
        (RIGHT, 0.7, 1.0, 2),
        (RIGHT, 0.0, 0.2, 1),
    ],
    ids=(
        "elsewhere",
        "elsewhere, alike",
        "elsewhere, too little alike",
        "elsewhere, after too long",
        "at the same place",
        "at the same place, turned around",
        "somebody else at the same place",
        "not away for long enough to be somebody else",
    ),
)
def test_who_comes_back_is_told_by_looks_and_place(
    box: Box, cosine: float, away_s: float, expected: int
) -> None:
    room = with_anna_on_the_right()
    room.nobody(away_s)
    assert room.ids(Seen(box, alike(cosine))) == [expected]
    assert room.ids(Seen(box), frames=10) == [expected]


def test_without_looks_who_comes_back_elsewhere_is_new() -> None:
    room = Room()
    room.ids(Seen(RIGHT), frames=10)
    room.nobody(1.0)
    assert room.ids(Seen(LEFT), frames=10) == [2]


def test_a_track_begun_before_looks_were_known_gives_way_to_the_one_that_was_lost() -> None:
    room = with_anna_on_the_right()
    room.nobody(1.0)
    assert room.ids(Seen(LEFT), frames=10) == [2]
    found = room.show(Seen(LEFT, ANNA))
    assert found.ids.tolist() == [1]
    assert found.lost.ids.tolist() == []
    assert room.ids(Seen(LEFT), frames=5) == [1]
    assert room.removed == {2}


def test_who_was_taken_for_the_lost_one_is_known_as_another_once_looks_are_known() -> None:
    room = with_anna_on_the_right()
    room.nobody(1.0)
    assert room.ids(Seen(RIGHT), frames=5) == [1]
    assert room.ids(Seen(RIGHT, BERT)) == [2]
    assert room.ids(Seen(RIGHT), frames=5) == [2]


def test_once_looks_were_the_same_again_nobody_is_doubted() -> None:
    room = with_anna_on_the_right()
    room.nobody(1.0)
    assert room.ids(Seen(RIGHT, ANNA)) == [1]
    assert room.ids(Seen(RIGHT, BERT)) == [1]


def test_looks_that_tell_little_leave_a_doubt_once() -> None:
    for looks, expected in (([0.8, 0.8, 0.0], [1, 1, 1]), ([0.8, 0.0, 0.0], [1, 2, 2])):
        room = with_anna_on_the_right()
        room.nobody(1.0)
        assert [room.ids(Seen(RIGHT, alike(cosine)))[0] for cosine in looks] == expected


def test_a_track_begun_with_other_looks_gives_way_once_they_are_clear() -> None:
    room = with_anna_on_the_right()
    room.nobody(1.0)
    assert room.ids(Seen(LEFT, alike(0.8)), frames=10) == [2]
    assert room.ids(Seen(LEFT, ANNA)) == [1]
    assert room.removed == {2}


def test_a_track_of_somebody_who_looks_alike_does_not_give_way() -> None:
    room = with_anna_on_the_right()
    room.nobody(0.5)
    assert room.ids(Seen(LEFT, alike(0.84)), frames=10) == [2]
    assert room.ids(Seen(LEFT, alike(0.86))) == [2]


def test_who_was_never_away_keeps_the_id_whatever_looks_say() -> None:
    room = with_anna_on_the_right()
    assert room.ids(Seen(RIGHT, BERT), frames=30) == [1]


def test_who_was_seen_beside_the_lost_one_is_somebody_else() -> None:
    room = Room()
    assert room.ids(Seen(RIGHT, ANNA), Seen(LEFT), frames=10) == [1, 2]
    assert room.ids(Seen(LEFT), frames=10) == [2]
    assert room.ids(Seen(LEFT, ANNA)) == [2]


def test_two_who_come_back_at_once_get_their_own_ids() -> None:
    room = Room()
    assert room.ids(Seen(LEFT, ANNA), Seen(RIGHT, BERT), frames=10) == [1, 2]
    room.nobody(1.0)
    assert room.ids(Seen(LEFT, BERT), Seen(RIGHT, ANNA)) == [2, 1]


def test_a_track_that_gives_way_leaves_the_others_as_they_are() -> None:
    room = with_anna_on_the_right()
    room.nobody(1.0)
    far: Box = (300, 100, 360, 250)
    assert room.ids(Seen(LEFT), Seen(far, BERT), frames=10) == [2, 3]
    assert room.ids(Seen(LEFT, ANNA), Seen(far)) == [1, 3]
    assert room.ids(Seen(NEAR), Seen(far), frames=10) == [1, 3]


def test_looks_of_another_model_make_the_old_ones_forgotten() -> None:
    room = with_anna_on_the_right()
    longer = np.array([[1, 0, 0, 0, 0, 0]], np.float32)
    found = room.tracker.step(
        room.pts_us, Observations(np.array([RIGHT], np.float64), np.array([0.9]), None, longer)
    )
    assert found.ids.tolist() == [1]
    assert room.tracker.memory().gallery.shape == (1, 6)


@pytest.mark.parametrize("name", ["sort", "bytetrack", "ocsort", "simple"])
def test_policies_of_papers_do_not_look(name: str) -> None:
    policies = {"sort": Policy.sort, "bytetrack": Policy.bytetrack, "ocsort": Policy.ocsort}
    room = Room(policies.get(name, Policy.simple)())
    assert room.ids(Seen(RIGHT, ANNA), frames=10) == [1]
    room.nobody(0.12)
    assert room.ids(Seen(RIGHT, BERT)) == [1]
