import pytest

from services.actions.posture import Posture, PostureState
from services.actions.transition import Base, follow
from shared.messages import EventKind

P = Posture


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (P.STANDING, P.SITTING, EventKind.SIT_DOWN),
        (P.SITTING, P.STANDING, EventKind.STAND_UP),
        (P.LYING, P.STANDING, EventKind.STAND_UP),
        (P.STANDING, P.LYING, EventKind.LYING),
        (P.UNKNOWN, P.LYING, EventKind.LYING),
        (P.UNKNOWN, P.SITTING, None),
        (P.LYING, P.SITTING, None),
        (P.STANDING, P.BENDING, None),
    ],
)
def test_each_change_of_posture_has_its_kind(before: Posture, after: Posture, kind: EventKind | None) -> None:
    _, change = follow(Base(before, 5), PostureState(after, 7), after, 9)
    assert (change.kind if change else None) is kind


def test_bending_on_the_way_does_not_hide_a_sitting_down() -> None:
    base, change = follow(Base(P.STANDING, 5), PostureState(P.BENDING, 6), P.BENDING, 6)
    assert change is None
    _, change = follow(base, PostureState(P.SITTING, 7), P.SITTING, 9)
    assert change is not None
    assert (change.kind, change.started_us) == (EventKind.SIT_DOWN, 5)


def test_the_base_is_as_young_as_the_last_picture_that_shows_it() -> None:
    base, _ = follow(Base(P.STANDING, 5), PostureState(P.STANDING, 1), P.STANDING, 8)
    assert base.until_us == 8
    base, _ = follow(base, PostureState(P.STANDING, 1), P.SITTING, 9)
    assert base.until_us == 8
