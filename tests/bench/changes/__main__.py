"""The command; see the package."""

import argparse
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from services.evaluate.errors import EvaluationError
from services.evaluate.events.labels import Labels, read_labels
from services.evaluate.events.parallel import score_in_parallel
from services.evaluate.events.replaying import Rulebook, find_recordings
from services.evaluate.events.report import rate, rate_span, seconds, short, story
from services.evaluate.events.scoring import ClipScore
from services.evaluate.events.tally import Group, Tally, group
from services.evaluate.events.wanted import FALL, LYING, ON_FLOOR
from shared.errors import UserError
from shared.nearest import hint
from shared.settings import load
from tests.bench.changes.rows import FACTOR, ROWS, Changed, Row
from tests.bench.changes.views import VIEWS, Source, View, played
from tests.bench.markdown import found, head, line

_HEADINGS = (
    *("change", "falls found (95 %)", "false", "per hour (95 %)", "median", "p95"),
    *("sit down", "stand up", "lying", "found on floor"),
)
N = TypeVar("N", Row, View)
_OTHERS = ("sit_down", "stand_up", LYING, ON_FLOOR)


def main() -> int:
    """Print the table."""
    options = _options()
    try:
        settings, labels = load(options.config), read_labels(options.labels).only(tuple(options.only))
        clips = options.labels.parent
        recorded = tuple(find_recordings(labels, options.tracks, clips, settings))
        if options.pictures is None:
            rows = [Changed(row, recorded) for row in chosen(ROWS, options.change)]
        else:
            views = chosen(VIEWS, options.change)
            rows = [Changed(ROWS[0], recorded)]
            rows += played(views, recorded, options.pictures, Source(clips, settings))
        scores = scored(rows, Rulebook.of(settings), labels)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.writelines(f"{each}\n" for each in table(scores))
    sys.stderr.writelines(f"{each}\n" for each in wrong_falls(scores))
    return 0


def chosen(known: Sequence[N], names: Sequence[str]) -> list[N]:
    """Those that are called so, in the table's order; all without names.

    Raises:
        EvaluationError: one is unknown.
    """
    all_names = [each.name for each in known]
    for name in names:
        if name not in all_names:
            raise EvaluationError(f"there is no change {name!r}: {hint(name, all_names)}")
    return [each for each in known if not names or each.name in names]


def scored(rows: Sequence[Changed], book: Rulebook, labels: Labels) -> dict[str, list[ClipScore]]:
    """The scores of each row by its name; on all cores, rows of several takes a clip first."""
    done = itertools.count(1)

    def advance() -> None:
        print(f"{next(done)} of {len(rows)} rows scored", file=sys.stderr, flush=True)

    (scores,) = score_in_parallel(list(reversed(rows)), [book], book.judged(labels), advance)
    by_row: dict[str, list[ClipScore]] = {row.row.name: [] for row in rows}
    for score in scores:
        by_row[score.factors[FACTOR]].append(score)
    return by_row


def table(scores: Mapping[str, Sequence[ClipScore]]) -> Iterator[str]:
    """A row each, and all of them: the same falls again and again, so that no interval fits their sum."""
    yield from head(_HEADINGS)
    for name, of_row in scores.items():
        if of_row:  # one clip alone comes after no other
            counts = group(name, of_row)
            hourly = f"{rate(counts.false_per_hour)} ({rate_span(counts.false_per_hour_interval)})"
            yield line((name, found(counts.falls), str(counts.falls.false), hourly, *_rest(counts)))
    whole = group("all together", [score for of_row in scores.values() for score in of_row])
    plain = f"{whole.falls.found} of {whole.falls.labelled}"
    yield line((whole.name, plain, str(whole.falls.false), rate(whole.false_per_hour), *_rest(whole)))


def wrong_falls(scores: Mapping[str, Sequence[ClipScore]]) -> Iterator[str]:
    """Where falls were missed, or told for nothing."""
    for name, of_row in scores.items():
        for score in of_row:
            wrong = (verdict for verdict in score.wrong if verdict.kind == FALL)
            yield from (f"{name}: {score.name}: {story(verdict, score)}" for verdict in wrong)


def _rest(counts: Group) -> tuple[str, ...]:
    others = (counts.others.get(kind, Tally()) for kind in _OTHERS)
    return (seconds(counts.falls.delay_s(50)), seconds(counts.falls.delay_s(95)), *map(short, others))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.changes")
    parser.add_argument("labels", type=Path)
    parser.add_argument("tracks", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--only", action="append", default=[], help="clips whose path holds this; repeat it")
    parser.add_argument("--change", action="append", default=[], help="this row alone; repeat it")
    parser.add_argument("--pictures", type=Path, help="change pictures, and keep what is tracked here")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
