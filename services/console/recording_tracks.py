"""What is told of labelled clips: those whose tracks are kept already are replayed, the others played."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from services.console.errors import BadInputError
from services.console.models import ensure_models, require_runtime
from services.console.playing_clips import Film, Played, Way, play_films
from services.console.progress import Progress
from services.console.screen import PlainScreen
from services.evaluate.errors import EvaluationError
from services.evaluate.events import chain
from services.evaluate.events.incidents import Incident, incidents_of
from services.evaluate.events.labels import Labels
from services.evaluate.events.recording import path_of, write_recording
from services.evaluate.events.replaying import Recorded, Rulebook, find_recording, replay, retold
from services.ingest.reading.sources import check
from shared.messages import Event
from shared.settings import Settings

_NAMED = 3  # clips of which the same is amiss


@dataclass(frozen=True)
class Task:
    """What is scored: labels, the clips' folder, the configuration."""

    labels: Labels
    clips: Path
    settings: Settings


@dataclass
class Told:
    """What was told of each clip so far; and what may be amiss, with the clips of which it is."""

    incidents: dict[str, tuple[Incident, ...]] = field(default_factory=dict)
    amiss: dict[str, list[str]] = field(default_factory=dict)

    @property
    def flags(self) -> list[str]:
        """What may be amiss, a line each."""
        return [f"{what}: {_listed(names)}" for what, names in self.amiss.items()]

    def flag(self, what: str, name: str) -> None:
        """Something may be amiss with a clip."""
        self.amiss.setdefault(what, []).append(name)

    def add(self, recorded: Sequence[Recorded], settings: Settings) -> None:
        """What the rules say of recordings."""
        self.incidents |= replay(recorded, Rulebook.of(settings))
        for each in recorded:
            for what in each.flags:
                self.flag(what, each.name)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def tell(task: Task, record: Path | None, way: Way, console: Console) -> Told:
    """Play the clips that `record` does not hold yet, and keep their tracks there.

    Raises:
        BadInputError: a clip is absent, or two would be the same camera.
        EvaluationError: a recording cannot be written.
        FailedError, InterruptedFilmsError: as `play_films`; what came through is kept.
    """
    kept = [] if record is None else list(_kept(task, record, console))
    told = Told()
    told.add(kept, task.settings)
    names = {each.name for each in kept}
    films = [film for film in _films(task) if film.name not in names]
    if not films:
        return told
    require_runtime()
    ensure_models(task.settings, console.print)
    total = sum(task.labels.clips[film.name].frames for film in films)
    with _screen(console, total) as screen:
        for played in play_films(films, task.settings, way, screen):
            _take(played, told, task, record)
            screen.through(len(played.frames))
    return told


def _kept(task: Task, record: Path, console: Console) -> Iterator[Recorded]:
    for name, clip in task.labels.clips.items():
        if not path_of(record, name).exists():
            continue
        try:
            yield find_recording(name, clip, record, task.clips, task.settings)
        except EvaluationError as error:
            console.print(f"recorded anew: {error}", style="yellow", soft_wrap=True)


def _films(task: Task) -> list[Film]:
    films: dict[str, Film] = {}
    for name, clip in task.labels.clips.items():
        camera = chain.camera_for(name, clip, task.clips, task.settings)
        if not (task.clips / name).is_file():
            raise BadInputError(
                f"clip {name} is not in {task.clips}: give the folder of the clips, or --only others"
            )
        if camera.name in films:
            raise BadInputError(
                f"clips {films[camera.name].name} and {name} would both be the camera {camera.name}:"
                " rename one"
            )
        films[camera.name] = Film(name, camera)
    for film in films.values():
        check(film.camera)
    return list(films.values())


def _take(played: Played, told: Told, task: Task, record: Path | None) -> None:
    """Note what a clip gave, and keep its tracks."""
    name, clip = played.name, task.labels.clips[played.name]
    zero_us = played.frames[0].pts_us if played.frames else 0
    told.incidents[name] = incidents_of(played.events, zero_us)
    if len(played.frames) != clip.frames:
        told.flag(f"{clip.frames} frames are labelled, {len(played.frames)} came through", name)
    if not retold(played.frames, played.events, Rulebook.of(task.settings)):
        told.flag("the rules tell another story of the tracks than the run did", name)
    if record is not None:
        header = chain.origin(name, clip, task.clips / name, task.settings)
        write_recording(path_of(record, name), header, played.frames)


class ClipsScreen(PlainScreen):
    """A bar over all clips, and what goes wrong."""

    def __init__(self, console: Console, total: int, bar: Bar) -> None:
        super().__init__(console)
        self._total = total
        self._bar = bar
        self._task = bar.add_task("playing clips", total=total)
        self._before = 0

    def say(self, text: str) -> None:
        """What a run says of its server is of no interest here."""

    def event(self, event: Event) -> None:
        """Events are scored at the end."""

    def update(self, progress: Progress) -> None:
        self._bar.update(self._task, completed=min(self._total, self._before + progress.done))

    def through(self, frames: int) -> None:
        """A clip is done with."""
        self._before += frames
        if not self._bar.live.is_started:
            self._console.print(f"{self._before} of {self._total} frames", soft_wrap=True)


@contextmanager
def _screen(console: Console, total: int) -> Iterator[ClipsScreen]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield ClipsScreen(console, total, bar)
