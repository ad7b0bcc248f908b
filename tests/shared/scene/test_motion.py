"""Bodies stay above the floor, in one piece and on planted feet, and fall as fast as gravity lets them."""

import numpy as np
import pytest

from shared.scene.mannequin import flesh
from shared.scene.motion import Course, Walk
from shared.scene.posture import STANDING, Stance, place
from shared.scene.scenario import Actor, cast
from shared.scene.script import PostureKind
from shared.scene.skeleton import FOREARM, SHANK, THIGH, UPPER_ARM, Floats, Skeleton, landmarks, solve
from shared.scene.url import SCENARIOS, SceneSpec

PEOPLED = [name for name in SCENARIOS if name != "empty"]
STEP_S = 1 / 15


def skeletons(actor: Actor, duration_s: float) -> list[Skeleton]:
    times = np.arange(0, duration_s, STEP_S)
    return [solve(actor.script.rows(float(t)), actor.look.stature_m) for t in times]


def lowest_m(skeleton: Skeleton, actor: Actor) -> float:
    balls, limbs = flesh(skeleton, actor.look)
    ball = balls.centres[:, 2] - np.linalg.norm(balls.shapes[:, 2], axis=1)
    limb = limbs.ends[..., 2] - limbs.radii * np.linalg.norm(limbs.shapes[:, 2], axis=1)[:, None]
    return float(min(ball.min(), limb.min()))


@pytest.mark.parametrize("scenario", PEOPLED)
@pytest.mark.parametrize("seed", [1, 2])
def test_bodies_stay_above_the_floor_in_one_piece_and_never_jump(scenario: str, seed: int) -> None:
    scene = cast(SceneSpec(scenario, seed=seed))
    for actor in scene.actors:
        moved = skeletons(actor, scene.duration_s)
        assert min(lowest_m(skeleton, actor) for skeleton in moved) > -0.03
        h = actor.look.stature_m
        for skeleton in moved:
            assert np.allclose(np.linalg.norm(skeleton.knees - skeleton.hips, axis=1), THIGH * h)
            assert np.allclose(np.linalg.norm(skeleton.ankles - skeleton.knees, axis=1), SHANK * h)
            assert np.allclose(np.linalg.norm(skeleton.elbows - skeleton.shoulders, axis=1), UPPER_ARM * h)
            assert np.allclose(np.linalg.norm(skeleton.wrists - skeleton.elbows, axis=1), FOREARM * h)
        points = np.array([landmarks(skeleton) for skeleton in moved])
        assert np.linalg.norm(np.diff(points, axis=0), axis=-1).max() < 10.0 * STEP_S


@pytest.mark.parametrize(
    ("name", "landmark", "fraction"),
    [("nose", 0, 0.926), ("left shoulder", 11, 0.818), ("left hip", 23, 0.53), ("left knee", 25, 0.285)],
)
def test_who_stands_has_the_proportions_of_the_source(name: str, landmark: int, fraction: float) -> None:
    points = landmarks(solve(place(STANDING.rows(), Stance(0, 0, 0), 1.7), 1.7))
    assert points[landmark, 2] / 1.7 == pytest.approx(fraction, abs=0.02), name


def test_left_is_left() -> None:
    points = landmarks(solve(place(STANDING.rows(), Stance(0, 0, 0), 1.7), 1.7))
    pairs = [(1, 4), (2, 5), (3, 6), (7, 8), (9, 10), *((i, i + 1) for i in range(11, 33, 2))]
    assert all(points[left, 1] > points[right, 1] for left, right in pairs)


def test_a_walk_arrives_and_its_feet_do_not_slide() -> None:
    walk = Walk(Course(Stance(-2, 3.5, 0), Stance(1, 4, 30)), 1.1, 1.7)
    times = np.arange(0, walk.duration_s, 0.01)
    ankles: Floats = np.array([solve(walk.rows(float(t)), 1.7).ankles for t in times])
    speed = np.linalg.norm(np.diff(ankles, axis=0), axis=-1) / 0.01
    assert np.median(speed.min(1)) < 0.01  # one foot always stands
    assert speed.min(1).max() < 0.6  # but for the heel that rises before it swings
    end = solve(walk.rows(walk.duration_s), 1.7)
    assert end.ankles.mean(0)[:2] == pytest.approx((1, 4), abs=0.02)
    assert np.degrees(np.arctan2(*end.hip_frame[1::-1, 0])) == pytest.approx(30, abs=2)


@pytest.mark.parametrize("scenario", ["fall_forward", "fall_backward", "fall_sideways", "demo"])
def test_a_fall_speeds_up_ends_on_the_floor_and_stays_there(scenario: str) -> None:
    scene = cast(SceneSpec(scenario))
    actor = scene.actors[0]
    event = next(event for event in actor.script.events if event.kind == "fall")
    assert 0.6 <= event.reached_s - event.start_s <= 1.0

    def head_m(time_s: float) -> float:
        return float(solve(actor.script.rows(time_s), actor.look.stature_m).skull[2])

    half = (event.start_s + event.reached_s) / 2
    first, second = head_m(event.start_s) - head_m(half), head_m(half) - head_m(event.reached_s)
    assert 0 < first < second
    assert head_m(event.settled_s) < 0.35
    assert head_m(event.settled_s) == head_m(event.settled_s + 3)
    assert actor.script.posture(event.start_s + 0.1) == PostureKind.FALLING
    assert actor.script.posture(event.settled_s) == PostureKind.LYING


@pytest.mark.parametrize("seed", range(12))
def test_bodies_differ_and_stay_within_human_size(seed: int) -> None:
    first, second = (cast(SceneSpec("crossing", seed=seed)).actors[i].look for i in (0, 1))
    assert 1.5 <= first.stature_m <= 1.9
    assert first.stature_m != second.stature_m
