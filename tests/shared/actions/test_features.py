import math

import msgspec
import numpy as np
import pytest

from shared.actions.features import landmarks, measure, scale_px_m
from tests.services.figures import BENDING, PRONE, SITTING, STANDING, SUPINE, Figure, Pose, person

SHARP = np.zeros((33, 2))


def features_of(figure: Figure) -> dict[str, float]:
    seen = landmarks(person(figure, 0.0, SHARP))
    assert seen is not None
    found = measure(seen, scale_px_m(seen))
    return {
        name: getattr(found, name)
        for name in ("rise_m", "hip_m", "head_m", "aspect", "thigh_deg", "knee_deg")
    }


@pytest.mark.parametrize("distance_m", [3.0, 4.0, 6.0])
@pytest.mark.parametrize(
    ("pose", "expected"),
    [
        (STANDING, {"rise_m": 0.45, "hip_m": 0.74, "head_m": 1.43, "thigh_deg": 15, "knee_deg": 5}),
        (SITTING, {"rise_m": 0.45, "hip_m": 0.40, "head_m": 1.05, "thigh_deg": 85, "knee_deg": 85}),
        (BENDING, {"rise_m": -0.04, "hip_m": 0.72}),
        (PRONE, {"rise_m": 0.03, "hip_m": 0.0, "head_m": 0.03}),
        (SUPINE, {"rise_m": 0.03, "hip_m": 0.0}),
    ],
)
def test_a_body_measures_the_same_at_any_distance(
    pose: Pose, expected: dict[str, float], distance_m: float
) -> None:
    found = features_of(Figure([(0, pose)], distance_m=distance_m))
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=12 if name.endswith("deg") else 0.13), name


def test_the_scale_without_world_landmarks_is_near_the_one_with_them() -> None:
    for pose in (STANDING, SITTING, PRONE):
        shown = person(Figure([(0, pose)]), 0.0, SHARP)
        full, bare = landmarks(shown), landmarks(msgspec.structs.replace(shown, world=None))
        assert full is not None
        assert bare is not None
        assert scale_px_m(bare) == pytest.approx(scale_px_m(full), rel=0.2)


@pytest.mark.parametrize(
    ("hidden", "unknown"),
    [
        ((0,), {"head_m"}),
        ((27, 28), {"hip_m", "head_m", "knee_deg"}),
        ((25, 26), {"thigh_deg", "knee_deg"}),
        ((11, 23, 25, 27), set()),
    ],
)
def test_what_is_hidden_is_unknown_and_nothing_else(hidden: tuple[int, ...], unknown: set[str]) -> None:
    found = features_of(Figure([(0, STANDING)], hidden=hidden))
    assert {name for name, value in found.items() if math.isnan(value)} == unknown


@pytest.mark.parametrize("hidden", [(11, 12), (23, 24), tuple(range(33))])
def test_without_shoulders_or_hips_there_is_no_body(hidden: tuple[int, ...]) -> None:
    assert landmarks(person(Figure([(0, STANDING)], hidden=hidden), 0.0, SHARP)) is None
