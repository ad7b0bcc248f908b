"""Crossing lines."""

from collections.abc import Sequence

import pytest

from shared.rules.line_cross import RULE
from shared.rules.moment import Moment, Sight
from tests.shared.rules.acting import line, play, seen, unseen


def walk(*offsets_m: float, along: float = 0.5) -> list[Moment]:
    """Half a second from one to the next."""
    return [seen(n / 2, lines=line(offset, along)) for n, offset in enumerate(offsets_m)]


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        (walk(-1, -0.5, -0.1, 0.1, 0.5, 1), [("in", 1.5, 2.0)]),
        (walk(1, 0.3, -0.3, -1), [("out", 1.0, 1.0)]),
        (walk(-1, 1, -1), [("in", 0.5, 0.5), ("out", 1.0, 1.0)]),
        (walk(-1, -0.1, 0.1, -0.1, 0.1, -0.1, -1), []),
        (walk(-1, -0.1, 0.1, -0.1, 0.1, 0.1, 1), [("in", 2.0, 3.0)]),
        (walk(0.1, -0.1, 0.1, 1), [("in", 1.0, 1.5)]),
        (walk(0.1, 0.1, 1), []),
        (walk(0.1, -0.1, -1), [("out", 0.5, 1.0)]),
        (walk(-1, 1, along=1.2), []),
        (walk(-1, 1, along=-0.2), []),
        ([*walk(-1), unseen(3), seen(4, lines=line(1))], [("in", 4.0, 4.0)]),
        ([*walk(-1), unseen(3, Sight.GONE), seen(4, lines=line(1))], []),
        ([seen(0)], []),
    ],
    ids=[
        "in",
        "out",
        "there and back",
        "sways before it",
        "sways on it, then goes on",
        "begins on it, sways, goes in",
        "begins on it and goes in",
        "begins on it and goes out",
        "beyond one end",
        "beyond the other end",
        "not seen on the line",
        "another track",
        "no lines",
    ],
)
def test_a_line_is_crossed_once_for_each_time_somebody_gets_behind_it(
    moments: Sequence[Moment], told: list[tuple[str, float, float]]
) -> None:
    reports = play(RULE, moments)
    assert [(r.detail, r.started_us / 1e6, (r.raised_us or 0) / 1e6) for r in reports] == told
    assert all(r.zone == r.part == "door" for r in reports)
    assert [r.evidence["inwards"] for r in reports] == [float(way == "in") for way, *_ in told]


def test_who_walks_around_an_end_has_not_crossed_but_is_on_the_other_side() -> None:
    around = [
        seen(0, lines=line(-1, 0.8)),
        seen(1, lines=line(-0.1, 1.3)),
        seen(2, lines=line(1, 1.3)),
        seen(3, lines=line(1, 0.5)),
    ]
    assert play(RULE, around) == []
    assert [report.detail for report in play(RULE, [*around, seen(4, lines=line(-1, 0.5))])] == ["out"]


@pytest.mark.parametrize(
    ("options", "ways"),
    [
        ({}, ["in", "out"]),
        ({"direction": "in"}, ["in"]),
        ({"direction": "out"}, ["out"]),
        ({"lines": ("gate",)}, []),
        ({"beyond_m": 2.0}, []),
    ],
)
def test_only_the_wanted_crossings_are_told(options: dict[str, object], ways: list[str]) -> None:
    assert [report.detail for report in play(RULE, walk(-1, 1, -1), **options)] == ways
