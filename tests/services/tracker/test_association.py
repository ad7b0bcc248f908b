import numpy as np
import pytest

from services.tracker.association import Bodies, assign, costs
from services.tracker.kalman import Floats


def bodies(*boxes: tuple[float, float, float, float]) -> Bodies:
    return Bodies(np.array(boxes, float).reshape(-1, 4), np.full((len(boxes), 13, 3), np.nan))


def with_arms(body: Bodies, rows: list[float]) -> Bodies:
    """Thirteen visible points in a line that leans by `rows` px: the same box, another pose."""
    keypoints = np.ones((len(rows), 13, 3))
    line = np.linspace(-0.5, 0.5, 13)
    for row, lean in enumerate(rows):
        cx, cy, _, height = body.position[row]
        keypoints[row, :, 0] = cx + lean * line
        keypoints[row, :, 1] = cy + height * line
    return Bodies(body.position, keypoints)


def now(count: int) -> Floats:
    return np.zeros(count)


def test_nobody_matches_nobody() -> None:
    assert costs(bodies(), bodies(), now(0)).shape == (0, 0)
    rows, columns = assign(np.empty((0, 3)))
    assert rows.size == columns.size == 0


def test_the_same_box_costs_nothing() -> None:
    one = bodies((50, 50, 20, 60))
    assert costs(one, one, now(1))[0, 0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("observed", "unseen_s", "allowed"),
    [
        ((100.0, 130.0, 100.0, 40.0), 0.1, True),  # fell over: other shape, little overlap, half a body lower
        ((100.0, 190.0, 40.0, 100.0), 0.0, False),  # most of a body away at once
        ((100.0, 190.0, 40.0, 100.0), 0.5, True),  # ... but not after half a second
        ((100.0, 230.0, 40.0, 100.0), 9.0, False),  # never further than the widest gate
        ((100.0, 100.0, 10.0, 20.0), 0.1, False),  # a fifth of the size
    ],
)
def test_the_gate_counts_in_body_sizes_and_opens_with_time(
    observed: tuple[float, float, float, float], unseen_s: float, allowed: bool
) -> None:
    cost = costs(bodies((100, 100, 40, 100)), bodies(observed), np.array([unseen_s]))
    assert np.isfinite(cost[0, 0]) == allowed


def test_keypoints_tell_apart_people_whose_boxes_do_not() -> None:
    tracks = with_arms(bodies((100, 100, 60, 120), (104, 100, 60, 120)), [-50, 50])
    observed = with_arms(bodies((102, 100, 60, 120), (102, 100, 60, 120)), [50, -50])
    rows, columns = assign(costs(tracks, observed, now(2)))
    assert dict(zip(rows.tolist(), columns.tolist(), strict=True)) == {0: 1, 1: 0}


def test_assignment_never_uses_a_forbidden_pair() -> None:
    cost = np.array([[np.inf, 0.1], [np.inf, 0.2]])
    rows, columns = assign(cost)
    assert (rows.tolist(), columns.tolist()) == ([0], [1])
