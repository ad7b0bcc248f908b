from collections.abc import Sequence
from dataclasses import replace

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tracker.stage import TrackerStage, TrackerState
from shared.bus.frames import Jpeg
from shared.messages import Frame, Person, TrackState
from shared.settings import Tracker
from shared.worker import Work
from tests.services.figures import PRONE, STANDING, SUPINE, Figure, Take, falling, film

Box = tuple[float, float, float, float]


def play(
    frames: Sequence[Frame], *, checkpoint: bool = False, config: Tracker | None = None
) -> tuple[list[Frame], TrackerState]:
    stage = TrackerStage(config or Tracker())
    state, outputs = stage.fresh(), []
    for frame in frames:
        done = stage.process([Work(frame, state, None)])[0]
        state = done.state
        if checkpoint:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=TrackerState)
        outputs += [output for output in done.outputs if isinstance(output, Frame)]
    assert stage.finish(state) == ()
    return outputs, state


def untracked(frames: Sequence[Frame]) -> list[Frame]:
    return [
        msgspec.structs.replace(
            frame,
            lost=(),
            persons=tuple(msgspec.structs.replace(p, track=None, track_state=None) for p in frame.persons),
        )
        for frame in frames
    ]


def shots(*rows: tuple[float, list[Box]], score: float = 0.9) -> list[Frame]:
    """Frames at given seconds with bare boxes."""
    return [
        Frame(
            camera="hall",
            run=1,
            seq=seq,
            pts_us=round(time_s * 1e6),
            captured_us=0,
            width_px=640,
            height_px=480,
            persons=tuple(Person(box, score) for box in boxes),
        )
        for seq, (time_s, boxes) in enumerate(rows)
    ]


def known(state: TrackerState) -> int:
    """How many tracks there are."""
    return state.numbers.shape[1]


def names(frame: Frame) -> list[int | None]:
    return [person.track for person in frame.persons]


STILL: Box = (100, 100, 140, 220)
OTHER: Box = (400, 100, 440, 220)


@pytest.mark.parametrize("fps", [5.0, 15.0, 30.0])
@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0])
def test_a_falling_person_keeps_the_name(yaw_deg: float, fps: float) -> None:
    for end in (PRONE, SUPINE):
        figure = replace(falling(end, descent_s=0.6), yaw_deg=yaw_deg)
        outputs, _ = play(untracked(film([figure], Take(fps=fps, duration_s=5, dropped=0.1))))
        assert {name for frame in outputs for name in names(frame)} == {1}


@pytest.mark.parametrize("fps", [10.0, 30.0])
def test_two_people_who_cross_keep_their_names(fps: float) -> None:
    frames: list[Frame] = []
    for seq in range(round(6 * fps)):
        x_m = 1.5 - 0.5 * seq / fps
        pair = [
            Figure([(0, STANDING)], track=1, x_m=-x_m, distance_m=3.6),
            Figure([(0, STANDING)], track=2, x_m=x_m, distance_m=4.4, yaw_deg=180),
        ]
        frame = film(pair, Take(fps=fps, duration_s=1 / fps, seed=seq))[0]
        frames.append(msgspec.structs.replace(frame, seq=seq, pts_us=round(seq / fps * 1e6)))
    outputs, _ = play(untracked(frames))
    assert {tuple(names(frame)) for frame in outputs} == {(1, 2)}


def test_a_track_is_tentative_then_confirmed_then_lost_then_gone() -> None:
    seen = [(n / 10, [STILL]) for n in range(4)]
    empty: list[tuple[float, list[Box]]] = [(0.3 + n / 2, []) for n in range(1, 9)]
    outputs, state = play(shots(*seen, *empty))
    states = [frame.persons[0].track_state for frame in outputs[:4]]
    assert states == [TrackState.TENTATIVE, TrackState.TENTATIVE, TrackState.CONFIRMED, TrackState.CONFIRMED]
    lost = [[person.track_state for person in frame.lost] for frame in outputs[4:]]
    assert lost == [[TrackState.LOST]] * 6 + [[]] * 2
    assert known(state) == 0


def test_a_glimpse_is_never_confirmed_nor_lost() -> None:
    outputs, state = play(shots((0, [STILL]), (0.2, []), (0.4, [])))
    assert [frame.lost for frame in outputs] == [(), (), ()]
    assert known(state) == 0


def test_who_comes_back_in_time_keeps_the_name_and_who_comes_late_gets_a_new_one() -> None:
    seen = [(n / 10, [STILL]) for n in range(4)]
    assert names(play(shots(*seen, (2.0, [STILL])))[0][-1]) == [1]
    assert names(play(shots(*seen, (4.0, [STILL])))[0][-1]) == [2]


