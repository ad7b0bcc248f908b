"""Two cameras that film one room: the whole pipeline tells one person, whoever is killed on the way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import yaml
from typer.testing import CliRunner

from services.console.command import app
from services.console.seam import relayed
from shared.bus.topology import VENUE_CHANNEL
from shared.messages import Event, Places
from shared.settings import Camera, Runtime, Venue
from tests.pipeline.play import WINDOW, Stand
from tests.services.venue.films import URLS, venue

FRAMES = {"left": 40, "right": 50}  # five seconds: who comes in on the right walks to the middle
CAMERAS = tuple(
    Camera(name=name, source=url, partition=2, max_frames=FRAMES[name]) for name, url in URLS.items()
)
VENUE = "venue"
COMMAND = (sys.executable, "-m", "services")
_ROOT = Path(__file__).resolve().parents[2]
_LIMIT_S = 120.0


@pytest.fixture
def room(stand: Stand) -> Iterator[Stand]:
    """The pipeline where the two cameras lie in one partition."""
    stand.bus.pin({camera.name: 2 for camera in CAMERAS})
    yield stand
    stand.bus.pin({})


def play(room: Stand, meanwhile: Callable[[], object] = lambda: None, **changes: object) -> list[Places]:
    """What subscribers are told of the people; `meanwhile` is called in the middle."""
    hall: Venue = venue(**changes)
    room.client.flushall()
    room.bus.enroll(VENUE, 2)
    with room.crew([VENUE], venue=hall, cameras=CAMERAS), room.ingest(*CAMERAS, window=WINDOW):
        room.await_finished("left", 12)
        meanwhile()
        room.through(*URLS)
        room.until(lambda: told_all(room), "all places are told")
    assert room.bus.letters() == []
    return places(room)


def told_all(room: Stand) -> bool:
    return not room.overview().lags[VENUE] and relayed(room.bus, VENUE_CHANNEL)


def places(room: Stand) -> list[Places]:
    told = room.bus.events("0", count=10_000, block_ms=0, channel=VENUE_CHANNEL)
    return [msgspec.json.decode(data, type=Places) for _, data in told]


def ids(told: list[Places]) -> set[int]:
    return {person.id for each in told for person in each.people}


def test_one_person_in_two_cameras_is_one_and_is_told_the_same_whoever_dies(room: Stand) -> None:
    alone = play(room)
    assert ids(alone) == {1}
    assert sum(len(person.cameras) == 2 for each in alone for person in each.people) > 20
    [gone] = [farewell for each in alone for farewell in each.left]
    assert 1.0 < gone.distance_m < 3.0

    def kill() -> None:
        for _ in range(2):
            room.send(VENUE, signal.SIGKILL)
            room.await_finished("right", 10)

    assert play(room, kill, replicas=3) == alone


def test_without_its_worker_a_venue_keeps_a_bounded_backlog_and_alerts_go_on(room: Stand) -> None:
    room.bus.enroll(VENUE, 2)
    with room.ingest(*CAMERAS, window=WINDOW):
        room.through(*URLS)
    assert room.overview().lags[VENUE] == 92  # 90 pictures and two ends: fewer than the bound
    assert places(room) == []
    with room.crew([VENUE], venue=venue(), cameras=CAMERAS):
        room.until(lambda: told_all(room), "what was kept is told")
    assert ids(places(room)) == {1}


def configured(folder: Path, **cameras: dict[str, object]) -> Path:
    """A file with the venue and its cameras; `cameras` are more settings of some of them."""
    each = [
        {"name": name, "source": url, "max_frames": FRAMES[name], **cameras.get(name, {})}
        for name, url in URLS.items()
    ]
    config = folder / "hall.yaml"
    config.write_text(yaml.safe_dump({"venue": json.loads(venue().model_dump_json()), "cameras": each}))
    return config


def test_the_command_writes_where_people_are_and_what_they_enter_and_cross(
    runtime: Runtime, tmp_path: Path
) -> None:
    marked: dict[str, object] = {
        "zones": [{"name": "middle", "points": [[0.42, 0.6], [0.58, 0.6], [0.58, 1.0], [0.42, 1.0]]}],
        "lines": [{"name": "way", "points": [[0.63, 1.0], [0.63, 0.5]]}],
        "rules": {"zone_enter": {"enabled": True}, "line_cross": {"enabled": True}},
    }
    config, file = configured(tmp_path, left=marked), tmp_path / "events.jsonl"
    done = subprocess.run(
        [*COMMAND, "run", "--config", str(config), "--venue", "-", "--events", str(file)],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert done.returncode == 0, done.stderr
    told = [msgspec.json.decode(line, type=Places) for line in done.stdout.splitlines()]
    assert ids(told) == {1}
    assert told[-1].left
    assert "venue " in done.stderr  # among the workers of the summary
    events = [msgspec.json.decode(line, type=Event) for line in file.read_text().splitlines()]
    assert [(e.camera, e.kind.value, e.zone, e.detail) for e in events if e.zone is not None] == [
        ("left", "line_cross", "way", "out"),
        ("left", "zone_enter", "middle", ""),
    ]


def test_cameras_of_a_venue_that_are_pinned_apart_are_refused_in_one_line(tmp_path: Path) -> None:
    config = configured(tmp_path, left={"partition": 1}, right={"partition": 2})
    done = CliRunner().invoke(app, ["run", "--config", str(config), "--venue", "-"])
    assert done.exit_code == 2
    [line] = done.stderr.strip().splitlines()
    assert "left in partition 1 and right in partition 2: a venue's share one" in line
