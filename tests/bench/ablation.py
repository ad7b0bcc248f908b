"""What each part of the chain brings to events: recorded tracks with the part taken away, or made without it.

    python -m tests.bench.ablation LABELS TRACKS [--config FILE]

LABELS is the clips' labels.json, TRACKS the folder that `kinestream eval events LABELS --record TRACKS
--config FILE` filled. It prints the tables of shared/rules/FALLS.md. Silhouettes are taken off, and tracks
are named anew, of what is recorded there. Without regions carried over the landmarks themselves are others:
for these the clips go through the same stages in this process, which gives the same tracks as the bus does,
with a detector that looks at every picture; they are kept in TRACKS-detected, and an interrupted run goes on.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from services.evaluate.events import chain
from services.evaluate.events.labels import Labels, read_labels
from services.evaluate.events.recording import path_of, read_recording
from services.evaluate.events.replaying import Rulebook, find_recordings, score_all
from services.evaluate.events.report import seconds, short
from services.evaluate.events.sweep import changed
from services.evaluate.events.tally import Group, Tally, group
from services.evaluate.words import number, span
from services.pose.bodies import region_of_person
from services.pose.people import Memory, People, nearest
from services.tracker.stage import TrackerStage
from shared.errors import UserError
from shared.messages import Frame
from shared.settings import Settings, load
from tests.bench.markdown import found, head, line
from tests.bench.stages import Film, Stages, kept, through

_NEVER_S = 10.0  # longer than any clip shows somebody on the floor
_HEADINGS = (
    *("without", "falls found (95 %)", "false", "F1 (95 %)", "median", "p95"),
    *("sit down", "stand up", "poses", "of who is down"),
)
Films = dict[str, Film]


@dataclass(frozen=True)
class Part:
    """A part of the chain, and how recorded frames and the fall rule's `hidden_s` are without it."""

    name: str
    taken_off: Callable[[Film, Settings], Film] = lambda film, _settings: film
    hidden_s: float | None = None


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ablation")
    parser.add_argument("labels", type=Path)
    parser.add_argument("tracks", type=Path)
    parser.add_argument("--config", type=Path)
    options = parser.parse_args()
    try:
        settings, labels = load(options.config), read_labels(options.labels)
        clips = options.labels.parent
        carried = {
            each.name: read_recording(each.path)[1]
            for each in find_recordings(labels, options.tracks, clips, settings)
        }
        detected = _without_regions(labels, clips, Path(f"{options.tracks}-detected"), settings)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.writelines(f"{line}\n" for line in _tables(labels, settings, carried, detected))
    return 0


def _tables(labels: Labels, settings: Settings, carried: Films, detected: Films) -> Iterator[str]:
    yield from head(_HEADINGS)
    for part in _parts(settings):
        yield _row(part, labels, settings, carried, part.name or "nothing")
    for part in _parts(settings):
        also = f", {part.name}" if part.name else ""
        yield _row(part, labels, settings, detected, f"regions carried over{also}")


def _parts(settings: Settings) -> list[Part]:
    parts = [
        Part(""),
        Part("silhouettes", without_silhouettes),
        Part("lost near the floor", partial(renamed, lost_low_s=3.0), _NEVER_S),
    ]
    if settings.detector.least_score is not None:
        parts.append(Part("low-score association", partial(renamed, least_score=0.5)))
    return parts


def without_silhouettes(film: Film, _settings: Settings) -> Film:
    """What nobody segmented."""
    return tuple(
        msgspec.structs.replace(
            frame,
            persons=tuple(
                msgspec.structs.replace(person, mask=None, parts=None, limbs={}, occluded=False)
                for person in frame.persons
            ),
        )
        for frame in film
    )


def renamed(film: Film, settings: Settings, **options: float) -> Film:
    """The same persons, followed by a tracker with other options."""
    stage = TrackerStage(settings.tracker.model_copy(update=options))
    state, named = stage.fresh(), []
    for frame in film:
        bare = tuple(
            msgspec.structs.replace(person, track=None, track_state=None, velocity=None)
            for person in frame.persons
        )
        followed, state = through(stage, msgspec.structs.replace(frame, persons=bare, lost=()), state, None)
        named.append(followed)
    return tuple(named)


def _without_regions(labels: Labels, clips: Path, folder: Path, settings: Settings) -> Films:
    """What is tracked where pose looks for people only where the detector has just seen them."""
    detector = settings.detector.model_copy(update={"every_s": 0.0})
    settings = settings.model_copy(update={"detector": detector})
    stages, just_seen = Stages(settings), partial(as_detected, sure_score=settings.detector.score)
    films = {}
    for name, clip in labels.clips.items():
        camera = chain.camera_for(name, clip, clips, settings)
        origin = chain.origin(name, clip, clips / name, settings)
        play = partial(stages.play, camera, look_for=just_seen)
        films[name] = kept(path_of(folder, name), origin, play)
    return films


def as_detected(people: People, frame: Frame, sure_score: float) -> People:
    """Those who were just detected, where they were; of who is known already only the filters go on."""
    followed = []
    for person in frame.persons:
        if person.score < sure_score:
            continue
        region = region_of_person(person)
        known = nearest(people.followed, region)
        if known is None:
            followed.append(Memory(region, frame.pts_us))
        else:
            followed.append(msgspec.structs.replace(people.followed[known], region=region, misses=0))
    return People(tuple(followed))


def _row(part: Part, labels: Labels, settings: Settings, films: Films, name: str) -> str:
    without = {clip: part.taken_off(film, settings) for clip, film in films.items()}
    actions = settings.actions
    if part.hidden_s is not None:
        actions = changed(actions, ["rules.fall.hidden_s"], [part.hidden_s])
    book = Rulebook(actions, settings.cameras)
    told = {clip: book.incidents(film) for clip, film in without.items()}
    return line((name, *_figures(group("all", score_all(labels, told, book))), *_posed(labels, without)))


def _figures(scored: Group) -> tuple[str, ...]:
    falls = scored.falls
    others = (scored.others.get(kind, Tally()) for kind in ("sit_down", "stand_up"))
    return (
        found(falls),
        str(falls.false),
        f"{number(falls.f1)} ({span(falls.f1_interval)})",
        seconds(falls.delay_s(50)),
        seconds(falls.delay_s(95)),
        *map(short, others),
    )


def _posed(labels: Labels, films: Films) -> tuple[str, str]:
    """Pictures with anybody's landmarks: of all, and of those in which somebody is down after a fall."""
    shown = [_is_posed(frame) for film in films.values() for frame in film]
    down = [_is_posed(frame) for name, film in films.items() for frame in _down(labels, name, film)]
    return f"{sum(shown)} of {len(shown)}", f"{sum(down)} of {len(down)}"


def _is_posed(frame: Frame) -> bool:
    return any(person.keypoints is not None for person in frame.persons)


def _down(labels: Labels, name: str, film: Film) -> Iterator[Frame]:
    for label in labels.clips[name].events:
        if not label.fall or label.ground_s is None or label.last_on_ground_s is None:
            continue
        for frame in film:
            if label.ground_s <= (frame.pts_us - film[0].pts_us) / 1e6 <= label.last_on_ground_s:
                yield frame


if __name__ == "__main__":
    raise SystemExit(main())
