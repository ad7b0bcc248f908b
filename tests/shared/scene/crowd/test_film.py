from functools import cache

import numpy as np
import pytest

from shared.scene.crowd.film import LEAVES, CrowdSpec, Film, film
from shared.scene.crowd.pace import Pace
from shared.scene.crowd.view import View, visible_shares

WALK = CrowdSpec("walk", 20, duration_s=30.0, seed=3)
CROWDS = (
    CrowdSpec("walk", 5, duration_s=12.0),
    WALK,
    CrowdSpec("walk", 60, duration_s=6.0, pace=Pace(varying=True, lost=0.1)),
    CrowdSpec("walk", 200, duration_s=2.0),
    CrowdSpec("show", 8, duration_s=6.0, pace=Pace(fps=20.0)),
    CrowdSpec("acrobatics", 8, duration_s=6.0),
    CrowdSpec("dance", 10, duration_s=12.0),
)


seen = cache(film)  # the same film for every test that looks at it
each_crowd = pytest.mark.parametrize("spec", CROWDS, ids=lambda spec: f"{spec.motion}-{spec.people}")


def columns(shot: Film) -> list[bytes]:
    return [values.tobytes() for values in (shot.pts_us, shot.frames, shot.ids, shot.boxes, shot.visible)]


def test_the_same_spec_gives_the_same_bytes_and_another_seed_another_crowd() -> None:
    assert columns(film(CROWDS[0])) == columns(film(CROWDS[0]))
    other = film(CrowdSpec("walk", 5, duration_s=12.0, seed=2))
    assert columns(other)[3] != columns(film(CROWDS[0]))[3]


@each_crowd
def test_an_id_is_in_every_frame_from_its_first_to_its_last(spec: CrowdSpec) -> None:
    shot = seen(spec)
    for person in np.unique(shot.ids):
        frames = shot.frames[shot.ids == person]
        assert np.array_equal(frames, np.arange(frames[0], frames[-1] + 1)), person


@each_crowd
def test_ids_count_from_one_without_a_gap(spec: CrowdSpec) -> None:
    shot = seen(spec)
    assert np.array_equal(np.unique(shot.ids), np.arange(1, shot.ids.max() + 1))


@each_crowd
def test_rows_are_sorted_by_frame_and_id_and_rows_finds_them(spec: CrowdSpec) -> None:
    shot = seen(spec)
    order = np.lexsort((shot.ids, shot.frames))
    assert np.array_equal(order, np.arange(order.size))
    last = shot.pts_us.size - 1
    assert np.all(shot.frames[shot.rows(last)] == last)
    assert shot.rows(last).stop == shot.ids.size


@each_crowd
def test_boxes_lie_in_the_picture_and_have_an_area(spec: CrowdSpec) -> None:
    shot = seen(spec)
    assert shot.boxes.min() >= 0
    assert np.all(shot.boxes[:, 2] <= shot.size_px[0])
    assert np.all(shot.boxes[:, 3] <= shot.size_px[1])
    assert np.all(shot.boxes[:, 2:] - shot.boxes[:, :2] > 1)


@each_crowd
def test_visible_shares_are_shares_and_the_nearest_person_is_not_hidden(spec: CrowdSpec) -> None:
    shot = seen(spec)
    assert shot.visible.min() >= 0
    assert shot.visible.max() <= 1
    nearest = shot.boxes[shot.rows(0), 3].argmax()
    assert shot.visible[shot.rows(0)][nearest] > LEAVES


@each_crowd
def test_about_as_many_people_as_asked_for_are_in_the_picture(spec: CrowdSpec) -> None:
    shot = seen(spec)
    counts = np.bincount(shot.frames, minlength=shot.pts_us.size)
    assert 0.6 * spec.people <= counts.mean() <= 1.25 * spec.people


def test_people_come_and_go_while_others_walk_on() -> None:
    shot = seen(WALK)
    last = shot.frames.max()
    ends = {int(person): shot.frames[shot.ids == person][-1] for person in np.unique(shot.ids)}
    gone = [person for person, frame in ends.items() if frame < last]
    came = [person for person in ends if shot.frames[shot.ids == person][0] > 0]
    assert len(gone) >= 5
    assert len(came) >= 5
    assert len(ends) - len(gone) >= 10


def test_some_leave_over_the_edge_and_some_through_a_door() -> None:
    shot = seen(WALK)
    last = shot.frames.max()
    at_edge = []
    for person in np.unique(shot.ids):
        rows = np.flatnonzero(shot.ids == person)
        if shot.frames[rows[-1]] < last:
            box = shot.boxes[rows[-1]]
            at_edge.append(bool(box[0] <= 0 or box[2] >= shot.size_px[0]))
    assert any(at_edge)
    assert not all(at_edge)


