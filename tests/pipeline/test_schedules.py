"""Whatever happens to the workers and the server, the events are those of an undisturbed run.

Real publishers, stages, models and relay on a real server; only time, death and the network are played.
"""

import os
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from services.actions.stage import build as build_actions
from services.detector.stage import DetectorStage
from services.ingest.playing.publisher import Job, Publisher
from services.pose.stage import PoseStage
from services.segmentation.stage import SegmentationStage
from services.tracker.stage import build as build_tracker
from shared.bus.connect import connect, open_bus
from shared.bus.server import EmbeddedServer
from shared.bus.topology import EVENT_CHANNEL
from shared.bus.transport import Budget
from shared.messages import Event
from shared.models import registry
from shared.models.running import open_model
from shared.settings import Bus, Camera, Health, Settings
from shared.worker import Stage
from tests.filming import film_scene
from tests.pipeline.baton import Watched
from tests.pipeline.recall import RecallingModel
from tests.pipeline.schedules import (
    CALM,
    PARTITIONS,
    Builder,
    Schedule,
    Trouble,
    Turn,
    relay_builder,
    stage_builder,
)

SHORT_SCHEDULES = 4
LONG_SCHEDULES = int(os.environ.get("KINESTREAM_CHAOS_SCHEDULES", "200"))
TURNS = 15_000
SCENES = {
    "hall": "synth://fall_sideways?size=320x240&fps=8&noise=0&duration=9",
    "room": "synth://fall_backward?size=320x240&fps=8&noise=0&duration=9&seed=2",
}
PARTITION_OF = {"hall": 1, "room": 0}
BUDGET = Budget(window=16, retention_ms=0, retention_bytes=1 << 24)
# Light is never enough for these cameras: ingest, too, has something to say all along.
HEALTH = Health(watch="all", dark_level=0.99, dark_s=2.0, repeat_s=1.0)

Story = list[tuple[Any, ...]]


class Meanwhile(threading.Event):
    """Nobody sleeps in a schedule: whoever waits lets time pass and the others go on."""

    def __init__(self, watched: Watched) -> None:
        super().__init__()
        self._watched = watched
        self._now_s = 0.0

    def clock(self) -> float:
        return self._now_s

    def wait(self, timeout: float | None = None) -> bool:
        if timeout:
            self._now_s += timeout
            self._watched.pause()
        return self.is_set()


def publisher_builder(camera: Camera) -> Builder:
    def build(transport: Any, generator: random.Random, trouble: Trouble) -> Turn:
        meanwhile = Meanwhile(transport)
        return Publisher(Job(camera, BUDGET, health=HEALTH), transport, meanwhile, meanwhile.clock).run

    return build


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Builder, int]]:
    settings = Settings()
    models = {
        name: RecallingModel(open_model(registry.find(name), settings.runtime))
        for name in (settings.detector.model, settings.pose.model, settings.segmentation.model)
    }
    detector = DetectorStage(settings.detector, models[settings.detector.model])
    pose = PoseStage(settings.pose, models[settings.pose.model])
    segmentation = SegmentationStage(settings.segmentation, models[settings.segmentation.model])
    stages: dict[str, Callable[[], Stage[Any]]] = {
        "detector": lambda: detector,
        "pose": lambda: pose,
        "segmentation": lambda: segmentation,
        "tracker": lambda: build_tracker(settings),
        "actions": lambda: build_actions(settings),
    }
    folder = tmp_path_factory.mktemp("films")
    films = {name: film_scene(url, folder / f"{name}.mp4") for name, url in SCENES.items()}
    cameras = [Camera(name=name, source=str(film)) for name, film in films.items()]
    publishers = {camera.name: (publisher_builder(camera), 2) for camera in cameras}
    workers = {name: (stage_builder(stage), 2) for name, stage in stages.items()}
    return {**publishers, **workers, "relay": (relay_builder(EVENT_CHANNEL), 2)}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(memory_mb=256) as running:
        yield running


def play(
    server: EmbeddedServer, cast: Mapping[str, tuple[Builder, int]], seed: int, trouble: Trouble
) -> Story:
    """The events of one schedule, camera by camera; ingest's own and those of the stages, each in order."""
    client = connect(server.url)
    client.flushall()
    bus = open_bus(Bus(url=SecretStr(server.url), partitions=PARTITIONS), PARTITION_OF)
    if trouble is CALM:
        cast = {name: (build, 1) for name, (build, _) in cast.items()}
    schedule = Schedule(seed, cast, client, bus, trouble)
    schedule.play(0 if trouble is CALM else TURNS, lambda: drained(bus), patience=4000)
    assert bus.letters() == []
    events = [msgspec.json.decode(data, type=Event) for _, data in bus.events("0", count=10_000, block_ms=0)]
    return [told(event) for event in sorted(events, key=lambda event: (event.camera, event.track is None))]


def drained(bus: Any) -> bool:
    overview = bus.overview()
    sources = overview.sources.values()
    through = len(sources) == len(SCENES) and all(s.ended and s.finished_seq == s.seq for s in sources)
    waiting = bus.read_events(bus.relay_cursors(), count=1, block_ms=0)
    return through and not any(waiting.values())


def told(event: Event) -> tuple[Any, ...]:
    """An event without what is allowed to differ: wall time."""
    decided = (event.confidence, sorted(event.evidence.items()))
    return event.camera, event.id, event.update, event.kind, event.phase, event.seq, event.pts_us, decided


@pytest.fixture(scope="module")
def undisturbed(server: EmbeddedServer, cast: Mapping[str, tuple[Builder, int]]) -> Story:
    story = play(server, cast, 0, CALM)
    kinds = {(camera, str(kind), str(phase)) for camera, _, _, kind, phase, *_ in story}
    assert ("hall", "fall", "confirmed") in kinds
    assert ("room", "fall", "confirmed") in kinds
    assert {("hall", "camera_dark", "confirmed"), ("room", "camera_dark", "still")} <= kinds
    return story


@pytest.mark.parametrize("seed", range(SHORT_SCHEDULES))
def test_events_are_complete_single_and_in_order_whatever_happens(
    seed: int, server: EmbeddedServer, cast: Mapping[str, tuple[Builder, int]], undisturbed: Story
) -> None:
    assert play(server, cast, seed, Trouble()) == undisturbed


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(1000, 1000 + LONG_SCHEDULES))
def test_events_survive_long_schedules(
    seed: int, server: EmbeddedServer, cast: Mapping[str, tuple[Builder, int]], undisturbed: Story
) -> None:
    assert play(server, cast, seed, Trouble()) == undisturbed
