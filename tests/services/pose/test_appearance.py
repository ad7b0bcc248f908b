"""Whom re-identification looks at and when, with networks of a user's."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from services.pose.appearance import Appearance, Looks
from services.pose.bodies import Body
from services.pose.people import Memory, People, Seen
from services.pose.stage import build
from shared.bus.frames import Image
from shared.messages import Box, Event, Frame, Person
from shared.models import registry
from shared.models.errors import ModelError
from shared.models.running import open_model
from shared.settings import Pose, ReId, Runtime, Settings
from shared.vision.embeddings import unpack
from shared.vision.regions import Region
from shared.worker import Stage
from tests.services.footage import frame_of, run_one, through_wire, work_of
from tests.services.pose.test_models_of_users import box_for, detected_at
from tests.services.pose.toys import BROKEN, COLOURS, HEATMAP, LONG, NOWHERE, Network, pulled, spots, written

RED, BLUE = (0, 0, 255), (255, 0, 0)
LEFT: Box = (100, 100, 160, 240)
MIDDLE: Box = (140, 100, 200, 240)  # a third of it is LEFT's as well
RIGHT: Box = (400, 100, 460, 240)


def colours(folder: Path, runtime: Runtime, settings: ReId | None = None) -> Appearance:
    return appearance(folder, runtime, COLOURS, settings)


def appearance(folder: Path, runtime: Runtime, network: Network, settings: ReId | None = None) -> Appearance:
    entries = written(folder, network, {})
    model = open_model(registry.of(entries).find("toy"), pulled(entries, runtime))
    return Appearance(settings or ReId(model="toy", settle_s=0), model, margin=0.0)


@pytest.fixture
def eye(tmp_path: Path, runtime: Runtime) -> Appearance:
    return colours(tmp_path, runtime)


def seen_in(box: Box, memory: Memory) -> Seen:
    """A body whose keypoints reach to the corners of the box."""
    points = np.array((box[:2], box[2:]), np.float32)
    sure = np.ones(2, np.float32)
    return Seen(memory, memory.region, Body(points, sure, sure, None, sure > 0, memory.region, 0.9))


def known(look_us: int | None, misses: int = 0) -> Memory:
    return Memory(Region(0, 0, 100, 0), 0, misses=misses, look_us=look_us)


def look(eye: Appearance, image: Image, pts_us: int, people: Sequence[Seen]) -> Looks:
    (looks,) = eye.look([work_of(frame_of(image, 0, pts_us), People(), image)], [people])
    return looks


def who_was_looked_at(looks: Looks) -> list[bool]:
    return [embedding is not None for embedding in looks.embeddings]


def painted(*patches: tuple[Box, tuple[int, int, int]]) -> Image:
    """A dark picture with coloured boxes."""
    image = np.full((360, 640, 3), 20, np.uint8)
    for (x0, y0, x1, y1), colour in patches:
        image[int(y0) : int(y1), int(x0) : int(x1)] = colour
    return image


def test_people_of_one_colour_are_near_and_those_of_two_are_not(eye: Appearance) -> None:
    image = painted((LEFT, RED), (RIGHT, BLUE), ((250, 50, 310, 200), RED))
    people = [seen_in(box, known(None)) for box in (LEFT, RIGHT, (250.0, 50.0, 310.0, 200.0))]
    looks = look(eye, image, 0, people)
    embeddings = unpack([Person(LEFT, 0.9, embedding=each) for each in looks.embeddings])
    assert embeddings is not None
    cosines = embeddings @ embeddings.T
    assert cosines[0, 2] > 0.99
    assert cosines[0, 1] < 0.7


@pytest.mark.parametrize(
    ("memory", "pts_us", "due", "next_us"),
    [
        (known(None), 0, False, 500_000),
        (known(500_000), 480_000, False, 500_000),
        (known(500_000), 520_000, True, 1_520_000),
        (known(1_520_000), 1_480_000, False, 1_520_000),
        (known(1_520_000, misses=1), 1_600_000, False, 2_100_000),
        (known(5_000_000), 0, False, 5_000_000),
    ],
    ids=("new", "not settled", "settled", "looked at just now", "found again", "time ran back"),
)
def test_who_is_new_or_found_again_is_looked_at_once_settled_and_then_now_and_then(
    memory: Memory, pts_us: int, due: bool, next_us: int, tmp_path: Path, runtime: Runtime
) -> None:
    eye = colours(tmp_path, runtime, ReId(model="toy", settle_s=0.5, every_s=1))
    looks = look(eye, painted((LEFT, RED)), pts_us, [seen_in(LEFT, memory)])
    assert who_was_looked_at(looks) == [due]
    assert looks.look_us == [next_us]


@pytest.mark.parametrize(
    ("boxes", "looked_at"),
    [
        ([LEFT, RIGHT], [True, True]),
        ([LEFT, MIDDLE], [False, False]),
        ([(600.0, 100.0, 660.0, 240.0)], [False]),
        ([(595.0, 100.0, 655.0, 240.0)], [True]),
        ([(100.0, 100.0, 130.0, 160.0)], [False]),
        ([(100.0, 100.0, 240.0, 170.0)], [False]),
        ([(100.0, 100.0, 220.0, 240.0)], [False]),
        ([], []),
    ],
    ids=("apart", "hidden", "half out", "a quarter out", "too small", "lying", "sitting", "nobody"),
)
def test_who_is_hidden_cut_off_small_or_not_upright_is_not_looked_at(
    eye: Appearance, boxes: list[Box], looked_at: list[bool]
) -> None:
    looks = look(eye, painted((LEFT, RED)), 0, [seen_in(box, known(None)) for box in boxes])
    assert who_was_looked_at(looks) == looked_at


def test_with_no_limits_at_all_only_who_is_outside_the_picture_is_not_looked_at(
    tmp_path: Path, runtime: Runtime
) -> None:
    limits = ReId(model="toy", settle_s=0, least_visible=0, least_upright=0, least_height_px=8)
    boxes: list[Box] = [LEFT, (600, 100, 700, 110), (650, 100, 700, 240), (300, 100, 300, 240)]
    looks = look(
        colours(tmp_path, runtime, limits), painted(), 0, [seen_in(box, known(None)) for box in boxes]
    )
    assert who_was_looked_at(looks) == [True, True, False, False]


def test_who_was_hidden_is_looked_at_once_that_is_over_and_landmarks_have_settled(
    tmp_path: Path, runtime: Runtime
) -> None:
    eye = colours(tmp_path, runtime, ReId(model="toy", settle_s=0.08))
    memories, told = [known(0), known(0)], []
    for index, other in enumerate((RIGHT, RIGHT, MIDDLE, MIDDLE, RIGHT, RIGHT, RIGHT)):
        people = [seen_in(box, memory) for box, memory in zip((LEFT, other), memories, strict=True)]
        looks = look(eye, painted((LEFT, RED)), index * 40_000, people)
        told.append(who_was_looked_at(looks)[0])
        memories = [known(look_us) for look_us in looks.look_us]
    assert told == [True, False, False, False, False, True, False]


def test_a_crop_without_direction_gives_no_embedding_and_is_not_tried_at_once_again(
    tmp_path: Path, runtime: Runtime
) -> None:
    eye = appearance(tmp_path, runtime, NOWHERE)
    looks = look(eye, painted((LEFT, RED)), 7, [seen_in(LEFT, known(None))])
    assert who_was_looked_at(looks) == [False]
    assert looks.look_us == [1_000_007]


def test_a_network_that_gives_no_numbers_is_an_error(tmp_path: Path, runtime: Runtime) -> None:
    eye = appearance(tmp_path, runtime, BROKEN)
    with pytest.raises(ModelError, match="toy gives numbers that are not finite"):
        look(eye, painted(((0, 0, 640, 360), RED)), 0, [seen_in(LEFT, known(None))])


def test_the_people_of_a_batch_do_not_change_each_other(eye: Appearance) -> None:
    images = [painted((LEFT, colour), (RIGHT, BLUE)) for colour in (RED, BLUE, (0, 90, 200))]
    works = [work_of(frame_of(image, camera=f"c{row}"), People(), image) for row, image in enumerate(images)]
    people = [[seen_in(LEFT, known(None)), seen_in(RIGHT, known(9))], [], [seen_in(RIGHT, known(None))]]
    together = eye.look(works, people)
    assert together == [eye.look([work], [seen])[0] for work, seen in zip(works, people, strict=True)]
    assert [len(looks.embeddings) for looks in together] == [2, 0, 1]


@pytest.mark.parametrize(
    ("name", "network", "lines", "error"),
    [
        ("selfie", COLOURS, {}, "selfie tells nobody apart"),
        ("toy", COLOURS, {"input": "{ height = 128, width = 96, fit = 'stretch' }"}, "fit must be region"),
        ("toy", LONG, {}, "of 513 numbers; choose one for pose.reid.model that gives 512 at most"),
    ],
)
def test_a_model_that_gives_no_embeddings_of_one_person_is_refused(
    name: str, network: Network, lines: dict[str, str], error: str, tmp_path: Path, runtime: Runtime
) -> None:
    entries = written(tmp_path, network, lines)
    ready = runtime if name == "selfie" else pulled(entries, runtime)
    model = open_model(registry.of(entries).find(name), ready)
    with pytest.raises(ModelError, match=error):
        Appearance(ReId(model=name), model, margin=0.0)


def stage_with(folder: Path, runtime: Runtime, reid: ReId) -> Stage[People]:
    written(folder, HEATMAP, {})
    entries = written(folder, COLOURS, {}, "looks")
    ready = pulled(entries, runtime, ("toy", "looks"))
    return build(Settings(models=entries, runtime=ready, pose=Pose(model="toy", presence=0.4, reid=reid)))


def walk(stage: Stage[People], count: int) -> list[Frame]:
    """What the stage says of somebody who walks to the right, a frame every 200 ms."""
    state, found = stage.fresh(), []
    for index in range(count):
        nose = (150.0 + 9 * index, 90.0)
        image = spots(nose)
        message = frame_of(image, index, index * 200_000)
        if index == 0:
            message = detected_at(message, box_for(*nose))
        told, state = run_one(stage, message, state, image)
        state = through_wire(state, stage.state_type)
        found.append(told)
    return found


def test_somebody_followed_has_an_embedding_every_second_of_media_time(
    tmp_path: Path, runtime: Runtime
) -> None:
    frames = walk(stage_with(tmp_path, runtime, ReId(model="looks")), 12)
    given = [[person.embedding is not None for person in frame.persons] for frame in frames]
    assert given == [[index in (3, 8)] for index in range(12)]


def test_without_a_model_nobody_has_an_embedding_and_all_else_is_the_same(
    tmp_path: Path, runtime: Runtime
) -> None:
    (tmp_path / "on").mkdir()
    (tmp_path / "off").mkdir()
    on = walk(stage_with(tmp_path / "on", runtime, ReId(model="looks")), 6)
    off = walk(stage_with(tmp_path / "off", runtime, ReId()), 6)
    assert off == [
        msgspec.structs.replace(
            frame, persons=tuple(msgspec.structs.replace(each, embedding=None) for each in frame.persons)
        )
        for frame in on
    ]


def test_it_is_off_by_default() -> None:
    assert Settings().pose.reid.model is None


def test_with_mediapipe_it_is_refused() -> None:
    with pytest.raises(ValueError, match="reid works with backend onnx only"):
        Pose(backend="mediapipe", reid=ReId(model="looks"))


def test_no_event_can_carry_an_embedding() -> None:
    _, structs = msgspec.json.schema_components((Event,))
    assert not {"Person", "Array"} & set(structs)
    assert not any("embedding" in struct.get("properties", {}) for struct in structs.values())
