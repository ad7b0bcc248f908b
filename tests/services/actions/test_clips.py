"""Real clips through the real stages."""

from itertools import islice

import pytest

from shared.messages import Event, EventKind, Phase
from shared.settings import Runtime
from tests.services.actions.chain import confirmed, events_of
from tests.services.footage import clip

pytestmark = pytest.mark.data


def events_in(name: str, frames: int, runtime: Runtime) -> list[Event]:
    return events_of(islice(clip(f"gmdcsa24/{name}.mp4"), frames), runtime)


def test_a_real_fall_on_the_back_is_raised_once_while_it_matters(runtime: Runtime) -> None:
    events = events_in("s3_fall_15", 85, runtime)
    raised = [e for e in events if e.kind is EventKind.FALL and e.phase is Phase.CONFIRMED]
    assert len(raised) == 1
    assert 1.86 <= raised[0].pts_us / 1e6 <= 5.65


def test_a_real_sitting_down_on_a_bed_is_no_fall(runtime: Runtime) -> None:
    events = events_in("s3_adl_18", 80, runtime)
    assert [e.kind for e in events] == [EventKind.SIT_DOWN]
    assert 0.6 <= events[0].pts_us / 1e6 <= 2.5


def test_real_fast_squats_are_no_sitting_down(runtime: Runtime) -> None:
    assert confirmed(events_in("s3_adl_07", 120, runtime)) == []
