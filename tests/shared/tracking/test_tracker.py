import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.tracking import PRESETS, Found, Memory, Observations, Policy, State, Tracker, policy_of
from tests.shared.tracking.crowd import OTHER, STILL, Box, observed, play, shifted, standing

NOBODY = observed([])
Shape = tuple[int, ...]


def same(first: Found, second: Found) -> bool:
    names = ("ids", "states", "removed", "velocities", "keypoints")
    lost = ("ids", "boxes", "seen_us", "low", "scores")
    return all(
        np.array_equal(getattr(first, name), getattr(second, name), equal_nan=name == "keypoints")
        for name in names
    ) and all(np.array_equal(getattr(first.lost, name), getattr(second.lost, name)) for name in lost)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_policy_follows_people_who_walk(preset: str) -> None:
    rows = [
        (step / 25, observed([shifted(STILL, dx=2.0 * step), shifted(OTHER, dx=-1.0 * step)]))
        for step in range(50)
    ]
    found, _ = play(policy_of(preset), rows)
    assert {tuple(each.ids.tolist()) for each in found} == {(1, 2)}
    assert found[-1].states.tolist() == [State.CONFIRMED] * 2
    assert found[-1].velocities[:, 0] == pytest.approx([50, -25], abs=6)


@pytest.mark.parametrize(("gap", "again"), [(3, 1), (6, 2)])
def test_the_simple_policy_counts_hits_and_misses(gap: int, again: int) -> None:
    seen = standing(5)
    rows = [*seen, *((0.5 + step / 10, NOBODY) for step in range(gap)), (0.5 + gap / 10, observed([STILL]))]
    found, _ = play(Policy.simple(), rows)
    states = [each.states.tolist() for each in found[:4]]
    assert states == [[State.TENTATIVE]] * 2 + [[State.CONFIRMED]] * 2
    assert found[-1].ids.tolist() == [again]
    assert [1] in [each.removed.tolist() for each in found] or gap == 3


def test_a_low_score_keeps_a_track_alive_and_starts_none() -> None:
    rows = [*standing(5), *((0.5 + step / 10, observed([STILL, OTHER], 0.2)) for step in range(20))]
    found, _ = play(Policy.bytetrack(), rows)
    assert found[-1].ids.tolist() == [1, 0]
    plain, _ = play(Policy.sort(), rows)
    assert plain[-1].ids.tolist() == [0, 0]
    assert 1 in np.concatenate([each.removed for each in plain])


def test_sure_persons_are_preferred_to_unsure_ones() -> None:
    near, far = shifted(STILL, dx=4), shifted(STILL, dx=12)
    rows = [*standing(10), (1.0, observed([near, far], [0.3, 0.9]))]
    assert play(Policy.bytetrack(), rows)[0][-1].ids.tolist() == [0, 1]


def test_media_time_decides_not_the_number_of_pictures() -> None:
    walk = [(step / 50, observed([shifted(STILL, dx=3.0 * step)])) for step in range(100)]
    rng = np.random.default_rng(5)
    rough = [walk[index] for index in sorted(rng.choice(len(walk), 40, replace=False))]
    found, _ = play(Policy.crowd(), rough)
    assert {each.ids.tolist()[0] for each in found} == {1}
    assert found[-1].velocities[0, 0] == pytest.approx(150, abs=20)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_slow_camera_confirms_people_as_well(preset: str) -> None:
    found, _ = play(policy_of(preset), standing(5, fps=1.5))
    assert [each.ids.tolist() for each in found] == [[1]] * 5
    assert found[-1].states.tolist() == [State.CONFIRMED]


def test_a_small_fast_person_is_found_by_the_buffer() -> None:
    small: Box = (100, 100, 110, 125)
    rows = [(0.0, observed([small])), (0.04, observed([shifted(small, dx=12)]))]
    alone = msgspec.structs.replace(Policy.sort(), buffer=0.0)
    assert play(alone, rows)[0][-1].ids.tolist() == [2]
    assert play(msgspec.structs.replace(alone, buffer=0.5, least_iou=0.1), rows)[0][-1].ids.tolist() == [1]


