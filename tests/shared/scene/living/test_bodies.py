"""Bodies of the scripts move as bodies can, and the labels say what they do."""

import numpy as np
import pytest

from shared.scene.living.daily import DAILY, LYING
from shared.scene.living.falls import FALLS
from shared.scene.living.part import Part, stooped
from shared.scene.living.someone import Age, Someone
from shared.scene.living.stage import Stage
from shared.scene.skeleton import Floats, landmarks, solve

SCRIPTS = {**FALLS, **DAILY, **LYING}
UPRIGHT_FALLS = ("fall_forward", "fall_backward", "fall_sideways", "fall_bottom", "fall_crumple")
ON_PURPOSE = ("exercise", "sit_floor", "lie_bed", "sit_chair", "kneel")
RATE_HZ = 50
HIPS, HEAD = [23, 24], 0
LIMBS = [HEAD, 11, 12, 13, 14, 23, 24, 25, 26, 27, 28]  # hands alone may be quicker


def acted(script: str, seed: int) -> tuple[Someone, Part, Floats]:
    """Who plays a script, and (T, 33, 3) metres at `RATE_HZ`."""
    stage = Stage(np.random.default_rng([7, seed]), list(Age)[seed % len(Age)])
    SCRIPTS[script](stage)
    someone, part = stage.cast[0]
    times = np.arange(0, part.end_s, 1 / RATE_HZ)
    rows = stooped(part.rows(times), someone.stoop_deg)
    return someone, part, landmarks(solve(rows, someone.actor.stature_m, someone.build), someone.build)


def sinking(points: Floats) -> float:
    """Greatest speed of the hips downwards, m/s."""
    return float(-np.diff(points[:, HIPS, 2].mean(axis=1)).min() * RATE_HZ)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("seed", [0, 2])
def test_nobody_sinks_into_the_floor_or_jumps_from_place_to_place(script: str, seed: int) -> None:
    _, _, points = acted(script, seed)
    assert points[:, LIMBS, 2].min() > -0.01
    assert np.linalg.norm(np.diff(points[:, LIMBS], axis=0), axis=-1).max() * RATE_HZ < 12.0


@pytest.mark.parametrize("script", UPRIGHT_FALLS)
@pytest.mark.parametrize("seed", range(3))
def test_hips_hit_the_ground_as_fast_as_in_real_falls(script: str, seed: int) -> None:
    """2.14 m/s (SD 0.63) in 25 real falls: within two standard deviations."""
    assert 0.88 < sinking(acted(script, seed)[2]) < 3.4


@pytest.mark.parametrize("script", ON_PURPOSE)
@pytest.mark.parametrize("seed", range(3))
def test_who_goes_down_on_purpose_is_slower(script: str, seed: int) -> None:
    assert sinking(acted(script, seed)[2]) < 1.3


@pytest.mark.parametrize("script", FALLS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_labelled_fall_ends_on_the_floor_at_its_times(script: str, seed: int) -> None:
    _, part, points = acted(script, seed)
    (fall,) = [label for label in part.labels if label.fall]
    named = ("descent_s", "ground_s", "settled_s", "last_on_ground_s")
    times = [time for name in named if isinstance(time := fall.times[name], float)]
    assert times == sorted(times)
    descent, ground, settled, last = (round(time * RATE_HZ) for time in times)
    hips = points[:, HIPS, 2].mean(axis=1)
    assert fall.reaches == "floor"
    assert hips[ground] < 0.25
    assert hips[settled : last - 1].max() < 0.25
    assert hips[descent] > hips[ground] + 0.12
    assert 0.3 < times[1] - times[0] < 4.0


def test_children_are_small_with_large_heads_and_old_people_stoop() -> None:
    def standing(age: Age) -> tuple[float, float, float]:
        heights, heads, leans = [], [], []
        for seed in range(20):
            stage = Stage(np.random.default_rng(seed), age)
            someone, part = stage.enter()
            part.stay(1.0)
            rows = stooped(part.rows(np.array([0.5])), someone.stoop_deg)
            body = solve(rows, someone.actor.stature_m, someone.build)
            points = landmarks(body, someone.build)[0]
            heights.append(points[:, 2].max())
            heads.append(np.linalg.norm(points[HEAD] - body.neck[0]) / points[:, 2].max())
            trunk = points[[11, 12]].mean(axis=0) - points[HIPS].mean(axis=0)
            leans.append(np.degrees(np.arctan2(np.linalg.norm(trunk[:2]), trunk[2])))
        return float(np.median(heights)), float(np.median(heads)), float(np.median(leans))

    adult, old, child = (standing(age) for age in (Age.ADULT, Age.OLD, Age.CHILD))
    assert child[0] < 1.35 < old[0] < adult[0]
    assert child[1] > 1.15 * adult[1]
    assert old[2] > adult[2] + 5
