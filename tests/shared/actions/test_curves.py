"""What events carry of their tracks."""

import msgspec
import pytest

from shared.actions import CameraState, Watch, watch
from shared.actions.curves import curves_of
from shared.actions.descent import Height
from shared.actions.trail import KEPT_S, Sample, Trail, recall, remember
from shared.messages import MAX_SAMPLES, Curves, Event, EventKind, Phase, decode, encode
from shared.rules.moment import Posture
from shared.settings import Actions
from tests.services.figures import PRONE, SITTING, STANDING, Figure, Take, falling, film

NAN = float("nan")
SHOWN = {
    (EventKind.FALL, Phase.SUSPECTED),
    (EventKind.FALL, Phase.CONFIRMED),
    (EventKind.FALL, Phase.RECOVERED),
}


def sample(time_s: float, posture: Posture, feet: int | None = 3005, rise: int = 450) -> Sample:
    height = Height(round(time_s * 1e6), 2004, rise, 1003, feet, 37)
    return Sample(height, (100.0, 200.4), 100.3, 80.0, NAN, (NAN, NAN, NAN, NAN), posture)


def curves(*samples: Sample, pts_us: int = 2_000_000) -> Curves:
    data = b""
    for each in samples:
        data = remember(data, each)
    return curves_of(recall(data, pts_us), pts_us)


def test_curves_say_when_where_how_low_and_in_what_posture() -> None:
    found = curves(
        sample(1.0, Posture.STANDING),
        sample(1.2, Posture.BENDING, feet=None, rise=-20),
        sample(1.4, Posture.SQUATTING),
    )
    assert found == Curves(
        ago_ms=(1000, 800, 600),
        hip_px=(200.4, 200.4, 200.4),
        scale_px_m=(100.3, 100.3, 100.3),
        rise_px=(45, -2, 45),
        feet_px=(300, None, 300),
        low_pct=(37, 37, 37),
        postures=((1000, "standing"), (800, "bending")),
    )


def test_of_nothing_there_are_no_curves() -> None:
    empty = curves_of(Trail(), 5)
    assert (empty.ago_ms, empty.postures) == ((), ())


@pytest.mark.parametrize(
    ("ago_ms", "hip_px"), [((1, 2), (1.0,)), (tuple(range(MAX_SAMPLES + 1)), (1.0,) * (MAX_SAMPLES + 1))]
)
def test_columns_of_different_lengths_or_too_many_samples_are_refused(
    ago_ms: tuple[int, ...], hip_px: tuple[float, ...]
) -> None:
    metres, whole = tuple(1.0 for _ in ago_ms), tuple(1 for _ in ago_ms)
    with pytest.raises(ValueError, match="columns of one length"):
        Curves(ago_ms, hip_px, metres, whole, whole, whole, ())


@pytest.mark.parametrize("fps", [5.0, 15.0, 60.0])
def test_an_event_with_curves_is_small_at_any_frame_rate(fps: float) -> None:
    events = list(watch(film([falling(PRONE, at_s=6.0)], Take(fps=fps, duration_s=10)), Actions()))
    carried = [each for each in events if each.curves is not None]
    assert len(carried) == 2
    for each in carried:
        assert each.curves is not None
        assert each.curves.ago_ms[0] <= 1000 * KEPT_S + 100  # the newest sample is up to one step old
        assert len(encode(each)) < 2000
        assert len(msgspec.json.encode(each.curves)) < 1400


def test_only_what_somebody_may_ask_about_carries_curves() -> None:
    keys = [(1, STANDING), (2, SITTING), (4, SITTING), (5, STANDING), (7, STANDING), (7.8, PRONE)]
    take = Take(fps=15, duration_s=26)
    events = list(watch(film([Figure([*keys, (22, PRONE), (24, STANDING)])], take), Actions()))
    told = {(each.kind, each.phase) for each in events}
    assert {(EventKind.SIT_DOWN, Phase.CONFIRMED), (EventKind.FALL, Phase.STILL)} <= told
    assert {(each.kind, each.phase) for each in events if each.curves is not None} == told & SHOWN


def test_an_event_with_curves_comes_back_from_the_wire_and_from_json() -> None:
    for each in watch(film([falling(PRONE)], Take()), Actions()):
        assert decode(encode(each)) == each
        assert msgspec.json.decode(msgspec.json.encode(each), type=Event) == each


def test_events_without_curves_are_still_read() -> None:
    event = next(iter(watch(film([falling(PRONE)], Take()), Actions())))
    old = {name: value for name, value in msgspec.to_builtins(event).items() if name != "curves"}
    assert msgspec.convert(old, Event).curves is None


def test_curves_are_the_same_to_the_bit_whether_or_not_checkpoints_lie_between() -> None:
    rules, state, events = Watch(Actions()), CameraState(), list[Event]()
    frames = film([falling(PRONE)], Take(dropped=0.2))
    for frame in frames:
        told, state = rules.step(
            frame, msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=CameraState)
        )
        events += told
    events += rules.finish(state)
    assert [encode(each) for each in events] == [encode(each) for each in watch(frames, Actions())]
