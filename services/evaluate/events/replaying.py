"""Recorded tracks through the rules: the very ones of the rule stage, clip by clip."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from services.evaluate.errors import EvaluationError
from services.evaluate.events import chain
from services.evaluate.events.incidents import Incident, incidents_of
from services.evaluate.events.labels import Clip, Labels
from services.evaluate.events.recording import Header, path_of, read_header, read_recording
from services.evaluate.events.scoring import ClipScore, labelled_kinds, score_clip
from shared.actions import watch
from shared.messages import Event, Frame
from shared.settings import Actions, Camera, Settings


@dataclass(frozen=True)
class Recorded:
    """A clip whose tracks are recorded.

    Attributes:
        name: its path below the folder of clips.
        clip: its labels.
        path: of the recording.
        flags: what may be amiss with it, a line each.
    """

    name: str
    clip: Clip
    path: Path
    flags: tuple[str, ...] = ()

    def scores(self, books: Sequence["Rulebook"], judged: Collection[str]) -> list[list[ClipScore]]:
        """The score of the clip by each of several rulebooks.

        Raises:
            EvaluationError: the recording is damaged.
        """
        _, frames = read_recording(self.path)
        return [[score_clip(self.name, self.clip, book.incidents(frames), judged)] for book in books]


def find_recordings(labels: Labels, tracks: Path, clips: Path | None, settings: Settings) -> list[Recorded]:
    """The recording of every labelled clip.

    Args:
        labels: the clips.
        tracks: folder of the recordings.
        clips: folder of the clips; None: that they are the recorded ones is taken on trust.
        settings: with the chain that the recordings must have been made by.

    Raises:
        EvaluationError: one is absent, or is of another clip or another chain.
    """
    return [find_recording(name, clip, tracks, clips, settings) for name, clip in labels.clips.items()]


def problem_of(header: Header, name: str, clip: Clip, path: Path | None, settings: Settings) -> str:
    """Why a recording is not that of a clip (at `path`) by the chain of the settings; empty where it is."""
    if header.clip != name:
        return f"it is of the clip {header.clip}"
    if path is not None and path.exists() and header.sha256 != chain.sha256_of(path):
        return "the clip was another one"
    different = chain.differing(header.chain, chain.chain_of(name, clip, settings))
    return "; ".join(different[:3]) + (f"; and {len(different) - 3} more" if len(different) > 3 else "")


@dataclass(frozen=True)
class Rulebook:
    """The rules' options, and the cameras that have zones or options of their own."""

    actions: Actions
    cameras: tuple[Camera, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.actions, settings.cameras)

    def judged(self, labels: Labels) -> frozenset[str]:
        """The kinds of events that count: those that are labelled, less those whose rule is switched off."""
        rules = self.actions.rules
        off = {name for name in type(rules).model_fields if not getattr(rules, name).enabled}
        return labelled_kinds(labels.clips.values()) - off

    def events(self, frames: Iterable[Frame]) -> Iterator[Event]:
        """What is told of one clip's frames with tracks."""
        return watch(frames, self.actions, self.cameras)

    def incidents(self, frames: Sequence[Frame]) -> tuple[Incident, ...]:
        """The same, an incident each."""
        return incidents_of(self.events(frames), frames[0].pts_us) if frames else ()


def retold(frames: Sequence[Frame], events: Sequence[Event], rules: Rulebook) -> bool:
    """Whether the rules say of recorded frames what was told of them when they were recorded, to the bit."""
    return _told(rules.events(frames)) == _told(events)


def _told(events: Iterable[Event]) -> list[tuple[object, ...]]:
    rows = [(e.id, e.update, e.phase, e.pts_us, e.confidence, sorted(e.evidence.items())) for e in events]
    return sorted(rows, key=lambda row: row[:2])


def replay(recorded: Iterable[Recorded], rules: Rulebook) -> dict[str, tuple[Incident, ...]]:
    """What the rules say of each clip, by its name.

    Raises:
        EvaluationError: a recording is damaged.
    """
    return {each.name: rules.incidents(read_recording(each.path)[1]) for each in recorded}


def score_all(labels: Labels, told: Mapping[str, Sequence[Incident]], rules: Rulebook) -> list[ClipScore]:
    """Score what these rules told of every labelled clip."""
    judged = rules.judged(labels)
    return [score_clip(name, clip, told[name], judged) for name, clip in labels.clips.items()]


def find_recording(name: str, clip: Clip, tracks: Path, clips: Path | None, settings: Settings) -> Recorded:
    """The recording of one clip; see `find_recordings`."""
    path = path_of(tracks, name)
    header = read_header(path)
    problem = problem_of(header, name, clip, None if clips is None else clips / name, settings)
    if problem:
        raise EvaluationError(f"{path} cannot be used: {problem}; record it again with --record {tracks}")
    flags = []
    if header.frames != clip.frames:
        flags.append(f"{clip.frames} frames are labelled, {header.frames} were recorded")
    if header.code != chain.code_of():
        flags.append(f"recorded by other code of the stages ({header.software}, {header.code})")
    return Recorded(name, clip, path, tuple(flags))
