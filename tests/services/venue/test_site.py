"""From frames with people to places on the ground, against the scene's own truth."""

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from services.venue.feet import feet_of
from services.venue.site import Site
from shared.messages import Array, Frame, Person
from shared.scene.camera import Camera
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Venue
from shared.vision.calibration import CalibrationError

Floats = NDArray[np.float64]

WALK = "synth://walk?height=2.4&noise=0"
MARKS = [(x, y) for x in (-1.5, 0.0, 1.5) for y in (2.5, 4.0, 5.5)]


def points(camera: Camera, *, mirror: bool = False) -> list[dict[str, list[float]]]:
    """The scene's exact calibration, as a configuration has it."""
    places = np.column_stack([np.array(MARKS), np.ones(len(MARKS))])
    px = places @ camera.floor_to_picture().T
    px = px[:, :2] / px[:, 2:]
    turn = -1.0 if mirror else 1.0
    return [{"px": [u, v], "m": [turn * x, y]} for (u, v), (x, y) in zip(px.tolist(), MARKS, strict=True)]


def venue(**more: object) -> Venue:
    camera = {"points": points(Scene(parse(WALK)).camera)}
    return Venue.model_validate({"cameras": {"left": camera}, **more})


def person(scene: Scene, index: int, *, keypoints: bool = True) -> tuple[Person, Floats]:
    """Somebody of the scene, and where he is on the floor: below his hips."""
    found = people(scene, index, keypoints=keypoints)
    assert found
    return found[0]


def people(scene: Scene, index: int, *, keypoints: bool = True) -> list[tuple[Person, Floats]]:
    """Everybody in the picture, in the same way."""
    found = []
    for truth in scene.truth(index).persons:
        body = np.zeros((33, 5), np.float32)
        body[:, :2], body[:, 3:] = truth.keypoints, 1.0
        array = Array.of(body) if keypoints else None
        skeleton = "blazepose33" if keypoints else None
        where: Floats = truth.world_m[[23, 24], :2].mean(axis=0)
        found.append((Person(truth.full_box, 0.9, skeleton, keypoints=array, track=5), where))
    return found


def frame(*persons: Person, camera: str = "left", size: tuple[int, int] = (640, 480)) -> Frame:
    return Frame(
        camera=camera,
        run=1,
        seq=0,
        pts_us=40_000,
        captured_us=1_700_000_000_000_000,
        width_px=size[0],
        height_px=size[1],
        persons=persons,
    )


@pytest.mark.parametrize(("keypoints", "most_m"), [(True, 0.15), (False, 0.3)])
def test_walking_people_are_placed_where_they_are(keypoints: bool, most_m: float) -> None:
    scene, site = Scene(parse(WALK)), Site(venue())
    off, likely = [], []
    for index in range(0, scene.frame_count, 10):
        for one, where in people(scene, index, keypoints=keypoints):
            placed = site.place(frame(one))
            if placed.followed[0]:
                offset = placed.metres[0] - where
                off.append(np.linalg.norm(offset))
                likely.append(offset @ np.linalg.solve(placed.noise[0], offset))
    assert len(off) > 10
    assert np.percentile(off, 90) < most_m
    assert np.mean(likely) < 3.0  # two degrees of freedom: no more certain than right


