"""Labelled clips played through the real bus and stages, a few at a time, with their tracks kept."""

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from services.child import Command
from services.console.errors import FailedError
from services.console.feed import JsonLines
from services.console.lengths import expected_frames
from services.console.play import Outlets, Plan, play
from services.console.screen import Screen
from services.console.summary import Report
from services.console.tracks_worker import argv_of
from services.evaluate.events.spool import collected
from services.local import worker_commands
from shared.bus.topology import LAST, STAGES
from shared.messages import Event, Frame
from shared.settings import Camera, Settings

# Clips that play at once: a batch of theirs fills a CPU, and an interruption costs no more than these.
TOGETHER = 4


@dataclass(frozen=True)
class Way:
    """How clips are played: workers of each stage, and how fast at most (None: as they can be analysed)."""

    workers: int = 1
    speed: float | None = None


@dataclass(frozen=True)
class Film:
    """A clip as a camera plays it."""

    name: str
    camera: Camera


@dataclass(frozen=True)
class Played:
    """What came of a clip: the rule stage's input, and what subscribers were told."""

    name: str
    frames: tuple[Frame, ...]
    events: tuple[Event, ...]


def play_films(films: Sequence[Film], settings: Settings, way: Way, screen: Screen) -> Iterator[Played]:
    """Play the films, `TOGETHER` at a time; each comes as soon as its group came through.

    Raises:
        FailedError: frames went to the dead letters, or a worker cannot stay up.
        InterruptedFilmsError: Ctrl-C; films that came through before were handed out.
    """
    chosen = _with_workers(settings, way.workers)
    for start in range(0, len(films), TOGETHER):
        group = films[start : start + TOGETHER]
        cameras = tuple(film.camera.model_copy(update={"speed": way.speed}) for film in group)
        with tempfile.TemporaryDirectory(prefix="kinestream-tracks-") as folder:
            report, events = _play(chosen.model_copy(update={"cameras": cameras}), Path(folder), screen)
            whole = list(_outcome(group, report, events, Path(folder)))
        yield from whole
        came = {each.name for each in whole}
        _check(report, [film.name for film in group if film.name not in came])


class InterruptedFilmsError(Exception):
    """Ctrl-C or SIGTERM, whose number it is."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def keeping_commands(folder: Path, settings: Settings, config: Path, place: Path) -> list[Command]:
    """The workers, where that of the rules keeps its tracks in `folder`."""
    return [
        replace(each, argv=argv_of(folder)) if each.name.split("-")[0] == LAST.stage else each
        for each in worker_commands(settings, config, place)
    ]


def _play(settings: Settings, folder: Path, screen: Screen) -> tuple[Report, list[Event]]:
    totals = {camera.name: expected_frames(camera) for camera in settings.cameras}
    lines = io.StringIO()
    outlets = Outlets(JsonLines(lines), JsonLines(None))
    report = play(Plan(settings, totals), screen, outlets, partial(keeping_commands, folder))
    return report, [msgspec.json.decode(line, type=Event) for line in lines.getvalue().splitlines()]


def _outcome(
    films: Sequence[Film], report: Report, events: Sequence[Event], folder: Path
) -> Iterator[Played]:
    """The films that came through whole."""
    states = {camera.name: camera for camera in report.progress.cameras}
    spoilt = {letter.letter.header.camera for letter in report.letters if letter.letter.header is not None}
    spoilt |= {camera for camera, _ in report.progress.drops}
    for film in films:
        name = film.camera.name
        frames = collected(folder, name)
        if name in spoilt or not states[name].finished or len(frames) != states[name].done:
            continue
        yield Played(film.name, frames, tuple(event for event in events if event.camera == name))


def _check(report: Report, incomplete: Sequence[str]) -> None:
    if report.interrupted:
        raise InterruptedFilmsError(report.interrupted)
    if report.letters:
        letter = report.letters[0].letter
        where = letter.header.camera if letter.header is not None else "an unreadable entry"
        raise FailedError(
            f"{len(report.letters)} frames failed, first {where} in {letter.stage}: {letter.error}"
        )
    for (camera, reason), count in report.progress.drops.items():
        raise FailedError(f"{camera}: {count} frames were dropped ({reason})")
    if incomplete:
        raise FailedError(f"{', '.join(incomplete)}: not every frame came through; start again")


def _with_workers(settings: Settings, workers: int) -> Settings:
    changes: Mapping[str, object] = {
        stage: getattr(settings, stage).model_copy(update={"replicas": workers}) for stage in STAGES
    }
    return settings.model_copy(update=dict(changes))
