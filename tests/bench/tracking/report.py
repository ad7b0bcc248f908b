"""The tables of the benchmark, and the same as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from services.evaluate.tracking.motchallenge import Integers
from services.evaluate.tracking.scoring import Score, score
from tests.bench.tracking.contest import Record
from tests.bench.tracking.ours import PREFIX
from tests.bench.tracking.sequences import DANCES, FAMILIES, TUD

SUPERVISION = "supervision ByteTrack"


def accuracy(records: Sequence[Record]) -> Iterator[str]:
    """Crowds and other dances (means of the families' scores, sums of their switches), and TUD (both clips
    summed).
    """
    groups = "".join(f" {name}HOTA | IDF1 | MOTA | switches |" for name in ("", "dances: ", "TUD: "))
    yield f"| tracker |{groups}"
    yield f"|---|{'---|' * 12}"
    for record in records:
        cells = [*_group(record, FAMILIES), *_group(record, DANCES)]
        real = [each for name in TUD for each in record.measured.get(name, ())]
        if real:
            total = score(real)
            cells += [*_means([total]), str(total.id_switches)]
        else:
            cells += ["-"] * 4
        yield _row(record.entrant.title, cells)


def _group(record: Record, names: Sequence[str]) -> list[str]:
    scores = [score(record.measured[name]) for name in names if name in record.measured]
    return [*_means(scores), str(sum(each.id_switches for each in scores))] if scores else ["-"] * 4


def families(records: Sequence[Record]) -> Iterator[str]:
    """HOTA / IDF1 of each family."""
    names = _names(records)
    yield _row("HOTA / IDF1", names)
    yield _row("---", ["---"] * len(names))
    for record in records:
        scores = (score(record.measured[name]) for name in names)
        yield _row(
            record.entrant.title, [f"{100 * each.hota:.1f} / {100 * each.idf1:.1f}" for each in scores]
        )


def speeds(records: Sequence[Record]) -> Iterator[str]:
    """Steps per second and the p99 of a step in ms, of each family."""
    names = _names(records)
    yield _row("updates/s (p99 ms)", names)
    yield _row("---", ["---"] * len(names))
    for record in records:
        cells = [f"{updates_per_s(record, name):,.0f} ({_p99_ms(record, name):.2g})" for name in names]
        yield _row(record.entrant.title, cells)


def advantages(records: Sequence[Record]) -> Iterator[str]:
    """How many times as fast ours are as the fastest peer, and as supervision."""
    names = _names(records)
    rivals = [record for record in records if not record.entrant.title.startswith(PREFIX)]
    if not rivals:
        return
    yield _row("times as fast as the fastest peer, as supervision", names)
    yield _row("---", ["---"] * len(names))
    for record in records:
        if record.entrant.title.startswith(PREFIX):
            yield _row(record.entrant.title, [_advantage(record, rivals, name) for name in names])


def _advantage(record: Record, rivals: Sequence[Record], family: str) -> str:
    fastest = max(rivals, key=lambda rival: updates_per_s(rival, family))
    supervision = next(rival for rival in rivals if rival.entrant.title == SUPERVISION)
    return f"{_times(record, fastest, family)}, {_times(record, supervision, family)}"


def updates_per_s(record: Record, family: str) -> float:
    """With each step as fast as in its fastest round: every round does the same, and what else the machine
    does only adds to it.
    """
    return float(1e9 / _fastest_ns(record, family).mean())


def as_json(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Everything that the tables say, per entrant and family."""
    return [
        {
            "tracker": record.entrant.title,
            "options": dict(record.entrant.options),
            "families": {
                name: {
                    "hota": round(counts.hota, 5),
                    "idf1": round(counts.idf1, 5),
                    "mota": round(counts.mota, 5),
                    "switches": counts.id_switches,
                    "false_positives": counts.false_positives,
                    "misses": counts.false_negatives,
                    "updates_per_s": round(updates_per_s(record, name), 1),
                    "p99_ms": round(_p99_ms(record, name), 4),
                }
                for name, counts in _scores(record)
            },
        }
        for record in records
    ]


def _names(records: Sequence[Record]) -> list[str]:
    return [name for name in (*FAMILIES, *DANCES, *TUD) if name in records[0].measured]


def _scores(record: Record) -> Iterator[tuple[str, Score]]:
    return ((name, score(measured)) for name, measured in record.measured.items())


def _means(scores: Sequence[Score]) -> list[str]:
    columns = [[each.hota, each.idf1, each.mota] for each in scores]
    return [f"{100 * value:.1f}" for value in np.mean(columns, axis=0)]


def _fastest_ns(record: Record, family: str) -> Integers:
    fastest: Integers = np.min(record.rounds_ns[family], axis=0)
    return fastest


def _p99_ms(record: Record, family: str) -> float:
    return float(np.percentile(_fastest_ns(record, family), 99) / 1e6)


def _times(record: Record, rival: Record, family: str) -> str:
    return f"{updates_per_s(record, family) / updates_per_s(rival, family):.1f}"


def _row(title: str, cells: Iterable[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"
