from functools import partial

import msgspec
import numpy as np
import pytest
from numpy.random import Generator

from shared.messages import Limb, Person, TrackState
from shared.vision.masks import pack, unpack
from shared.vision.skeletons import find
from tests.bench.changes import films
from tests.bench.changes.films import FEET, HEAD, LEGS, Change
from tests.bench.stages import Film
from tests.services.figures import PRONE, Take, falling, film


def rng(seed: int = 1) -> Generator:
    return np.random.default_rng(seed)


def with_silhouette(person: Person) -> Person:
    """The upper left quarter of the box, and a limb on each side."""
    bits = np.zeros((4, 6), np.bool_)
    bits[:2, :3] = True
    x0, y0, _, _ = person.box
    left = Limb(0.9, 0.8, 0.7, 400, occluded=False, box=person.box, centroid=(x0, y0), axis_deg=30.0)
    right = Limb(0.1, 0.2, 0.3, 100, occluded=True)
    return msgspec.structs.replace(
        person,
        mask=pack(bits, person.box),
        limbs={"torso": right, "left_shin": left, "right_shin": right},
        velocity=(5.0, -3.0),
    )


def made() -> Film:
    """Somebody falls, and is not seen for half a second after it."""
    frames = film([falling(PRONE)], Take(fps=30, duration_s=4.0))
    gone = Person((10.0, 20.0, 90.0, 60.0), 0.9, track=1, track_state=TrackState.LOST)
    return tuple(
        msgspec.structs.replace(frame, persons=(), lost=(gone,))
        if frame.seq >= 105
        else msgspec.structs.replace(frame, persons=tuple(map(with_silhouette, frame.persons)))
        for frame in frames
    )


FILM = made()


def person_of(changed: Film, seq: int) -> Person:
    (person,) = changed[seq].persons
    return person


