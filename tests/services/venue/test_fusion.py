import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from services.venue.fusion import Fusion
from services.venue.memory import Memory
from services.venue.sightings import Seen, Sightings
from shared.messages import Farewell
from shared.settings import Effort
from shared.settings import Fusion as Policy
from tests.services.venue.walks import Hall, film, score, shoot

Floats = NDArray[np.float64]

FPS = 50.0


@pytest.mark.parametrize(
    ("cameras", "people", "seconds", "median_m", "switches"),
    [(1, 5, 15.0, 0.15, 0), (2, 10, 12.0, 0.10, 0), (3, 10, 10.0, 0.08, 0), (4, 20, 8.0, 0.08, 1)],
)
def test_people_in_a_hall_are_placed_and_keep_their_ids(
    cameras: int, people: int, seconds: float, median_m: float, switches: int
) -> None:
    found = score(Fusion([0.0] * cameras), film(Hall(cameras=cameras), people, seconds, seed=1))
    assert found.median_m < median_m
    assert found.late_m < 4 * median_m
    assert found.switches <= switches
    assert found.missed <= 0.02 * found.expected
    assert found.doubled <= 0.02 * found.expected
    assert len(found.ids) <= people + switches


def test_looks_do_no_harm_where_places_tell_all() -> None:
    found = score(Fusion([0.0] * 3), film(Hall(cameras=3, looks=64), 10, 12.0, seed=4))
    assert (found.switches, len(found.ids)) == (0, 10)


def test_clocks_that_are_apart_are_estimated() -> None:
    hall = Hall(cameras=3, offsets_s=(0.0, 0.3, -0.2, 0.0))
    fusion = Fusion([None] * 3)
    score(fusion, film(hall, 8, 25.0, seed=2))
    assert np.allclose(fusion.offsets_s, [0.0, -0.3, 0.2], atol=0.05)


def test_configured_clocks_are_left_alone() -> None:
    fusion = Fusion([0.0, -0.3])
    score(fusion, film(Hall(cameras=2, offsets_s=(0.0, 0.3, 0.0, 0.0)), 5, 10.0, seed=2))
    assert fusion.offsets_s.tolist() == [0.0, -0.3]


def test_a_restored_memory_goes_on_to_the_bit_and_fits_a_checkpoint() -> None:
    moments = list(film(Hall(cameras=4, looks=256), 20, 4.0, seed=3))
    whole, first = Fusion([None] * 4), Fusion([None] * 4)
    encoder, decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Memory)
    for moment in moments[:250]:
        whole.step(moment.sightings)
        first.step(moment.sightings)
    stored = encoder.encode(first.memory())
    assert len(stored) < 65_536
    second = Fusion([None] * 4)
    second.restore(decoder.decode(stored))
    for moment in moments[250:]:
        one, other = whole.step(moment.sightings), second.step(moment.sightings)
        assert np.array_equal(one.ids, other.ids)
        assert np.array_equal(one.mean, other.mean)
    assert encoder.encode(whole.memory()) == encoder.encode(second.memory())


def sighting(
    camera: int, time_s: float, *places: tuple[int, float, float], look: int | None = None
) -> Sightings:
    """A picture with people (the camera's own id, x, y), each known to 10 cm; all of one look of four."""
    looks = None if look is None else np.tile(np.eye(4)[look], (len(places), 1))
    return Sightings(
        camera=camera,
        at_us=round(time_s * 1e6),
        tracks=np.array([number for number, _, _ in places], np.int64),
        metres=np.array([(x, y) for _, x, y in places], np.float64).reshape(-1, 2),
        noise=np.tile(0.01 * np.eye(2), (len(places), 1, 1)),
        looks=looks,
    )


def play(
    fusion: Fusion, camera: int, start_s: float, end_s: float, *places: tuple[int, float, float]
) -> Seen:
    """Somebody who stands there, 20 pictures a second; what the last one gave."""
    seen = fusion.step(sighting(camera, start_s, *places))
    for time_s in np.arange(start_s + 0.05, end_s, 0.05):
        seen = fusion.step(sighting(camera, float(time_s), *places))
    return seen


def test_nobody_has_an_id_before_he_was_watched_for_a_while() -> None:
    fusion = Fusion([0.0])
    assert play(fusion, 0, 0.0, 0.2, (7, 1.0, 1.0)).ids.tolist() == [0]
    assert play(fusion, 0, 0.2, 0.5, (7, 1.0, 1.0)).ids.tolist() == [1]


def test_a_person_whom_two_cameras_come_to_see_is_one_and_the_older_id_goes_on() -> None:
    fusion, merged = Fusion([0.0, 0.0]), list[tuple[int, int]]()
    for time_s in np.arange(0.0, 4.0, 0.05):
        x = 3.0 - min(float(time_s), 2.0)  # of the second camera's track: it comes from elsewhere
        fusion.step(sighting(0, float(time_s), (1, 1.0, 1.0)))
        merged += fusion.step(sighting(1, float(time_s) + 0.01, (1, x, 1.0))).merged
    assert merged == [(2, 1)]
    assert fusion.view().ids.tolist() == [1]
    assert fusion.view().seen_by.tolist() == [[True, True]]


