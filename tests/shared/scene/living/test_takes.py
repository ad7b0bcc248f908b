"""Takes: the same at every call, seen by every kind of camera, with the faults of real pose models."""

import numpy as np
import pytest

from shared.scene.living.pose import Faults, pose
from shared.scene.living.scenes import Take, play
from shared.scene.living.strip import strip
from shared.scene.living.suites import SUITES
from shared.scene.living.view import Block, outline, see
from shared.scene.posture import Stance

LEGS, TRUNK = [25, 26, 27, 28], [11, 12, 23, 24]


def shown(take: Take) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return take.truths[0].inside & take.truths[0].clear


@pytest.mark.parametrize("suite", SUITES)
def test_a_seed_always_gives_the_same_take(suite: str) -> None:
    first, second = play(suite, 5), play(suite, 5)
    assert first.factors == second.factors
    assert first.labels == second.labels
    for one, other in zip(first.persons, second.persons, strict=True):
        np.testing.assert_array_equal(one.keypoints, other.keypoints)
        np.testing.assert_array_equal(one.found, other.found)
    assert not np.array_equal(play(suite, 6).times_s, first.times_s)


@pytest.mark.parametrize("suite", SUITES)
def test_every_script_of_a_suite_plays_and_times_rise(suite: str) -> None:
    for seed in range(0, len(SUITES[suite].scripts), 5):
        take = play(suite, seed)
        assert take.factors["script"] == list(SUITES[suite].scripts)[seed]
        assert (np.diff(take.times_s) >= 0).all()
        assert all(len(each.found) == len(take.times_s) for each in take.persons)
        assert all(np.isfinite(each.keypoints).all() for each in take.persons)


def test_cameras_of_all_heights_tilts_and_distances_come() -> None:
    views = [play("lying", seed).view for seed in range(45)]
    for name, low, high, least, most in (
        ("height_m", 1.0, 3.0, 1.3, 2.7),
        ("tilt_deg", 0.0, 60.0, 8.0, 42.0),
        ("distance_m", 1.0, 12.0, 3.5, 8.0),
    ):
        values = np.array([getattr(view, name) for view in views])
        assert low <= values.min() < least, name
        assert most < values.max() <= high, name


def test_an_edge_cuts_and_furniture_hides_who_falls() -> None:
    def seen(suite: str) -> float:
        takes = [play(suite, seed) for seed in range(12)]
        return float(np.mean([shown(take)[-5:].mean() for take in takes]))

    assert seen("falls") > 0.9
    assert 0.2 < seen("falls_edge") < 0.7
    assert 0.2 < seen("falls_hidden") < 0.8


def test_a_low_table_hides_legs_and_not_the_trunk_of_who_stands_behind_it() -> None:
    take = play("lying", 0)
    view, world = take.view, np.zeros((1, 33, 3))
    world[0, TRUNK], world[0, LEGS] = (0.0, 0.0, 1.2), (0.0, 0.0, 0.2)
    way = view.camera.origin[:2] / np.linalg.norm(view.camera.origin[:2])
    x, y = (0.5 * way).tolist()
    facing = Stance(x, y, float(np.degrees(np.arctan2(way[1], way[0]))))
    (truth,) = see([world], view.camera, (Block(facing, 0.3, 1.2, 0.75),))
    assert truth.clear[0, TRUNK].all()
    assert not truth.clear[0, LEGS].any()


def test_a_helper_hides_who_lies_now_and_then() -> None:
    takes = [play("falls_helper", seed) for seed in range(4)]
    assert all(len(take.persons) == 2 for take in takes)
    assert any(not take.truths[0].clear.all() for take in takes)


def test_models_lose_who_lies_as_often_as_they_are_said_to() -> None:
    def found(suite: str) -> float:
        takes = [play(suite, seed) for seed in range(10)]
        lying = [
            each.found[take.times_s > take.times_s[-1] - 3] for take in takes for each in take.persons[:1]
        ]
        return float(np.mean(np.concatenate(lying)))

    assert found("falls") > 0.7
    assert 0.02 < found("falls_lost") < 0.5


def test_a_better_model_errs_less_and_is_surer() -> None:
    take = play("falls", 1)
    truth = take.truths[0]

    def error(tremble: float) -> float:
        faults = Faults(tremble=tremble, wrong_per_s=0.0)
        said = pose(truth, take.times_s, faults, np.random.default_rng(3)).keypoints[..., :2]
        return float(np.median(np.linalg.norm(said - truth.picture_px, axis=-1)))

    assert error(0.002) < error(0.01) < error(0.03)


def test_visibility_is_like_that_of_recorded_clips() -> None:
    """Hips above 0.9; wrists, knees and ankles anywhere, knees rather seen (see `pose._visibility`)."""
    takes = [play("daily", seed) for seed in range(22)]
    values = np.concatenate([t.persons[0].keypoints[shown(t).all(axis=1)][:, :, 3] for t in takes])
    low, middle, high = np.percentile(values[:, [25, 26]], [5, 50, 95])
    assert low < 0.45
    assert 0.65 < middle < 0.93
    assert high > 0.93
    assert np.percentile(values[:, [23, 24]], 5) > 0.9
    assert np.percentile(values[:, [15, 16]], 25) < 0.45


def test_a_strip_shows_figures() -> None:
    image = strip(play("falls_helper", 1), count=4, height_px=90)
    assert image.shape[0] == 90 + 16
    assert (image.min(axis=2) < 200).mean() > 0.005


def test_an_outline_ends_before_the_camera() -> None:
    camera = play("lying", 0).view.camera
    ahead, right = camera.rotation[2], camera.rotation[0]
    behind = [camera.origin + 4 * ahead + side * right - back * ahead for side, back in ((1, 0), (1, 9))]
    corners = np.array([*behind, *(point - 2 * right for point in behind[::-1])])
    shape = outline(corners, camera)
    assert len(shape) == 4
    assert np.isfinite(shape).all()
    assert len(outline(corners[[1, 1, 2, 2]], camera)) == 0
