"""Events scored as `kinestream eval events` was asked to: clips, recorded tracks, made-up scenes, sweeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, RenderableType

from services.console.evaluating import progress_bar
from services.console.playing_clips import Way
from services.console.recording_tracks import Task, Told, tell
from services.evaluate.events import chain, report, sweep_view, synthetic_view
from services.evaluate.events.page import Scoring, Section
from services.evaluate.events.parallel import Footage
from services.evaluate.events.pictures import Thumbnail, moments, thumbnails
from services.evaluate.events.replaying import Rulebook, find_recordings, score_all
from services.evaluate.events.scoring import ClipScore
from services.evaluate.events.sweep import Sweep, Swept, sweep
from services.evaluate.events.synthetic import JUDGED, Seeds, score_suites
from services.evaluate.events.tally import groups
from shared.settings import Settings

Options = tuple[Swept, ...]


@dataclass(frozen=True)
class Sources:
    """Where tracks come from: `tracks` holds recordings; else clips are played, and kept in `record`."""

    tracks: Path | None
    record: Path | None
    way: Way

    @property
    def kept(self) -> Path | None:
        """Where recordings are, once everything was played."""
        return self.tracks or self.record


@dataclass(frozen=True)
class Outcome:
    """A part of what was asked for: for the terminal, and for the report."""

    view: RenderableType
    section: Section


def score_clips(task: Task, sources: Sources, console: Console) -> Scoring:
    """Score every labelled clip.

    Raises:
        UserError: a clip or a recording cannot be used.
        FailedError, InterruptedFilmsError: clips did not come through.
    """
    if sources.tracks is not None:
        told = Told()
        told.add(find_recordings(task.labels, sources.tracks, task.clips, task.settings), task.settings)
    else:
        told = tell(task, sources.record, sources.way, console)
    scores = score_all(task.labels, told.incidents, Rulebook.of(task.settings))
    what = "clips" if sources.tracks is None else "recorded tracks"
    source = f"{len(scores)} {what} of {task.clips.resolve().name}, Kinestream {chain.software()}"
    return Scoring(source, groups(scores), scores, task.labels.clips, flags=told.flags)


def view_of(scoring: Scoring) -> RenderableType:
    """The clips' scores for the terminal."""
    return report.tables(scoring.groups, scoring.scores)


def pictures_of(task: Task, scores: Sequence[ClipScore]) -> dict[str, list[Thumbnail]]:
    """Small pictures of every clip that is there."""
    shown = {}
    with progress_bar("pictures", len(scores)) as advance:
        for score in scores:
            clip = task.labels.clips[score.name]
            shown[score.name] = thumbnails(task.clips / score.name, clip, moments(score))
            advance()
    return shown


def sweep_clips(task: Task, tracks: Path, options: Options) -> Outcome:
    """Score recorded tracks at several settings.

    Raises:
        EvaluationError: a recording cannot be used.
    """
    recorded = find_recordings(task.labels, tracks, task.clips, task.settings)
    recorded.sort(key=lambda each: -each.clip.frames)
    judged = Rulebook.of(task.settings).judged(task.labels)
    return _swept(recorded, judged, task.settings, options)


def score_scenes(seeds: Sequence[Seeds], settings: Settings) -> Outcome:
    """Score made-up scenes."""
    with progress_bar("scenes", len(seeds)) as advance:
        scores = score_suites(seeds, Rulebook.of(settings), advance)
    return Outcome(synthetic_view.terminal(scores), synthetic_view.section(scores))


def sweep_scenes(seeds: Sequence[Seeds], settings: Settings, options: Options) -> Outcome:
    """Score made-up scenes at several settings."""
    return _swept(seeds, JUDGED, settings, options)


def _swept(
    footage: Sequence[Footage], judged: frozenset[str], settings: Settings, options: Options
) -> Outcome:
    with progress_bar("sweep", len(footage)) as advance:
        swept: Sweep = sweep(footage, judged, Rulebook.of(settings), options, advance)
    return Outcome(sweep_view.terminal(swept), sweep_view.section(swept))