def test_heights_tell_apart_people_at_other_distances() -> None:
    near, far = (100.0, 100.0, 160.0, 280.0), (100.0, 150.0, 160.0, 230.0)
    rows = [(step / 10, observed([near])) for step in range(10)]
    rows.append((1.0, observed([far])))
    flat = msgspec.structs.replace(Policy.sort(), lost_s=3.0)
    assert play(flat, rows)[0][-1].ids.tolist() == [1]
    assert play(msgspec.structs.replace(flat, height=True), rows)[0][-1].ids.tolist() == [2]


def test_a_box_that_surprises_too_much_is_somebody_else() -> None:
    child = (100.0, 150.0, 140.0, 220.0)
    rows = [*standing(10), (1.0, observed([child]))]
    plain = msgspec.structs.replace(Policy.crowd(), recover_iou=None)
    assert play(plain, rows)[0][-1].ids.tolist() == [2]
    assert play(msgspec.structs.replace(plain, surprise=None), rows)[0][-1].ids.tolist() == [1]


@pytest.mark.parametrize("leap", [0.0, 16.0], ids=["others stand", "others dance"])
def test_a_surprise_among_people_who_dance_is_no_stranger(leap: float) -> None:
    def others(step: int) -> list[Box]:
        return [shifted(OTHER, dx=step % 2 * leap), shifted(OTHER, dx=300, dy=step % 2 * leap)]

    rows = [(step / 10, observed([STILL, *others(step)])) for step in range(30)]
    rows.append((3.0, observed([(100, 150, 140, 220), *others(30)])))
    policy = msgspec.structs.replace(Policy.crowd(), recover_iou=None)
    found, _ = play(policy, rows, restored=True)
    assert (found[-1].ids.tolist()[0] == 1) is (leap > 0)
    strict, _ = play(msgspec.structs.replace(policy, dance=None), rows)
    assert strict[-1].ids[0] != 1


def test_whom_overlap_has_left_is_found_within_the_reach() -> None:
    leap = [*standing(5), (0.5, observed([shifted(STILL, dx=45)]))]
    assert play(Policy.default(), leap)[0][-1].ids.tolist() == [1]
    assert play(msgspec.structs.replace(Policy.default(), reach=0.0), leap)[0][-1].ids.tolist() == [2]


def test_who_stopped_while_hidden_is_found_where_he_was_seen_last() -> None:
    walk = [(step / 10, observed([shifted(STILL, dx=12.0 * step)])) for step in range(10)]
    rows = [*walk, *((1.0 + step / 10, NOBODY) for step in range(7)), (1.7, walk[-1][1])]
    plain = msgspec.structs.replace(Policy.sort(), fade_s=5.0)
    assert play(plain, rows)[0][-1].ids.tolist() == [2]
    recovering = msgspec.structs.replace(plain, recover_iou=0.3)
    assert play(recovering, rows)[0][-1].ids.tolist() == [1]


def test_after_a_gap_the_filter_follows_the_path_that_was_not_seen() -> None:
    rows = [*standing(10), (1.9, observed([shifted(STILL, dx=90)]))]
    wide = msgspec.structs.replace(Policy.default(), reach=2.0, reach_max=2.0)
    led = msgspec.structs.replace(wide, reupdate_s=0.2)
    assert play(led, rows)[0][-1].velocities[0, 0] == pytest.approx(90, abs=15)


def test_momentum_prefers_who_is_ahead() -> None:
    walk = [(step / 10, observed([shifted(STILL, dx=10.0 * step)])) for step in range(10)]
    ahead, behind = shifted(STILL, dx=104), shifted(STILL, dx=79)
    rows = [*walk, (1.0, observed([behind, ahead]))]
    plain = msgspec.structs.replace(Policy.sort(), acceleration=1e3, fade_s=0.02)
    assert play(plain, rows)[0][-1].ids.tolist() == [1, 2]
    assert play(msgspec.structs.replace(plain, momentum=0.5), rows)[0][-1].ids.tolist() == [2, 1]


