"""Second looks for people who lie, with a network that sees only what stands."""

import itertools
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from services.detector.places import REMEMBERED_US
from services.detector.stage import DetectorStage, Known, build
from shared.bus.frames import Image
from shared.messages import Array, Box, Person
from shared.settings import Detector, Runtime, Settings
from shared.worker import Work
from tests.services.detector import bars
from tests.services.footage import clip, frame_in, frame_of, run_one, through_wire, work_of

Make = Callable[..., DetectorStage]
Bars = list[tuple[Box, float]]

STANDS: Bars = [(bars.upright(3, 4), 1.0)]
FALLEN: Bars = [(bars.lying(4, 5), 1.0)]
DIM: Bars = [(bars.upright(3, 4), 0.3)]


class Camera:
    """A camera's frames, one every 100 ms, through a stage; its memory goes over the wire each time."""

    def __init__(self, stage: DetectorStage) -> None:
        self.state = stage.fresh()
        self._stage = stage
        self._seq = 0
        self._pts_us = 0

    def sees(self, room: Bars, after_us: int = 100_000) -> tuple[Person, ...]:
        """Who counts as there without further evidence."""
        self._seq += 1
        self._pts_us += after_us
        image = bars.room(room)
        message, state = run_one(self._stage, frame_of(image, self._seq, self._pts_us), self.state, image)
        self.state = through_wire(state, Known)
        return tuple(person for person in message.persons if person.score >= 0.5)


def test_without_a_second_look_who_has_fallen_is_lost_and_nothing_is_remembered(bar_stage: Make) -> None:
    camera = Camera(bar_stage(second_look="none"))
    assert len(camera.sees(STANDS)) == 1
    assert camera.sees(FALLEN) == camera.sees(DIM) == ()
    assert camera.state.places == ()


@pytest.mark.parametrize("column", [2, 4, 5])
def test_who_lies_is_found_in_the_turned_picture(bar_stage: Make, column: int) -> None:
    camera = Camera(bar_stage(second_look="turned"))
    assert len(camera.sees(STANDS)) == 1
    for _ in range(3):
        (person,) = camera.sees([(bars.lying(column, 5), 1.0)])
        assert person.box == pytest.approx(bars.lying(column, 5), abs=12)
        assert person.score > 0.8
    assert len(camera.sees(STANDS)) == 1


def test_nobody_who_was_not_there_is_looked_for(bar_stage: Make) -> None:
    for look in ("turned", "last_box"):
        camera = Camera(bar_stage(second_look=look))
        assert [camera.sees(room) for room in (FALLEN, DIM, FALLEN, [])] == [()] * 4


def test_a_weak_person_at_the_last_box_counts_with_the_least_score_that_counts(bar_stage: Make) -> None:
    camera = Camera(bar_stage(second_look="last_box"))
    camera.sees(STANDS)
    for _ in range(3):
        (person,) = camera.sees(DIM)
        assert person.box == pytest.approx(bars.upright(3, 4))
        assert person.score == 0.5


@pytest.mark.parametrize("second_look", ["turned", "last_box"])
def test_what_is_far_from_where_somebody_was_is_nobody(bar_stage: Make, second_look: str) -> None:
    camera = Camera(bar_stage(second_look=second_look))
    assert len(camera.sees([(bars.upright(0, 1), 1.0)])) == 1
    assert camera.sees([(bars.lying(5, 7), 1.0)]) == ()
    assert camera.sees([(bars.upright(7, 6), 0.3)]) == ()


@pytest.mark.parametrize(("second_look", "room"), [("turned", FALLEN), ("last_box", DIM)])
def test_who_has_not_been_found_for_long_is_forgotten(bar_stage: Make, second_look: str, room: Bars) -> None:
    camera = Camera(bar_stage(second_look=second_look))
    camera.sees(STANDS)
    assert camera.sees([], REMEMBERED_US) == ()
    assert camera.sees(room, 1) == ()
    assert camera.state.places == ()


@pytest.mark.parametrize(("second_look", "room"), [("turned", FALLEN), ("last_box", DIM)])
def test_who_is_found_again_is_remembered_anew(bar_stage: Make, second_look: str, room: Bars) -> None:
    camera = Camera(bar_stage(second_look=second_look))
    camera.sees(STANDS)
    for _ in range(3):
        assert len(camera.sees(room, REMEMBERED_US)) == 1