def test_two_people_taken_for_one_part_again() -> None:
    fusion, ids = Fusion([0.0, 0.0]), np.zeros(0, np.int64)
    for time_s in np.arange(0.0, 6.0, 0.05):
        x = 1.0 + max(float(time_s) - 2.0, 0.0)
        first = fusion.step(sighting(0, float(time_s), (1, 1.0, 1.0)))
        second = fusion.step(sighting(1, float(time_s) + 0.01, (1, x, 1.0)))
        ids = np.concatenate([first.ids, second.ids])
    assert sorted(ids.tolist()) == [1, 2]


def test_an_id_goes_from_camera_to_camera_across_a_gap() -> None:
    fusion = Fusion([0.0, 0.0])
    for time_s in np.arange(0.0, 2.0, 0.05):
        fusion.step(sighting(0, float(time_s), (4, 1.0 + float(time_s), 2.0)))
    assert fusion.view().ids.tolist() == [1]
    for time_s in np.arange(4.0, 5.0, 0.05):
        seen = fusion.step(sighting(1, float(time_s), (9, 0.6 + float(time_s), 2.0)))
    assert seen.ids.tolist() == [1]


def test_looks_decide_who_comes_back() -> None:
    fusion = Fusion([0.0])
    for time_s in np.arange(0.0, 1.0, 0.05):
        fusion.step(sighting(0, float(time_s), (1, 1.0, 1.0), look=0))
    for time_s in np.arange(2.0, 3.0, 0.05):
        other = fusion.step(sighting(0, float(time_s), (2, 1.0, 1.0), look=1))
    for time_s in np.arange(4.0, 5.0, 0.05):
        same = fusion.step(sighting(0, float(time_s), (3, 1.0, 1.0), look=0))
    assert (other.ids.tolist(), same.ids.tolist()) == ([2], [1])


def test_who_cannot_have_come_so_far_is_somebody_else() -> None:
    fusion = Fusion([0.0])
    play(fusion, 0, 0.0, 1.0, (1, 1.0, 1.0))
    assert play(fusion, 0, 1.1, 2.0, (2, 20.0, 1.0)).ids.tolist() == [2]


def test_who_is_away_for_too_long_has_left_and_the_id_is_not_used_again() -> None:
    fusion, left = Fusion([0.0]), list[Farewell]()
    play(fusion, 0, 0.0, 1.0, (1, 1.0, 1.0))
    left += fusion.step(sighting(0, 20.0)).left
    assert [(one.id, one.distance_m, one.seen_us) for one in left] == [(1, 0.0, 950_000)]
    assert play(fusion, 0, 20.1, 21.0, (1, 1.0, 1.0)).ids.tolist() == [2]


def test_a_camera_that_begins_anew_hands_its_people_on() -> None:
    fusion = Fusion([0.0])
    play(fusion, 0, 0.0, 1.0, (1, 1.0, 1.0), (2, 5.0, 5.0))
    fusion.forget(0)
    assert play(fusion, 0, 1.0, 2.0, (1, 5.0, 5.0), (2, 1.0, 1.0)).ids.tolist() == [2, 1]


def test_a_picture_without_people_and_one_from_the_past_do_no_harm() -> None:
    fusion = Fusion([0.0, 0.0])
    assert fusion.step(sighting(0, 0.0)).ids.tolist() == []
    play(fusion, 0, 0.0, 1.0, (1, 1.0, 1.0))
    play(fusion, 1, 0.3, 0.9, (1, 1.0, 1.0))
    assert fusion.step(sighting(0, 0.2, (1, 1.0, 1.0))).ids.tolist() == [1]
    assert fusion.view().ids.tolist() == [1]


def test_no_more_people_than_allowed_are_remembered() -> None:
    fusion = Fusion([0.0], Policy(max_people=2))
    seen = play(fusion, 0, 0.0, 1.0, (1, 1.0, 1.0), (2, 4.0, 1.0), (3, 8.0, 1.0))
    assert sorted(seen.ids.tolist()) == [0, 1, 2]


def path(*legs: tuple[float, float]) -> Floats:
    """(F, 1, 2) along the hall, from 2 m on: legs of (metres, m/s), speeds reached at 4 m/s^2."""
    x, speed, places = 2.0, 0.0, []
    for length, wanted in legs:
        end = x + length
        while (end - x) * np.sign(length) > 0:
            speed += float(np.clip(wanted * np.sign(length) - speed, -4 / FPS, 4 / FPS))
            x += speed / FPS
            places.append((x, 7.5))
    return np.array(places)[:, None]


def followed(truth: Floats, cameras: int) -> Fusion:
    fusion = Fusion([0.0] * cameras, effort=Effort())
    for moment in shoot(Hall(cameras=cameras), truth, np.random.default_rng(0), FPS):
        fusion.step(moment.sightings)
    return fusion


@pytest.mark.parametrize("cameras", [1, 2])
def test_who_stands_goes_nowhere(cameras: int) -> None:
    view = followed(np.tile(np.array([[[10.0, 7.0]]]), (round(30 * FPS), 1, 1)), cameras).view()
    assert view.distance_m[0] < 0.1
    assert view.top_m_s[0] < 0.8
    assert view.sprints.tolist() == [0]


def test_distance_speed_and_sprints_are_those_of_the_truth() -> None:
    truth = path((24, 8.5), (-24, 1.5), (24, 8.5), (-10, 3.0))
    view = followed(truth, 2).view()
    walked = float(np.linalg.norm(np.diff(truth[:, 0], axis=0), axis=1).sum())
    assert view.distance_m[0] == pytest.approx(walked, rel=0.03)
    assert view.top_m_s[0] == pytest.approx(8.5, abs=0.5)
    assert view.sprints.tolist() == [2]