def test_only_people_with_tracks_in_the_field_are_followed() -> None:
    scene, site = Scene(parse(WALK)), Site(venue(field={"low": [5, 5], "high": [9, 9]}))
    one, _ = person(scene, scene.frame_count // 2)
    nobody = msgspec.structs.replace(one, track=None)
    placed = site.place(frame(one, nobody))
    assert placed.tracks.tolist() == [5]
    assert placed.followed.tolist() == [False]
    assert site.sightings(frame(one, nobody)).tracks.tolist() == []
    assert site.place(frame()).metres.shape == (0, 2)


def test_who_is_cut_off_by_the_lower_edge_is_nowhere() -> None:
    cut = Person(box=(10.0, 100.0, 90.0, 479.0), score=0.9, track=1)
    assert np.isnan(feet_of([cut], 480).px).all()
    assert not Site(venue()).place(frame(cut)).followed.any()


def test_who_stands_above_the_horizon_is_nowhere() -> None:
    flying = Person(box=(300.0, 5.0, 340.0, 60.0), score=0.9, track=1)
    assert not Site(venue()).place(frame(flying)).followed.any()


def test_ankles_count_only_where_both_are_seen() -> None:
    body = np.zeros((33, 5), np.float32)
    body[[27, 28]] = [[50, 90, 0, 1, 1], [54, 94, 0, 1, 1]]
    box = (40.0, 0.0, 60.0, 100.0)
    seen = Person(box=box, score=1.0, skeleton="blazepose33", keypoints=Array.of(body))
    body[28, 3] = 0.1
    hidden = msgspec.structs.replace(seen, keypoints=Array.of(body))
    px = feet_of([seen, hidden], 480).px
    assert px[0].tolist() == pytest.approx([52.0, 95.9])
    assert px[1].tolist() == pytest.approx([50.0, 96.3])


def test_a_picture_scaled_for_analysis_gives_the_same_places() -> None:
    scene = Scene(parse(WALK))
    one, _ = person(scene, scene.frame_count // 2, keypoints=False)
    camera = {"points": points(scene.camera), "size_px": [640, 480]}
    site = Site(Venue.model_validate({"cameras": {"left": camera}}))
    x0, y0, x1, y1 = one.box
    small = msgspec.structs.replace(one, box=(x0 / 2, y0 / 2, x1 / 2, y1 / 2))
    whole, half = site.place(frame(one)), site.place(frame(small, size=(320, 240)))
    assert np.allclose(whole.metres, half.metres)
    assert np.allclose(whole.noise, half.noise)


def test_live_pictures_go_by_the_wall_clock_and_films_by_their_own() -> None:
    site, film = Site(venue()), frame()
    assert site.sightings(film).at_us == film.pts_us
    assert site.sightings(msgspec.structs.replace(film, live=True)).at_us == film.captured_us


def test_looks_go_along() -> None:
    scene = Scene(parse(WALK))
    one, _ = person(scene, scene.frame_count // 2)
    look = np.array([0.6, 0.8], np.float16)
    known = msgspec.structs.replace(one, embedding=Array.of(look), track=6)
    looks = Site(venue()).sightings(frame(one, known)).looks
    assert looks is not None
    assert np.allclose(looks, np.array([[0.0, 0.0], look]))


def test_cameras_that_see_the_ground_mirrored_are_refused() -> None:
    camera = Scene(parse(WALK)).camera
    cameras = {"a": {"points": points(camera)}, "b": {"points": points(camera, mirror=True)}}
    with pytest.raises(CalibrationError, match="b sees the ground of a as in a mirror"):
        Site(Venue.model_validate({"cameras": cameras}))


def test_a_camera_whose_points_tell_no_ground_is_named() -> None:
    line = [{"px": [i, i], "m": [i, 0]} for i in range(5)]
    with pytest.raises(CalibrationError, match=r"venue\.cameras\.left: .* one line"):
        Site(Venue.model_validate({"cameras": {"left": {"points": line}}}))


def test_a_scene_becomes_one_person_with_a_distance() -> None:
    scene, site = Scene(parse(WALK)), Site(venue())
    fusion, places = site.fusion(), []
    for index in range(0, scene.frame_count, 2):
        for one, where in people(scene, index):
            picture = msgspec.structs.replace(frame(one), pts_us=round(index / scene.fps * 1e6))
            fusion.step(site.sightings(picture))
            if site.place(picture).followed[0]:
                places.append(where)
    walked = float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())
    assert fusion.view().ids.tolist() == [1]
    assert fusion.view().distance_m[0] == pytest.approx(walked, rel=0.3)