def test_nobody_appears_in_the_middle_of_the_floor() -> None:
    shot = seen(WALK)
    far_feet = np.percentile(shot.boxes[:, 3], 2)
    for person in np.unique(shot.ids):
        row = int(np.flatnonzero(shot.ids == person)[0])
        box, frame = shot.boxes[row], shot.frames[row]
        at_edge = box[0] <= 0 or box[2] >= shot.size_px[0]
        assert frame == 0 or at_edge or box[3] < 1.1 * far_feet, (person, box)


def test_walkers_stop_turn_and_hide_each_other() -> None:
    shot = seen(WALK)
    assert (shot.visible < 0.2).any()
    slow, back = 0, 0
    for person in np.unique(shot.ids):
        middle = shot.boxes[shot.ids == person][:, [0, 2]].mean(axis=1)
        if middle.size < 50:
            continue
        step = middle[25:] - middle[:-25]
        slow += bool((np.abs(step) < 4).any())
        back += bool((step > 25).any() and (step < -25).any())
    assert slow >= 3
    assert back >= 3


def test_dancers_change_shape_and_direction_faster_than_walkers() -> None:
    def unrest(spec: CrowdSpec) -> tuple[float, float]:
        shot = seen(spec)
        rows = shot.ids == 1
        boxes = shot.boxes[rows]
        sides = (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1])
        height = np.median(boxes[:, 3] - boxes[:, 1])
        bend = np.abs(np.diff(boxes[:, [0, 2]].mean(axis=1), n=2)) / height
        return float(sides.std()), float(np.percentile(bend, 90))

    walk, dance = unrest(CROWDS[0]), unrest(CROWDS[-1])
    assert dance[0] > 3 * walk[0]
    assert dance[1] > 2 * walk[1]


def test_the_pace_changes_when_pictures_are_taken_and_not_what_people_do() -> None:
    steady = film(CrowdSpec("walk", 20, duration_s=6.0, seed=5))
    uneven = film(CrowdSpec("walk", 20, duration_s=6.0, seed=5, pace=Pace(varying=True, lost=0.2)))
    assert np.all(np.diff(steady.pts_us) == 40_000)
    assert np.unique(np.diff(uneven.pts_us)).size >= 3
    common = np.intersect1d(steady.pts_us, uneven.pts_us)
    assert common.size == uneven.pts_us.size < steady.pts_us.size
    for pts_us in common[[0, -1]]:
        first, second = (
            each.boxes[each.rows(int(np.flatnonzero(each.pts_us == pts_us)[0]))] for each in (steady, uneven)
        )
        shared = {tuple(box) for box in first.round(6)} & {tuple(box) for box in second.round(6)}
        assert len(shared) >= 0.9 * len(second)


@pytest.mark.parametrize(("people", "duration_s"), [(0, 1.0), (1001, 1.0), (5, 0.0), (5, 4000.0)])
def test_a_crowd_out_of_range_is_refused(people: int, duration_s: float) -> None:
    with pytest.raises(ValueError, match="give 1 to 1000 people"):
        film(CrowdSpec("walk", people, duration_s))


def test_who_stands_twice_as_far_is_half_as_high() -> None:
    view = View.over(1.7, 4.0, 20.0, 60.0)
    foot = np.array([[0.0, 6.0, 0.0], [0.0, 12.0, 0.0]])
    head = foot + np.array([0.0, 0.0, 1.7])
    heights = np.diff(
        [view.camera.project(view.camera.to_camera(each))[:, 1] for each in (head, foot)], axis=0
    )[0]
    assert heights[0] / heights[1] == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize(
    ("boxes", "depth", "expected"),
    [
        ([], [], []),
        ([[0, 0, 10, 20]], [5.0], [1.0]),
        ([[0, 0, 10, 20], [20, 0, 30, 20]], [5.0, 4.0], [1.0, 1.0]),
        (
            [[0, 0, 10, 20], [0, 10, 10, 30]],
            [5.0, 4.0],
            [0.625, 1.0],
        ),  # six of eight columns, six of twelve rows
        ([[0, 0, 10, 20], [-50, -50, 60, 70]], [5.0, 4.0], [0.0, 1.0]),
        ([[0, 0, 10, 20], [-50, -50, 60, 70]], [4.0, 5.0], [1.0, 1.0 - 240 / 13200]),
    ],
    ids=["nobody", "alone", "apart", "half covered", "hidden", "in front"],
)
def test_visible_share_is_what_nobody_nearer_covers(
    boxes: list[list[float]], depth: list[float], expected: list[float]
) -> None:
    shares = visible_shares(np.array(boxes, float).reshape(-1, 4), np.array(depth))
    assert shares == pytest.approx(expected, abs=0.03)
