"""Made-up scenes through the rules: hundreds of seeds, and which conditions cost falls."""

import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from services.evaluate.errors import EvaluationError
from services.evaluate.events import suites
from services.evaluate.events.labels import Clip, Label
from services.evaluate.events.parallel import score_in_parallel
from services.evaluate.events.replaying import Rulebook
from services.evaluate.events.scoring import ClipScore, score_clip
from services.evaluate.events.tally import Group, group
from services.evaluate.events.wanted import FALL, LYING, ON_FLOOR
from shared.messages import Frame
from shared.rules.zone import Zone, ZoneKind
from shared.settings import Camera

# What the scenes label wherever it happens.
JUDGED = frozenset({FALL, LYING, ON_FLOOR, "sit_down", "stand_up"})
MOST_SEEDS = 10_000

_PARTS = re.compile(r"\d+(?:\.\d+)?|[^\d]+")
_AT_ONCE = 10  # seeds for one process: a scene takes some hundredths of a second


@dataclass(frozen=True)
class Seeds:
    """Scenes of one suite, from one seed on."""

    suite: str
    first: int
    count: int

    def scores(self, books: Sequence[Rulebook], judged: Collection[str]) -> list[list[ClipScore]]:
        """Every scene is made once and goes through each rulebook."""
        scores: list[list[ClipScore]] = [[] for _ in books]
        for number, scene in enumerate(suites.scenes(self.suite, self.count, self.first), self.first):
            name, clip = f"{self.suite}/{number}", clip_of(scene)
            factors = {factor: str(level) for factor, level in scene.factors.items()}
            for told, book in zip(scores, (_placed(book, scene) for book in books), strict=True):
                score = score_clip(name, clip, book.incidents(scene.frames), judged)
                told.append(replace(score, factors=factors))
        return scores


def seeds_of(names: Sequence[str], count: int) -> list[Seeds]:
    """The first scenes of each suite, of all suites without names, in pieces for one process.

    Raises:
        EvaluationError: there is no such suite.
    """
    known = suites.names()
    for name in names:
        if name not in known:
            raise EvaluationError(f"there is no suite {name}: there are {', '.join(known)}")
    return [
        Seeds(name, first, min(_AT_ONCE, count - first))
        for name in names or known
        for first in range(0, count, _AT_ONCE)
    ]


def score_suites(seeds: Sequence[Seeds], rules: Rulebook, advance: Callable[[], None]) -> list[ClipScore]:
    """Score scenes; `advance` is called after each piece of `seeds`."""
    (scores,) = score_in_parallel(seeds, [rules], JUDGED, advance)
    return scores


def clip_of(scene: suites.Scene) -> Clip:
    """A scene as a clip, with its labels."""
    events = tuple(msgspec.convert(dict(entry), Label) for entry in scene.labels)
    frames = max(1, len(scene.frames))
    return Clip(fps=frames / max(scene.duration_s, 1e-3), frames=frames, events=events)


def by_factor(scores: Sequence[ClipScore]) -> dict[str, list[Group]]:
    """Each factor with a group for each of its levels; numbers in names count as numbers."""
    factors = sorted({factor for score in scores for factor in score.factors})
    return {factor: list(_levels(factor, scores)) for factor in factors}


def _levels(factor: str, scores: Sequence[ClipScore]) -> Iterator[Group]:
    levels = {score.factors[factor] for score in scores if factor in score.factors}
    for level in sorted(levels, key=_natural):
        yield group(level, [score for score in scores if score.factors.get(factor) == level])


def _natural(level: str) -> list[tuple[float, str]]:
    return [(float(part), "") if part[0].isdigit() else (math.inf, part) for part in _PARTS.findall(level)]


def _placed(book: Rulebook, scene: suites.Scene) -> Rulebook:
    """The rules with the zones of a scene, if it has any."""
    if not scene.zones or not scene.frames:
        return book
    frame = scene.frames[0]
    zones = [_zone(number, name, corners, frame) for number, (name, corners) in enumerate(scene.zones)]
    camera = Camera(name=frame.camera, source="synth://empty", zones=tuple(zones))
    return Rulebook(book.actions, (*book.cameras, camera))


def _zone(number: int, name: str, corners: Sequence[tuple[float, float]], frame: Frame) -> Zone:
    kind = ZoneKind(name) if name in list(ZoneKind) else ZoneKind.AREA
    return Zone(
        name=f"{name}-{number}",
        kind=kind,
        points=tuple((_share(x, frame.width_px), _share(y, frame.height_px)) for x, y in corners),
    )


def _share(value_px: float, size_px: int) -> float:
    """As a share of the picture; what lies outside is drawn to its edge."""
    return min(1.0, max(0.0, value_px / size_px))
