import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.messages import Array, Box, Person
from shared.vision.embeddings import (
    Embeddings,
    blend,
    pack,
    unit,
    unpack,
    visible_shares,
)

NOT_KNOWN = (math.nan, math.nan)
RIGHT, UP, BETWEEN = (1.0, 0.0), (0.0, 1.0), (0.6, 0.8)

vectors = hnp.arrays(
    np.float32, st.tuples(st.integers(0, 5), st.integers(1, 40)), elements=st.floats(-100, 100, width=32)
)


def rows(*values: tuple[float, ...]) -> Embeddings:
    return np.array(values, np.float32)


def somebody(embedding: Array | None) -> Person:
    return Person((0, 0, 10, 20), 0.9, embedding=embedding)


@given(vectors)
def test_rows_have_length_one_or_are_not_known(values: Embeddings) -> None:
    made = unit(values)
    lengths = np.linalg.norm(made, axis=1)
    assert made.shape == values.shape
    assert np.all(np.isnan(lengths) | (np.abs(lengths - 1) < 1e-5))
    assert np.isnan(lengths)[(values == 0).all(axis=1)].all()


@pytest.mark.parametrize("values", [(0.0, 0.0), (math.nan, 1.0), (math.inf, 0.0)])
def test_a_vector_without_a_direction_is_not_known(values: tuple[float, float]) -> None:
    assert np.isnan(unit(rows(values, (3.0, 4.0)))).tolist() == [[True, True], [False, False]]


@given(st.integers(1, 512), st.integers(0, 2**32 - 1))
def test_what_was_packed_is_nearly_the_same_again(length: int, seed: int) -> None:
    embedding = unit(np.random.default_rng(seed).normal(size=(1, length)))
    person = somebody(pack(embedding[0]))
    again = unpack((somebody(None), person))
    assert again is not None
    assert np.isnan(again[0]).all()
    assert float(again[1] @ embedding[0]) == pytest.approx(1, abs=0.001)
    assert np.linalg.norm(again[1]) == pytest.approx(1, abs=1e-5)


def test_256_numbers_are_512_bytes() -> None:
    assert len(pack(unit(np.ones((1, 256)))[0]).data) == 512


def test_of_people_without_embeddings_nothing_is_known() -> None:
    assert unpack(()) is None
    assert unpack((somebody(None), somebody(None))) is None


def test_embeddings_of_two_models_in_one_frame_are_refused() -> None:
    two = (somebody(pack(rows(RIGHT)[0])), somebody(pack(rows((1.0, 0.0, 0.0))[0])))
    with pytest.raises(ValueError, match=r"come from one model, not \[2, 3\]"):
        unpack(two)


@pytest.mark.parametrize(
    ("mean", "seen", "weight", "expected"),
    [
        (NOT_KNOWN, UP, 0.1, UP),
        (NOT_KNOWN, UP, 0.0, UP),
        (RIGHT, NOT_KNOWN, 0.1, RIGHT),
        (RIGHT, UP, 0.0, RIGHT),
        (RIGHT, UP, 1.0, UP),
        (RIGHT, UP, 7.0, UP),
        (RIGHT, UP, 0.5, (math.sqrt(0.5), math.sqrt(0.5))),
        (RIGHT, (-1.0, 0.0), 0.5, (-1.0, 0.0)),
        (RIGHT, RIGHT, 0.3, RIGHT),
    ],
)
def test_the_mean_steps_towards_what_is_seen(
    mean: tuple[float, ...], seen: tuple[float, ...], weight: float, expected: tuple[float, ...]
) -> None:
    blended = blend(rows(mean, RIGHT), rows(seen, NOT_KNOWN), np.array((weight, 1.0), np.float32))
    assert blended[0] == pytest.approx(expected, abs=1e-6)
    assert blended[1].tolist() == list(RIGHT)


def test_of_nobody_there_is_no_mean() -> None:
    none = np.empty((0, 8), np.float32)
    assert blend(none, none, np.empty(0, np.float32)).shape == (0, 8)


def test_the_mean_of_noisy_looks_is_nearer_to_the_truth_than_a_look() -> None:
    random = np.random.default_rng(3)
    truth = unit(random.normal(size=(1, 256)))
    looks = unit(truth + 0.06 * random.normal(size=(60, 256)))
    mean = np.full_like(truth, np.nan)
    for look in looks:
        mean = blend(mean, look[None], np.array([0.1], np.float32))
    assert float((mean @ truth.T)[0, 0]) > float((looks @ truth.T).max())


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], []),
        ([(10, 10, 30, 50)], [1.0]),
        ([(-10, 0, 10, 20)], [0.5]),
        ([(0, 460, 20, 500)], [0.5]),
        ([(700, 0, 720, 20)], [0.0]),
        ([(5, 5, 5, 9)], [0.0]),
        ([(0, 0, 20, 40), (10, 0, 30, 40)], [0.5, 0.5]),
        ([(0, 0, 40, 40), (10, 10, 20, 20)], [0.9375, 0.0]),
        ([(0, 0, 20, 40), (20, 0, 40, 40)], [1.0, 1.0]),
        ([(0, 0, 20, 40), (10, 0, 30, 40), (0, 0, 5, 40)], [0.25, 0.5, 0.0]),
    ],
)
def test_how_much_of_each_box_shows_its_person_alone(boxes: list[Box], expected: list[float]) -> None:
    made = np.array(boxes, np.float32).reshape(-1, 4)
    assert visible_shares(made, 640, 480) == pytest.approx(expected)
