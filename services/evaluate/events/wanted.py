"""Which events a label asks for, and when they are right."""

from dataclasses import dataclass

from services.evaluate.events.labels import Label
from shared.messages import EventKind

FALL = "fall"
LYING = "lying"
ON_FLOOR = "found_on_floor"
BED, FLOOR = "bed", "floor"

# An alert is right until so long after the body is at rest.
FALL_AFTER_S = 5.0
# Other events are right from so long before their labelled start until so long after their end.
BEFORE_S = AFTER_S = 1.0

# Labels in other words than the events' own. Those that neither are here nor name an event ask for none:
# walking, bending, squatting, crawling and stumbling are what must not be told.
_MEANS = {"lie_down": LYING, "raise_hands": "arms_raised"}
# These are over once they are done; the others last, and are right at any moment of it.
_CHANGES = frozenset({"sit_down", "stand_up"})
_REST = "rest"
_LYING_AT: dict[str | None, str] = {FLOOR: ON_FLOOR, BED: _REST}
_KINDS = frozenset(kind.value for kind in EventKind)


@dataclass(frozen=True)
class Wanted:
    """An event that is to be told.

    Attributes:
        kind: the event's.
        label: the label's own word.
        from_s: an event that is raised from here ...
        until_s: ... to here is right.
        begins_s: first moment of what is labelled.
        reached_s: when the floor, the seat or the upright posture is reached; times to the alert count from
            here.
        ends_s: last moment of what is labelled.
        lasting: whether it is a state, that may be told again while it lasts.
        apart: whether it counts by itself: falls that end on a bed.
    """

    kind: str
    label: str
    from_s: float
    until_s: float
    begins_s: float
    reached_s: float
    ends_s: float
    lasting: bool = False
    apart: bool = False


def wanted_of(label: Label) -> Wanted | None:
    """What a label asks for; None where no event is to be told."""
    if label.fall:
        return _fall(label)
    kind = kind_of(label)
    if kind not in _KINDS or label.start_s is None:
        return None
    return _change(label) if kind in _CHANGES else _state(label, kind)


def kind_of(label: Label) -> str:
    """The label's word as an event's; who lies on a labelled floor is to be found there, in a bed rests."""
    kind = _MEANS.get(label.kind, label.kind)
    return _LYING_AT.get(label.reaches, kind) if kind == LYING else kind


def lying_of(label: Label) -> tuple[float, float] | None:
    """From when to when somebody lies, by this label; None where nobody does."""
    if label.fall and label.ground_s is not None:
        return label.ground_s, label.last_on_ground_s or label.last_s
    if kind_of(label) in {LYING, ON_FLOOR, _REST} and label.start_s is not None:
        return label.start_s, label.last_s
    return None


def _fall(label: Label) -> Wanted:
    assert label.descent_s is not None
    assert label.ground_s is not None
    settled_s = label.ground_s if label.settled_s is None else label.settled_s
    return Wanted(
        FALL,
        label.kind,
        label.descent_s,
        settled_s + FALL_AFTER_S,
        label.descent_s,
        label.ground_s,
        label.last_s,
        apart=label.reaches == BED,
    )


def _change(label: Label) -> Wanted:
    """Sitting down and standing up. Where it was not labelled when the body is at rest, its seat or its
    upright posture counts as that: what comes long after is late, even if the posture lasts.
    """
    assert label.start_s is not None
    times = (label.settled_s, label.seated_s, label.upright_s, label.end_s, label.start_s)
    done_s = next(time for time in times if time is not None)
    reached = (label.seated_s, label.upright_s, done_s)
    return Wanted(
        label.kind,
        label.kind,
        label.start_s - BEFORE_S,
        done_s + AFTER_S,
        label.start_s,
        next(time for time in reached if time is not None),
        label.last_s,
    )


def _state(label: Label, kind: str) -> Wanted:
    assert label.start_s is not None
    return Wanted(
        kind,
        label.kind,
        label.start_s - BEFORE_S,
        label.last_s + AFTER_S,
        label.start_s,
        label.start_s if label.down_s is None else label.down_s,
        label.last_s,
        lasting=True,
    )