def points(changed: Film, seq: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    keypoints = person_of(changed, seq).keypoints
    assert keypoints is not None
    return keypoints.numpy()


RANDOM: dict[str, Change] = {
    "off": partial(films.off, share=0.02),
    "hidden": partial(films.hidden, words=FEET, share=0.5),
    "lost": partial(films.lost, share=0.4),
    "turned": partial(films.turned, share=0.5),
}
CERTAIN: dict[str, Change] = {
    "mirrored": films.mirrored,
    "at_rate": partial(films.at_rate, fps=10),
    "flat": films.flat,
    "cut_off": partial(films.cut_off, left=0.3),
}


@pytest.mark.parametrize("change", [*RANDOM.values(), *CERTAIN.values()], ids=[*RANDOM, *CERTAIN])
def test_a_seed_changes_a_film_in_one_way_and_leaves_the_film_itself_alone(change: Change) -> None:
    before = made()
    once = change(before, rng())
    assert before == FILM
    assert once != before
    assert once == change(before, rng())


@pytest.mark.parametrize("change", RANDOM.values(), ids=RANDOM)
def test_another_seed_changes_a_film_in_another_way(change: Change) -> None:
    assert change(FILM, rng(1)) != change(FILM, rng(2))


def test_a_mirror_of_a_mirror_shows_the_room() -> None:
    once = films.mirrored(FILM, rng())
    twice = films.mirrored(once, rng())
    assert once[20].persons[0].box[0] == pytest.approx(640 - FILM[20].persons[0].box[2])
    assert once[110].lost[0].box == (550.0, 20.0, 630.0, 60.0)
    for seq in (0, 60, 80):
        before, after = person_of(FILM, seq), person_of(twice, seq)
        np.testing.assert_allclose(points(twice, seq), points(FILM, seq), atol=1e-3)
        assert after.box == pytest.approx(before.box)
        assert after.limbs.keys() == before.limbs.keys()
        assert after.limbs["left_shin"].axis_deg == 30.0
        assert after.mask is not None
        assert before.mask is not None
        assert (unpack(after.mask) == unpack(before.mask)).all()
        assert after.world is not None
        assert before.world is not None
        assert (after.world.numpy() == before.world.numpy()).all()


def test_a_mirror_makes_the_left_side_the_right_one() -> None:
    person, mirrored = person_of(FILM, 0), person_of(films.mirrored(FILM, rng()), 0)
    index = find("blazepose33").index
    before, after = points(FILM, 0), points(films.mirrored(FILM, rng()), 0)
    assert after[index["left_knee"], 0] == pytest.approx(640 - before[index["right_knee"], 0])
    assert mirrored.limbs["right_shin"].coverage == 0.9
    assert mirrored.limbs["right_shin"].axis_deg == -30.0
    assert mirrored.velocity == (-5.0, -3.0)
    assert mirrored.mask is not None
    assert unpack(mirrored.mask)[:2, 3:].all()
    assert mirrored.world is not None
    assert person.world is not None
    assert mirrored.world.numpy()[25, 0] == -person.world.numpy()[26, 0]


@pytest.mark.parametrize(
    ("fps", "phase", "count", "first_s"), [(15, 0, 60, 0.0), (10, 0, 40, 0.0), (5, 0.5, 20, 0.1)]
)
def test_a_slow_camera_keeps_its_rate(fps: float, phase: float, count: int, first_s: float) -> None:
    slow = films.at_rate(FILM, rng(), fps=fps, phase=phase)
    assert len(slow) == count
    assert slow[0].pts_us == pytest.approx(first_s * 1e6, abs=2)
    assert all(frame == FILM[frame.seq] for frame in slow)
    assert films.at_rate((), rng(), fps=fps) == ()


def test_landmarks_are_off_by_a_share_of_the_body() -> None:
    jittered = films.off(FILM, rng(), share=0.02)
    moved = np.concatenate([(points(jittered, seq) - points(FILM, seq))[:, :2] for seq in range(60)])
    extent_px = np.ptp(points(FILM, 0)[:, :2], axis=0).max()
    assert moved.std() == pytest.approx(0.02 * extent_px, rel=0.1)
    assert (points(jittered, 0)[:, 3:] == points(FILM, 0)[:, 3:]).all()


@pytest.mark.parametrize(
    ("words", "hidden", "seen"),
    [
        (FEET, "left_foot_index", "left_knee"),
        (LEGS, "right_knee", "right_hip"),
        (HEAD, "mouth_left", "left_wrist"),
    ],
)
def test_hidden_landmarks_are_hardly_visible(words: tuple[str, ...], hidden: str, seen: str) -> None:
    after = points(films.hidden(FILM, rng(), words=words), 5)
    index = find("blazepose33").index
    assert after[index[hidden], 3] == pytest.approx(0.1)
    assert after[index[seen], 3] == 1
    assert (after[:, :2] == points(FILM, 5)[:, :2]).all()


def test_feet_are_hidden_in_half_of_the_poses() -> None:
    after = films.hidden(FILM, rng(), words=FEET, share=0.5)
    hidden = sum(points(after, seq)[31, 3] < 0.5 for seq in range(105))
    assert 35 <= hidden <= 70


def test_who_has_no_places_in_space_is_seen_as_before() -> None:
    after = films.flat(FILM, rng())
    assert person_of(after, 0).world is None
    assert person_of(after, 0).keypoints == person_of(FILM, 0).keypoints


def test_lost_poses_leave_a_lost_track_where_they_were() -> None:
    after = films.lost(FILM, rng(), share=0.4)
    gone = [frame for frame in after[:105] if not frame.persons]
    assert 25 <= len(gone) <= 60
    for frame in gone:
        (person,), before = frame.lost, person_of(FILM, frame.seq)
        assert (person.box, person.track, person.track_state) == (before.box, 1, TrackState.LOST)
        assert person.lost_low == (person.box[2] - person.box[0] >= 1.1 * (person.box[3] - person.box[1]))
    assert after[105:] == FILM[105:]


def test_turned_bodies_keep_their_size() -> None:
    after = films.turned(FILM, rng(), share=1.0)
    for seq in (0, 50, 90):
        before, now = points(FILM, seq)[:, :2], points(after, seq)[:, :2]
        assert not np.allclose(before, now, atol=1)
        assert np.linalg.norm(now[11] - now[27]) == pytest.approx(
            np.linalg.norm(before[11] - before[27]), rel=1e-3
        )
    assert films.turned(FILM, rng(), share=0.0) == FILM


@pytest.mark.parametrize(
    "change",
    [
        partial(films.cut_off, left=0.45),
        partial(films.cut_off, top=0.45),
        partial(films.cut_off, right=0.45),
        partial(films.cut_off, bottom=0.45),
    ],
)
def test_what_is_left_at_an_edge_lies_in_the_smaller_picture(change: Change) -> None:
    after = change(FILM, rng())
    assert min(after[0].width_px / 640, after[0].height_px / 480) == pytest.approx(0.55)
    for frame in after[:105]:
        for person in frame.persons:
            x0, y0, x1, y1 = person.box
            assert 0 <= x0 < x1 <= frame.width_px
            assert 0 <= y0 < y1 <= frame.height_px


def test_landmarks_and_silhouette_beyond_the_edge_are_guessed_or_gone() -> None:
    before = points(FILM, 0)
    middle_px = round(float(before[:, 1].mean()))
    after = films.cut_off(FILM, rng(), top=middle_px / 480)
    above = before[:, 1] < middle_px
    assert points(after, 0)[:, 3].tolist() == pytest.approx(np.where(above, 0.3, 1.0).tolist())
    assert points(after, 0)[:, 1].tolist() == pytest.approx((before[:, 1] - middle_px).tolist(), abs=1e-3)
    mask = person_of(after, 0).mask
    assert mask is not None
    assert not unpack(mask)[0].any()
    assert films.cut_off(FILM, rng(), bottom=0.9)[0].persons == ()