@pytest.mark.parametrize("angle_deg", [0.0, 3.0])
def test_a_camera_that_moves_loses_nobody_when_it_is_known(angle_deg: float) -> None:
    turn = np.radians(angle_deg)
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    warp = np.column_stack([linear, [60.0, 25.0]])
    people = np.array([STILL, OTHER])
    rows, centres = [], (people[:, :2] + people[:, 2:]) / 2
    half = (people[:, 2:] - people[:, :2]) / 2
    for step in range(10):
        boxes = np.concatenate([centres - half, centres + half], axis=1)
        rows.append((step / 10, Observations(boxes, np.full(2, 0.9), warp=warp if step else None)))
        centres = centres @ linear.T + warp[:, 2]
    assert {tuple(each.ids.tolist()) for each in play(Policy.sort(), rows)[0]} == {(1, 2)}
    still = [(time_s, Observations(each.boxes, each.scores)) for time_s, each in rows]
    assert {tuple(each.ids.tolist()) for each in play(Policy.sort(), still)[0]} != {(1, 2)}


def unit(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    vector = np.zeros(32, np.float32)
    vector[: len(values)] = values
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def test_looks_find_who_comes_back_elsewhere() -> None:
    looks = np.stack([unit(1, 0.1), unit(0, 1)])
    first = Observations(np.array([STILL, OTHER]), np.full(2, 0.9), embeddings=looks)
    moved = np.array([shifted(STILL, dx=170), shifted(OTHER, dx=170)])
    back = Observations(moved, np.full(2, 0.9), embeddings=looks)
    rows = [*((step / 10, first) for step in range(5)), (1.4, NOBODY), (1.5, back)]
    assert play(Policy.default(), rows)[0][-1].ids.tolist() == [1, 2]
    strangers = Observations(moved, np.full(2, 0.9), embeddings=np.stack([unit(0, 0, 1), unit(0, 0, 0, 1)]))
    assert play(Policy.default(), [*rows[:-1], (1.5, strangers)])[0][-1].ids.tolist() == [3, 4]


def test_looks_tell_apart_people_who_stand_in_one_place() -> None:
    looks = np.stack([unit(1), unit(0, 1)])
    pair = np.array([STILL, shifted(STILL, dx=10)])
    apart = Observations(pair, np.full(2, 0.9), embeddings=looks)
    crossed = Observations(pair[::-1].copy(), np.full(2, 0.9), embeddings=looks)
    found, _ = play(Policy.default(), [*((step / 10, apart) for step in range(5)), (0.5, crossed)])
    assert found[-1].ids.tolist() == [1, 2]


def test_another_model_of_looks_or_keypoints_only_forgets_those_of_the_old_one() -> None:
    tracker = Tracker()
    for step, (points, depth) in enumerate([(13, 8), (13, 8), (17, 16), (17, 16)]):
        looks = np.full((1, depth), depth**-0.5, np.float32)
        found = tracker.step(
            step * 100_000,
            Observations(np.array([STILL]), np.array([0.9]), np.ones((1, points, 3)), embeddings=looks),
        )
        assert found.ids.tolist() == [1]
        assert found.keypoints.shape == (1, points, 3)


def lying(box: Box) -> Box:
    """The same person on the floor."""
    return (box[0] - 30, box[3] - 40, box[0] + 90, box[3])


FALL = [*standing(15), *((1.5 + step / 10, observed([lying(STILL)])) for step in range(5))]


def test_a_fall_keeps_the_name_and_who_is_lost_low_is_kept_longer_and_reported() -> None:
    hidden = [(2.0 + step / 2, NOBODY) for step in range(40)]
    found, _ = play(Policy.default(), [*FALL, *hidden])
    assert {each.ids.tolist()[0] for each in found[: len(FALL)]} == {1}
    times = [
        time_s for (time_s, _), each in zip(hidden, found[len(FALL) :], strict=True) if each.lost.ids.size
    ]
    assert max(times) == pytest.approx(1.9 + Policy().lost_low_s, abs=0.5)
    assert found[len(FALL)].lost.low.tolist() == [True]
    assert found[len(FALL)].lost.seen_us.tolist() == [1_900_000]
    upright, _ = play(Policy.default(), [*standing(20), *hidden])
    assert [each.lost.low.tolist() for each in upright[20:]] == [[False]] * 6 + [[]] * 34


@pytest.mark.parametrize(
    ("box", "low"),
    [
        ((110, 170, 130, 222), True),  # crouched, or along the line of sight
        ((115, 100, 135, 148), False),  # far away: small, but the feet have risen
        ((70, 180, 190, 220), True),  # lying across
        ((70, 90, 190, 130), False),  # wide, but in the air: jumps
        ((104, 150, 138, 224), False),  # bent
    ],
)
def test_low_is_who_is_small_or_wide_where_the_feet_were(box: Box, low: bool) -> None:
    rows = [*standing(15), (1.6, observed([box])), (1.7, NOBODY)]
    assert play(Policy.default(), rows)[0][-1].lost.low.tolist() == [low]


def test_who_leaves_through_the_lower_edge_of_the_picture_is_not_low() -> None:
    leaving = [
        (1.5 + step / 10, Observations(np.array([[100, 100 + 20.0 * step, 140, 220]]), np.array([0.9])))
        for step in range(5)
    ]
    rows = [*standing(15), *leaving, (2.0, NOBODY)]
    cut = [(time_s, Observations(each.boxes, each.scores, picture_px=(640, 222))) for time_s, each in rows]
    assert play(Policy.default(), rows)[0][-1].lost.low.tolist() == [True]
    assert play(Policy.default(), cut)[0][-1].lost.low.tolist() == [False]


def test_keypoints_are_smoothed() -> None:
    rng, tracker = np.random.default_rng(2), Tracker()
    truth = np.column_stack([rng.uniform(STILL[0], STILL[2], 13), rng.uniform(STILL[1], STILL[3], 13)])
    raw, smooth = [], []
    for step in range(60):
        points = np.column_stack([truth + rng.normal(0, 3, (13, 2)), np.ones(13)])[None]
        found = tracker.step(
            step * 33_333, Observations(np.array([STILL]), np.array([0.9]), keypoints=points)
        )
        raw.append(points[0, :, :2] - truth)
        smooth.append(found.keypoints[0, :, :2] - truth)
    assert np.std(smooth[20:]) < 0.75 * np.std(raw[20:])


def test_room_goes_to_the_surest_and_is_bounded_in_bytes() -> None:
    boxes = [shifted(STILL, dx=60.0 * step) for step in range(12)]
    scores = np.linspace(0.6, 0.9, 12)
    policy = msgspec.structs.replace(Policy.sort(), max_tracks=4)
    assert play(policy, [(0.0, observed(boxes, scores.tolist()))])[0][0].ids.nonzero()[0].tolist() == [
        8, 9, 10, 11,
    ]  # fmt: skip
    looks = np.tile(unit(1), (12, 1))
    tight = msgspec.structs.replace(Policy.default(), memory_bytes=2_500)
    found, memory = play(tight, [(0.0, Observations(np.array(boxes), scores, embeddings=looks))])
    assert np.count_nonzero(found[0].ids) == 2_500 // 292
    assert len(msgspec.msgpack.encode(memory)) < 2_500 + 700


def test_an_earlier_picture_counts_as_simultaneous() -> None:
    rows = [(1.0, observed([STILL])), (0.5, observed([STILL])), (1.2, observed([STILL]))]
    found, memory = play(Policy.default(), rows)
    assert [each.ids.tolist() for each in found] == [[1]] * 3
    assert memory.pts_us == 1_200_000


places = st.tuples(st.floats(0, 600), st.floats(0, 400), st.floats(0, 200), st.floats(0, 200)).map(
    lambda v: (v[0], v[1], v[0] + v[2], v[1] + v[3])
)
looks = st.lists(
    st.tuples(
        st.floats(0.0, 1.5),
        st.lists(st.tuples(places, st.sampled_from([0.05, 0.3, 0.9])), max_size=6),
        st.booleans(),
    ),
    max_size=12,
)


@pytest.mark.parametrize("preset", PRESETS)
@settings(max_examples=10, deadline=None)
@given(rows=looks)
def test_names_are_single_never_used_again_and_outlive_the_process(
    preset: str, rows: list[tuple[float, list[tuple[Box, float]], bool]]
) -> None:
    time_s, steps = 0.0, []
    for step_s, persons, moves in rows:
        time_s += step_s
        warp = np.array([[1.0, 0.02, 3.0], [-0.02, 1.0, -2.0]]) if moves else None
        seen = observed([box for box, _ in persons], [score for _, score in persons])
        points = np.full((len(persons), 13, 3), 0.5) + seen.boxes[:, None, :1]
        steps.append((time_s, Observations(seen.boxes, seen.scores, points, warp=warp)))
    found, memory = play(policy_of(preset), steps)
    again, restored = play(policy_of(preset), steps, restored=True)
    assert msgspec.msgpack.encode(memory) == msgspec.msgpack.encode(restored)
    gone: set[int] = set()
    newest = 0
    for each, other in zip(found, again, strict=True):
        assert same(each, other)
        present = [*each.ids[each.ids > 0].tolist(), *each.lost.ids.tolist()]
        gone |= set(each.removed.tolist())
        assert len(present) == len(set(present))
        assert not gone & set(present)
        fresh = sorted(name for name in present if name > newest)
        assert fresh == list(range(newest + 1, newest + 1 + len(fresh)))
        newest += len(fresh)
    assert memory.next_track == newest + 1


def test_memory_does_not_grow() -> None:
    tracker, sizes = Tracker(Policy.crowd()), []
    rng = np.random.default_rng(3)
    for step in range(4_000):
        lefts = rng.uniform(0, 1800, 5)
        found = np.column_stack([lefts, np.full(5, 300.0), lefts + 60, np.full(5, 480.0)])
        tracker.step(step * 40_000, Observations(found, rng.uniform(0.4, 1, 5)))
        if step % 500 == 499:
            sizes.append(len(msgspec.msgpack.encode(tracker.memory())))
    assert max(sizes[4:]) <= 1.5 * max(sizes[:4])
    assert tracker.memory().next_track > 400


@pytest.mark.parametrize(
    ("boxes", "keypoints", "embeddings", "warp", "why"),
    [
        ((2, 4), (1, 13, 3), (1, 8), (2, 3), "boxes are"),
        ((1, 4), (2, 13, 3), (1, 8), (2, 3), "keypoints are"),
        ((1, 4), (1, 13, 3), (1, 600), (2, 3), "embeddings are"),
        ((1, 4), (1, 13, 3), (1, 8), (3, 3), "warp is"),
    ],
)
def test_observations_that_do_not_fit_together_are_refused(
    boxes: Shape, keypoints: Shape, embeddings: Shape, warp: Shape, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Observations(np.zeros(boxes), np.ones(1), np.zeros(keypoints), np.zeros(embeddings), np.zeros(warp))


def test_a_memory_of_before_keeps_the_count_of_names() -> None:
    older = msgspec.msgpack.encode({"next_track": 7, "pts_us": 5, "known": [], "motion": {"dtype": "<f8"}})
    tracker = Tracker.restore(Policy(), msgspec.msgpack.decode(older, type=Memory))
    assert tracker.step(10, observed([STILL])).ids.tolist() == [7]
