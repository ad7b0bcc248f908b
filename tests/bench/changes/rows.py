"""The rows of the table: what is changed in each, and how it is scored."""

import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.random import Generator

from services.evaluate.events.incidents import Incident, incidents_of
from services.evaluate.events.replaying import Recorded, Rulebook
from services.evaluate.events.scoring import ClipScore, score_clip
from tests.bench.changes.cuts import Take, after_another, begun_anew, take_of, whole
from tests.bench.changes.films import (
    FEET,
    HEAD,
    LEGS,
    Change,
    at_rate,
    cut_off,
    flat,
    hidden,
    lost,
    mirrored,
    off,
    turned,
)

FACTOR = "change"  # of a score: which row it belongs to


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        name: for the table, and for `--change`.
        changes: of each film, one after the other.
        cut: the takes that are made of all clips before.
    """

    name: str
    changes: tuple[Change, ...] = ()
    cut: Callable[[Sequence[Take]], Iterator[Take]] = whole

    def takes(self, takes: Sequence[Take]) -> Iterator[Take]:
        """The changed takes; the same ones each time."""
        for take in self.cut(takes):
            rng, film = generator(self.name, take.name), take.film
            for change in self.changes:
                film = change(film, rng)
            yield replace(take, film=film)


ROWS = (
    Row("as recorded"),
    Row("mirrored", (mirrored,)),
    Row("15 fps", (partial(at_rate, fps=15),)),
    Row("10 fps", (partial(at_rate, fps=10),)),
    Row("7 fps, other phase", (partial(at_rate, fps=7, phase=0.5),)),
    Row("5 fps", (partial(at_rate, fps=5),)),
    Row("5 fps, other phase", (partial(at_rate, fps=5, phase=0.5),)),
    Row("landmarks off by 1 % of the body", (partial(off, share=0.01),)),
    Row("landmarks off by 2 %", (partial(off, share=0.02),)),
    Row("landmarks off by 4 %", (partial(off, share=0.04),)),
    Row("feet hidden", (partial(hidden, words=FEET),)),
    Row("feet hidden in half of the pictures", (partial(hidden, words=FEET, share=0.5),)),
    Row("legs hidden", (partial(hidden, words=LEGS),)),
    Row("head hidden", (partial(hidden, words=HEAD),)),
    Row("no places in space", (flat,)),
    Row("20 % of the poses lost", (partial(lost, share=0.2),)),
    Row("40 % of the poses lost", (partial(lost, share=0.4),)),
    Row("60 % of the poses lost", (partial(lost, share=0.6),)),
    Row("5 % of the poses turned", (partial(turned, share=0.05),)),
    Row("15 % of the poses turned", (partial(turned, share=0.15),)),
    Row("left tenth cut off", (partial(cut_off, left=0.1),)),
    Row("left quarter cut off", (partial(cut_off, left=0.25),)),
    Row("right tenth cut off", (partial(cut_off, right=0.1),)),
    Row("right quarter cut off", (partial(cut_off, right=0.25),)),
    Row("lower tenth cut off", (partial(cut_off, bottom=0.1),)),
    Row("lower fifth cut off", (partial(cut_off, bottom=0.2),)),
    Row("upper fifth cut off", (partial(cut_off, top=0.2),)),
    Row(
        "10 fps, off by 2 %, 20 % lost",
        (partial(at_rate, fps=10), partial(off, share=0.02), partial(lost, share=0.2)),
    ),
    Row("legs hidden, off by 2 %", (partial(hidden, words=LEGS), partial(off, share=0.02))),
    Row("5 fps, 5 % turned", (partial(at_rate, fps=5), partial(turned, share=0.05))),
    Row(
        "15 fps, 10 % turned, 20 % lost, off by 1 %",
        (
            *(partial(at_rate, fps=15), partial(turned, share=0.1)),
            *(partial(lost, share=0.2), partial(off, share=0.01)),
        ),
    ),
    Row("begun anew at other moments", cut=begun_anew),
    Row("right after another clip", cut=after_another),
    Row("two minutes after another clip", cut=partial(after_another, gap_s=120)),
)


@dataclass(frozen=True)
class Changed:
    """All clips of one row, changed and scored by one process."""

    row: Row
    recordings: tuple[Recorded, ...]

    def scores(self, books: Sequence[Rulebook], judged: Collection[str]) -> list[list[ClipScore]]:
        """The score of each take by each of several rulebooks.

        Raises:
            EvaluationError: a recording is damaged.
        """
        scores: list[list[ClipScore]] = [[] for _ in books]
        for take in self.row.takes([take_of(each) for each in self.recordings]):
            for told, book in zip(scores, books, strict=True):
                score = score_clip(take.name, take.clip, incidents(take, book), judged)
                told.append(replace(score, factors={FACTOR: self.row.name}))
        return scores


def incidents(take: Take, book: Rulebook) -> list[Incident]:
    """What is told of a take, less what is raised before its second 0."""
    told = incidents_of(book.events(take.film), take.zero_us)
    return [each for each in told if each.raised_s is None or each.raised_s >= 0]


def generator(change: str, clip: str) -> Generator:
    """Chance for one clip in one row: the same wherever and however often it is asked for."""
    return np.random.default_rng([zlib.crc32(change.encode()), zlib.crc32(clip.encode())])
