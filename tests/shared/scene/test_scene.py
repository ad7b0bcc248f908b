"""The picture is deterministic, and the truth is about that picture."""

import hashlib
import subprocess
import sys
from collections.abc import Iterable

import cv2
import numpy as np
import pytest

from shared.scene.room import Room
from shared.scene.scene import Mask, PersonTruth, Scene
from shared.scene.script import PostureKind, SceneEventKind
from shared.scene.url import SCENARIOS, parse

SMALL = "size=160x120&fps=5"
PEOPLED = [name for name in SCENARIOS if name != "empty"]


def scene(scenario: str, more: str = "") -> Scene:
    return Scene(parse(f"synth://{scenario}?{SMALL}{more}"))


def digest(played: Scene, indices: Iterable[int]) -> str:
    pictures = {index: played.render(index) for index in indices}
    return hashlib.sha256(b"".join(pictures[index].tobytes() for index in sorted(pictures))).hexdigest()


@pytest.mark.parametrize("scenario", ["demo", "crossing"])
def test_random_access_gives_the_bytes_of_playing_through(scenario: str) -> None:
    through = digest(scene(scenario), range(20))
    assert digest(scene(scenario), reversed(range(20))) == through
    jumping = scene(scenario)
    jumping.truth(jumping.frame_count - 1)
    assert digest(jumping, [7, 3, 19, *range(20)]) == through


def test_another_process_gives_the_same_bytes() -> None:
    program = "from tests.shared.scene.test_scene import *; print(digest(scene('demo'), range(0, 90, 9)))"
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0].strip() == digest(scene("demo"), range(0, 90, 9))


def test_another_seed_gives_another_picture_and_noise_is_new_in_each_frame() -> None:
    assert not np.array_equal(scene("demo").render(20), scene("demo", "&seed=2").render(20))
    empty = scene("empty")
    assert not np.array_equal(empty.render(0), empty.render(1))
    clean = scene("empty", "&noise=0")
    assert np.array_equal(clean.render(0), clean.render(1))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_pictures_have_the_promised_shape_and_the_length_the_duration(scenario: str) -> None:
    played = scene(scenario, "&duration=3")
    assert played.frame_count == 15
    picture = played.render(14)
    assert picture.shape == (played.height_px, played.width_px, 3) == (120, 160, 3)
    assert picture.dtype == np.uint8
    for index in (-1, 15):
        with pytest.raises(IndexError, match="15 frames"):
            played.render(index)


def test_an_empty_room_has_nobody_and_nothing_happens() -> None:
    played = scene("empty")
    assert not any(played.truth(index).persons for index in range(played.frame_count))
    assert played.events == ()


@pytest.mark.parametrize("scenario", PEOPLED)
def test_masks_are_where_the_picture_differs_from_the_empty_room(scenario: str) -> None:
    played, empty = scene(scenario, "&noise=0&fov=50"), scene("empty", "&noise=0&fov=50")
    room = empty.render(0).astype(int)
    floor = _grown(Room.of(played.camera, np.random.default_rng(1)).floor)
    seen = 0
    for index in range(0, played.frame_count, 12):
        differs = np.abs(played.render(index).astype(int) - room).max(2) > 24
        shown = np.zeros(differs.shape, bool)
        for person in played.truth(index).persons:
            shown |= person.mask
        near = _grown(shown)
        assert not (differs & ~near & ~floor).any()  # only shadows on the floor lie outside
        seen += int(shown.sum())
        assert (differs & shown).sum() >= 0.8 * shown.sum()
    assert seen > 1000


def _grown(mask: Mask) -> Mask:
    """The pixels that the lens blurs into."""
    wide: Mask = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return wide


@pytest.mark.parametrize("scenario", PEOPLED)
def test_the_parts_of_the_truth_agree(scenario: str) -> None:
    played = scene(scenario)
    for index in range(0, played.frame_count, 4):
        for person in played.truth(index).persons:
            _check(person, played)


def _check(person: PersonTruth, played: Scene) -> None:
    x0, y0, x1, y1 = person.full_box
    assert (person.keypoints > np.array([x0, y0]) - 0.5).all()
    assert (person.keypoints < np.array([x1, y1]) + 0.5).all()
    assert np.allclose(played.camera.project(person.camera_m), person.keypoints)
    assert np.allclose(played.camera.to_camera(person.world_m), person.camera_m)
    assert not (person.mask & ~person.silhouette).any()
    rows, columns = np.nonzero(person.silhouette)
    assert columns.min() >= x0 - 1
    assert columns.max() + 1 <= x1 + 1
    assert rows.min() >= y0 - 1
    assert rows.max() + 1 <= y1 + 1
    assert (person.visible_box is None) == (not person.mask.any())
    if columns.min() > 0 and columns.max() < played.width_px - 1 and rows.max() < played.height_px - 1:
        assert np.allclose(
            (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), person.full_box, atol=1.5
        )
    seen = person.keypoints[person.visible].astype(int)
    assert ((seen >= 0) & (seen < (played.width_px, played.height_px))).all()


