"""What the soak takes for growth."""

from collections.abc import Callable

import pytest

from tests.faults.soak import GROWTH_MB, Sample, growth
from tests.faults.usage import Usage

LOOKS = 50

Course = Callable[[int], tuple[float, int, int]]  # look -> MB, threads, descriptors


def samples(course: Course) -> list[Sample]:
    looks = ((look, *course(look)) for look in range(LOOKS))
    return [
        Sample("stream", 10.0 * n, "player", Usage(1, mb, mb, threads, files))
        for n, mb, threads, files in looks
    ]


@pytest.mark.parametrize(
    "course",
    [
        lambda _: (30.0, 4, 9),
        lambda n: (30.0 + (n % 7), 4 + n % 2, 9),  # up and down
        lambda n: (30.0 if n else 60.0, 4, 9),  # less than at first
        lambda n: (90.0 if n == 25 else 30.0, 4 if n != 25 else 9, 9),  # a peak that passes
    ],
)
def test_what_stays_level_is_no_growth(course: Course) -> None:
    assert growth(samples(course)) == []


@pytest.mark.parametrize(
    ("course", "named"),
    [
        (lambda n: (30.0 + 2 * GROWTH_MB * n / LOOKS, 4, 9), "MB more"),
        (lambda n: (30.0, 4 + n // 20, 9), "threads"),
        (lambda n: (30.0, 4, 9 + n // 5), "descriptors"),
    ],
)
def test_what_rises_to_the_end_is_growth(course: Course, named: str) -> None:
    [complaint] = growth(samples(course))
    assert "player" in complaint
    assert named in complaint


def test_one_look_alone_is_no_growth() -> None:
    assert growth(samples(lambda _: (30.0, 4, 9))[:1]) == []