def test_nobody_is_lost_where_nobody_was_looked_for() -> None:
    frames = shots(*((0.1 * count, [STILL]) for count in range(10)))
    unseen = [
        msgspec.structs.replace(frame, skipped=("pose",), persons=frame.persons[: count % 2])
        for count, frame in enumerate(frames[4:8])
    ]
    outputs, _ = play([*frames[:4], *unseen, *frames[8:]])
    assert [names(frame) for frame in outputs] == [[1]] * 4 + [[]] * 4 + [[1]] * 2
    assert [frame.lost for frame in outputs] == [()] * 10


def test_unsure_persons_continue_a_track_and_start_none() -> None:
    seen = shots(*[(n / 10, [STILL]) for n in range(4)])
    unsure = shots((0.4, [STILL, OTHER]), score=0.2)
    assert names(play([*seen, *unsure])[0][-1]) == [1, None]


@pytest.mark.parametrize(("follows", "expected"), [(True, {1}), (False, {1, 2, 3, 4, 5, 6})])
def test_a_camera_that_pans_is_followed_when_wanted(follows: bool, expected: set[int]) -> None:
    rng = np.random.default_rng(4)
    room = cv2.resize(rng.integers(0, 255, (34, 80, 3), np.uint8), (1280, 544), interpolation=cv2.INTER_CUBIC)
    stage = TrackerStage(Tracker(policy="sort", camera_motion=follows))
    state, given = stage.fresh(), set[int | None]()
    for step in range(6):
        shot = shots((step / 10, [(400.0 - 44 * step, 100.0, 440.0 - 44 * step, 220.0)]))[0]
        body = cv2.imencode(".jpg", room[:480, 44 * step : 44 * step + 640])[1].tobytes()
        assert stage.wants_picture(shot) == follows
        done = stage.process([Work(shot, state, Jpeg(body) if follows else None)])[0]
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(done.state), type=TrackerState)
        (output,) = done.outputs
        assert isinstance(output, Frame)
        given |= set(names(output))
    assert given == expected


def test_lost_people_are_where_they_were_heading() -> None:
    walk: list[tuple[float, list[Box]]] = [
        (n / 10, [(100 + 6.0 * n, 100, 140 + 6.0 * n, 220)]) for n in range(15)
    ]
    box = play(shots(*walk, (1.6, [])))[0][-1].lost[0].box
    assert box[0] == pytest.approx(100 + 6 * 16, abs=6)
    assert box[3] - box[1] == pytest.approx(120, abs=3)


def test_time_that_stands_still_or_runs_back_does_no_harm() -> None:
    outputs, state = play(shots((1.0, [STILL]), (1.0, [STILL]), (0.5, [STILL]), (1.2, [STILL])))
    assert [names(frame) for frame in outputs] == [[1]] * 4
    assert state.pts_us == 1_200_000


def test_the_number_of_tracks_is_bounded_and_a_full_checkpoint_fits() -> None:
    crowd: list[Box] = [
        (x * 60.0, y * 60.0, x * 60.0 + 20, y * 60.0 + 50) for x in range(12) for y in range(10)
    ]
    outputs, state = play(shots(*[(n / 10, crowd) for n in range(4)]), config=Tracker(max_tracks=96))
    assert known(state) == 96
    assert sum(name is None for name in names(outputs[-1])) == 24
    assert len(msgspec.msgpack.encode(state)) <= 64_000


boxes = st.tuples(st.floats(0, 600), st.floats(0, 400), st.floats(0, 200), st.floats(0, 200)).map(
    lambda v: (v[0], v[1], v[0] + v[2], v[1] + v[3])
)
looks = st.lists(
    st.tuples(st.floats(0.0, 1.5), st.lists(boxes, max_size=6), st.sampled_from([0.05, 0.3, 0.9])),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(looks)
def test_names_are_single_and_never_used_again(rows: list[tuple[float, list[Box], float]]) -> None:
    time_s, frames = 0.0, []
    for seq, (step_s, found, score) in enumerate(rows):
        time_s += step_s
        shot = shots((time_s, found), score=score)[0]
        frames.append(msgspec.structs.replace(shot, seq=seq))
    outputs, _ = play(frames)
    assert outputs == play(frames, checkpoint=True)[0]
    seen: set[int] = set()
    alive: set[int] = set()
    for frame in outputs:
        present = [p.track for p in (*frame.persons, *frame.lost) if p.track is not None]
        assert len(present) == len(set(present))
        confirmed_before = {p.track for p in frame.lost}
        assert confirmed_before <= seen
        fresh = set(present) - seen
        assert not fresh or min(fresh) > max(seen, default=0)
        seen |= set(present)
        alive = set(present)
    assert alive <= seen


def test_a_state_survives_its_checkpoint_bit_for_bit() -> None:
    frames = untracked(
        film([falling(PRONE), Figure([(0, STANDING)], x_m=1)], Take(duration_s=4, dropped=0.2))
    )
    stage = TrackerStage(Tracker())
    state = stage.fresh()
    for frame in frames:
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=TrackerState)
        done, redone = (stage.process([Work(frame, s, None)])[0] for s in (state, again))
        assert done == redone
        assert msgspec.msgpack.encode(done.state) == msgspec.msgpack.encode(redone.state)
        state = done.state