def test_who_stands_facing_the_camera_shows_every_landmark_and_from_behind_no_face() -> None:
    played = scene("walk")
    stands = [i for i in range(played.frame_count) if _posture(played, i) == PostureKind.STANDING]
    facing, behind = played.truth(stands[0]).persons[0], played.truth(stands[-1]).persons[0]
    assert facing.visible[[0, 11, 12, 23, 24, 25, 26, 27, 28]].all()
    assert not behind.visible[[0, 2, 5, 9, 10]].any()
    assert behind.visible[[11, 12, 25, 26]].all()


def _posture(played: Scene, index: int) -> PostureKind | None:
    persons = played.truth(index).persons
    return persons[0].posture if persons else None


@pytest.mark.parametrize(
    ("scenario", "kinds"),
    [
        ("walk", []),
        ("sit", ["sit_down", "stand_up"]),
        ("bend", ["bend", "bend"]),
        ("squat", ["bend", "bend"]),
        ("fall_forward", ["fall"]),
        ("fall_backward", ["fall"]),
        ("fall_sideways", ["fall"]),
        ("lie_on_bed", ["sit_down", "lying"]),
        ("crossing", []),
        ("demo", ["sit_down", "stand_up", "fall"]),
    ],
)
@pytest.mark.parametrize("seed", [1, 5])
def test_events_are_those_of_the_scenario_in_order_and_within_it(
    scenario: str, kinds: list[str], seed: int
) -> None:
    played = scene(scenario, f"&seed={seed}")
    assert [event.kind for event in played.events] == kinds
    times = [t for event in played.events for t in (event.start_s, event.reached_s, event.settled_s)]
    assert times == sorted(times)
    assert all(0 < t <= played.duration_s for t in times)


def test_posture_follows_the_events_of_the_demo() -> None:
    played = scene("demo")
    assert 20 <= played.duration_s <= 28
    after = {
        SceneEventKind.SIT_DOWN: PostureKind.SITTING,
        SceneEventKind.STAND_UP: PostureKind.STANDING,
        SceneEventKind.FALL: PostureKind.LYING,
    }
    for event in played.events:
        assert _posture(played, round((event.settled_s + 0.2) * played.fps)) == after[event.kind]


def test_an_event_that_the_end_cuts_off_is_not_told() -> None:
    whole = scene("fall_forward").events[0]
    assert scene("fall_forward", f"&duration={whole.reached_s}").events == ()


def test_the_hidden_one_of_two_who_cross_loses_mask_but_not_outline() -> None:
    played = scene("crossing")
    hidden = []
    for index in range(played.frame_count):
        persons = {person.person: person for person in played.truth(index).persons}
        if len(persons) == 2:
            assert not (persons[0].mask & persons[1].mask).any()
            far, near = persons[0], persons[1]
            assert near.mask.sum() == near.silhouette.sum()  # nothing is nearer than the nearer one
            hidden.append((1 - far.mask.sum() / far.silhouette.sum(), far))
    share, far = max(hidden, key=lambda pair: pair[0])
    assert share > 0.4
    rows, columns = np.nonzero(far.silhouette)
    assert np.allclose((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), far.full_box, atol=1.5)
    assert not far.visible.all()


def test_further_people_walk_too_and_keep_their_numbers() -> None:
    played = scene("sit", "&people=3&fov=80")
    numbers = {person.person for index in range(0, 60, 6) for person in played.truth(index).persons}
    assert numbers == {0, 1, 2}
    assert [event.person for event in played.events] == [0, 0]


def test_the_chair_hides_who_walks_behind_it() -> None:
    played = scene("walk", "&people=3")
    covered = [
        person.silhouette.sum() - person.mask.sum()
        for index in range(0, played.frame_count, 2)
        for person in played.truth(index).persons
    ]
    assert max(covered) > 20


@pytest.mark.parametrize(
    "view", ["tilt=60&height=0.5", "fov=110", "fov=30", "tilt=-10", "height=2.5&tilt=45"]
)
def test_any_camera_gives_pictures_and_finite_truth(view: str) -> None:
    played = scene("fall_forward", f"&{view}")
    for index in range(0, played.frame_count, 9):
        assert played.render(index).shape == (120, 160, 3)
        for person in played.truth(index).persons:
            assert np.isfinite(person.full_box).all()
