import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.vision.decoding.keypoints import Keypoints
from shared.vision.decoding.posenet import PoseNetLayout, decode_one, decode_people
from tests.shared.vision.decoding.drawings import (
    COLUMNS,
    POSENET,
    ROWS,
    Outputs,
    bodies_at,
    posenet_outputs,
)
from tests.shared.vision.decoding.plain_posenet import PlainDecoder


def people_in(*pictures: Outputs, layout: PoseNetLayout = POSENET) -> list[Keypoints]:
    heatmaps, short, mid = (np.stack(each) for each in zip(*pictures, strict=True))
    return decode_people(heatmaps, short, mid, layout)


def noise(seed: int, count: int = 1) -> list[Outputs]:
    generator = np.random.default_rng(seed)
    return [
        (
            generator.normal(-1.5, 1.5, (17, ROWS, COLUMNS)).astype(np.float32),
            generator.normal(0, 8, (34, ROWS, COLUMNS)).astype(np.float32),
            generator.normal(0, 40, (64, ROWS, COLUMNS)).astype(np.float32),
        )
        for _ in range(count)
    ]


def test_one_drawn_body_is_found_where_it_is() -> None:
    bodies = bodies_at((231.7, 150.2))
    heatmaps, short, _ = posenet_outputs(bodies)
    found = decode_one(heatmaps[None], short[None], POSENET)
    assert found.points[0] * POSENET.input_px == pytest.approx(bodies[0], abs=0.01)
    assert found.scores.min() > 0.95


@pytest.mark.parametrize(("row", "column"), [(2, 29), (20, 3)])
def test_a_row_is_no_column(row: int, column: int) -> None:
    heatmaps = np.full((1, 17, ROWS, COLUMNS), -9, np.float32)
    heatmaps[:, :, row, column] = 2
    short = np.zeros((1, 34, ROWS, COLUMNS), np.float32)
    short[:, :17], short[:, 17:] = 5, -3
    found = decode_one(heatmaps, short, POSENET)
    expected = np.array((column * 16 - 3, row * 16 + 5))
    assert found.points[0] * POSENET.input_px == pytest.approx(np.tile(expected, (17, 1)), abs=1e-3)
    assert found.scores[0] == pytest.approx(np.full(17, 1 / (1 + np.exp(-2.0))))


MIDDLE = st.tuples(st.floats(60, 420), st.floats(100, 220))


@given(MIDDLE)
@settings(deadline=None, max_examples=20)
def test_everybody_who_is_found_alone_is_found_among_people(middle: tuple[float, float]) -> None:
    bodies = bodies_at(middle)
    (people,) = people_in(posenet_outputs(bodies))
    assert len(people.points) == 1
    assert people.points[0] * POSENET.input_px == pytest.approx(bodies[0], abs=0.05)
    assert people.presence[0] == pytest.approx(people.scores[0].mean(), abs=1e-6)


@pytest.mark.parametrize(
    "middles",
    [
        [(100.0, 150.0), (300.0, 180.0)],
        [(180.0, 150.0), (250.0, 160.0)],
        [(90.0, 130.0), (240.0, 200.0), (390.0, 150.0)],
    ],
    ids=["apart", "arm in arm", "three"],
)
def test_drawn_people_are_told_apart(middles: list[tuple[float, float]]) -> None:
    bodies = bodies_at(*middles)
    (people,) = people_in(posenet_outputs(bodies))
    order = np.argsort(people.points[:, 0, 0])
    assert people.points[order] * POSENET.input_px == pytest.approx(bodies, abs=0.1)


def test_keypoints_that_two_people_share_count_for_one_of_them() -> None:
    bodies = bodies_at((180.0, 150.0), (300.0, 150.0))
    bodies[1, 9] = bodies[0, 9] + 3
    (people,) = people_in(posenet_outputs(bodies))
    assert len(people.points) == 2
    own = people.presence - people.scores.mean(axis=1)
    assert sorted(np.round(own, 2).tolist()) == pytest.approx([-people.scores[0, 9] / 17, 0], abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_people_are_those_of_the_plain_decoder_also_in_noise(seed: int) -> None:
    layout = PoseNetLayout((481, 353), score=0.25)
    (outputs,) = noise(seed)
    bodies = bodies_at((120.0, 150.0), (330.0, 190.0))
    mixed = tuple(
        0.7 * clean + 0.3 * noisy for clean, noisy in zip(posenet_outputs(bodies), outputs, strict=True)
    )
    heatmaps, short, mid = mixed
    expected = PlainDecoder(heatmaps, short, mid, layout).poses()
    (people,) = people_in((heatmaps, short, mid), layout=layout)
    assert len(expected) >= 2
    assert people.presence == pytest.approx([pose.score for pose in expected], abs=1e-4)
    points = np.stack([pose.points_px for pose in expected])
    assert people.points * POSENET.input_px == pytest.approx(points, abs=0.05)
    assert people.scores == pytest.approx(np.stack([pose.scores for pose in expected]), abs=1e-3)


def test_a_batch_is_the_same_as_its_pictures_one_by_one() -> None:
    layout = PoseNetLayout((481, 353), score=0.2)
    empty = (np.full((17, ROWS, COLUMNS), -9, np.float32), *posenet_outputs(bodies_at((200.0, 150.0)))[1:])
    pictures = [*noise(7, 2), empty, posenet_outputs(bodies_at((200.0, 150.0), (330.0, 160.0)))]
    together = people_in(*pictures, layout=layout)
    for picture, found in zip(pictures, together, strict=True):
        (alone,) = people_in(picture, layout=layout)
        assert np.array_equal(alone.points, found.points)
        assert np.array_equal(alone.presence, found.presence)
    assert [len(found.points) for found in together[2:]] == [0, 2]


def test_no_more_people_than_wanted_are_followed() -> None:
    bodies = bodies_at((90.0, 130.0), (240.0, 200.0), (390.0, 150.0))
    (people,) = people_in(posenet_outputs(bodies), layout=PoseNetLayout((481, 353), most=2))
    assert len(people.points) == 2


def test_no_pictures_have_no_people() -> None:
    shapes = [(0, channels, ROWS, COLUMNS) for channels in (17, 34, 64)]
    heatmaps, short, mid = (np.zeros(shape, np.float32) for shape in shapes)
    assert decode_people(heatmaps, short, mid, POSENET) == []
    assert decode_one(heatmaps, short, POSENET).points.shape == (0, 17, 2)


def test_outputs_of_other_keypoints_are_refused() -> None:
    heatmaps, short, mid = (np.zeros((1, channels, ROWS, COLUMNS), np.float32) for channels in (16, 32, 60))
    with pytest.raises(ValueError, match="16, 32 and 60 channels"):
        decode_people(heatmaps, short, mid, POSENET)
