import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.vision.decoding.simcc import decode_simcc
from tests.shared.vision.decoding.drawings import distributions

WIDTH_PX, HEIGHT_PX = 192, 256


POINT = st.tuples(st.floats(0, WIDTH_PX - 1), st.floats(0, HEIGHT_PX - 1))


@given(st.lists(POINT, min_size=1, max_size=6), st.sampled_from([1, 2, 3]))
@settings(deadline=None, max_examples=60)
def test_a_drawn_gaussian_is_found_to_half_a_bin(points: list[tuple[float, float]], split: int) -> None:
    true = np.array([points])
    found = decode_simcc(
        distributions(true[..., 0], WIDTH_PX, split), distributions(true[..., 1], HEIGHT_PX, split)
    )
    errors = np.abs(found.points * (WIDTH_PX, HEIGHT_PX) - true)
    assert errors.max() <= 0.5 / split + 1e-3
    assert found.scores.min() > 0.99


def test_a_keypoint_is_as_sure_as_its_less_sure_distribution() -> None:
    place = np.array([[50.0]])
    found = decode_simcc(distributions(place, WIDTH_PX, 2, 0.9), distributions(place, HEIGHT_PX, 2, 0.3))
    assert found.scores[0, 0] == pytest.approx(0.3)
    assert found.presence[0] == pytest.approx(0.3)


@pytest.mark.parametrize(("value", "score"), [(0.0, 0.0), (-1.0, 0.0), (0.5, 0.5), (4.0, 1.0)])
def test_a_flat_distribution_is_its_first_bin(value: float, score: float) -> None:
    found = decode_simcc(np.full((1, 1, 8), value, np.float32), np.full((1, 1, 12), value, np.float32))
    assert np.array_equal(found.points, np.zeros((1, 1, 2)))
    assert found.scores[0, 0] == score


def test_a_batch_is_the_same_as_its_bodies_one_by_one() -> None:
    generator = np.random.default_rng(1)
    x = generator.normal(size=(4, 17, 384)).astype(np.float32)
    y = generator.normal(size=(4, 17, 512)).astype(np.float32)
    together = decode_simcc(x, y)
    for index in range(4):
        alone = decode_simcc(x[index : index + 1], y[index : index + 1])
        assert np.array_equal(alone.points[0], together.points[index])
        assert np.array_equal(alone.scores[0], together.scores[index])


def test_no_bodies_are_no_keypoints() -> None:
    found = decode_simcc(np.zeros((0, 17, 8), np.float32), np.zeros((0, 17, 8), np.float32))
    assert (found.points.shape, found.scores.shape) == ((0, 17, 2), (0, 17))


@pytest.mark.parametrize("shape", [(1, 16, 8), (2, 17, 8), (1, 17, 0)])
def test_distributions_that_do_not_belong_together_are_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="do not belong together"):
        decode_simcc(np.zeros((1, 17, 8), np.float32), np.zeros(shape, np.float32))