@pytest.mark.parametrize(("second_look", "room"), [("turned", FALLEN), ("last_box", DIM)])
def test_memory_ends_where_media_time_goes_back(bar_stage: Make, second_look: str, room: Bars) -> None:
    camera = Camera(bar_stage(second_look=second_look))
    camera.sees(STANDS, 5_000_000)
    assert camera.sees(room, -1_000_000) == ()


def test_a_weak_thing_that_was_never_sure_is_not_kept_alive(bar_stage: Make) -> None:
    camera = Camera(bar_stage(second_look="last_box"))
    assert len(camera.sees([(bars.upright(3, 4), 0.65)])) == 1  # counts, and might be a chair
    assert camera.sees(DIM) == ()


def test_who_still_stands_is_not_taken_for_who_fell(bar_stage: Make) -> None:
    camera = Camera(bar_stage(second_look="turned"))
    other = (bars.upright(7, 3), 1.0)
    assert len(camera.sees([*STANDS, other])) == 2
    persons = camera.sees([(bars.lying(3, 5), 1.0), other])
    assert [person.box for person in persons] == [
        pytest.approx(other[0], abs=1),
        pytest.approx(bars.lying(3, 5), abs=12),
    ]


def test_one_weak_person_does_not_stand_for_two(bar_stage: Make) -> None:
    camera = Camera(bar_stage(second_look="last_box"))
    room = [(bars.upright(3, 4), 1.0), (bars.upright(5, 4), 1.0)]
    assert len(camera.sees(room)) == 2
    assert len(camera.sees(DIM)) == 1
    assert len(camera.state.places) == 2


def test_second_looks_do_not_depend_on_the_batch(bar_stage: Make) -> None:
    stage = bar_stage(second_look="turned")
    works: list[Work[Known]] = []
    for index, room in enumerate((FALLEN, STANDS, [], FALLEN)):
        camera = Camera(stage)
        camera.sees(STANDS if index < 3 else [])
        image = bars.room(room)
        works.append(work_of(frame_of(image, 9, 300_000, camera=f"c{index}"), camera.state, image))
    together = stage.process(works)
    assert together == [stage.process([work])[0] for work in works]
    assert [len(frame_in(done).persons) for done in together] == [1, 1, 0, 0]


def test_a_checkpoint_of_before_there_were_second_looks_is_read(bar_stage: Make) -> None:
    old = msgspec.msgpack.encode({"looked_us": 1, "boxes": Array("<f4", (0, 4), b""), "motion": 0.0})
    assert msgspec.msgpack.decode(old, type=Known).places == ()


@pytest.fixture(scope="module")
def falling_off_a_chair() -> list[tuple[int, Image]]:
    """15 pictures a second: till 2.8 s somebody sits and falls, then he lies on his side."""
    return list(itertools.islice(clip("gmdcsa24/s1_fall_15.mp4"), 60, 120, 2))


@pytest.mark.data
@pytest.mark.parametrize(
    ("second_look", "least", "most"), [("none", 0, 0.2), ("last_box", 0.5, 1), ("turned", 0.9, 1)]
)
def test_who_fell_off_a_real_chair_is_found_by_second_looks_only(
    runtime: Runtime,
    falling_off_a_chair: list[tuple[int, Image]],
    second_look: str,
    least: float,
    most: float,
) -> None:
    detector = Detector.model_validate(
        {"model": "yolox-nano", "score": 0.3, "iou": 0.45, "every_s": 0, "second_look": second_look}
    )
    stage = build(Settings(runtime=runtime, detector=detector))
    state, found = stage.fresh(), []
    for seq, (pts_us, image) in enumerate(falling_off_a_chair):
        message, state = run_one(stage, frame_of(image, seq, pts_us), state, image)
        if pts_us > 2_800_000:
            middles = [np.array(person.box).reshape(2, 2).mean(axis=0) for person in message.persons]
            found.append(any(x < 340 and 335 < y < 455 for x, y in middles))
    share = sum(found) / len(found)
    assert least <= share <= most
