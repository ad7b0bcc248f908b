"""Which part of a player is silent, and for how long."""

import pytest

from services.ingest.playing.vitals import Vitals
from tests.conftest import Clock


class Processor:
    """Processor time that is used when a test says so."""

    used_s = 0.0

    def __call__(self) -> float:
        return self.used_s


def test_silence_counts_from_what_was_promised(clock: Clock) -> None:
    vitals = Vitals(clock.now_s, Processor())
    vitals.expect("reader", 5)
    vitals.expect("loop", 30)
    for passed_s, overdue_s in ((4, 0), (2, 1), (10, 11)):
        clock.advance(1000 * passed_s)
        assert vitals.overdue_s() == pytest.approx(overdue_s)
    vitals.rest("reader")
    assert vitals.overdue_s() == 0


def test_who_computes_is_not_silent(clock: Clock) -> None:
    processor = Processor()
    vitals = Vitals(clock.now_s, processor)
    vitals.expect("reader", 5, computes=True)
    for _ in range(20):
        clock.advance(1000)
        processor.used_s += 0.9
        assert vitals.overdue_s() == 0
    for _ in range(8):
        clock.advance(1000)
        processor.used_s += 0.01
        overdue_s = vitals.overdue_s()
    assert overdue_s == pytest.approx(3)


def test_who_may_not_compute_is_silent_however_busy(clock: Clock) -> None:
    processor = Processor()
    vitals = Vitals(clock.now_s, processor)
    vitals.expect("reader", 5)
    clock.advance(8000)
    processor.used_s = 8.0
    assert vitals.overdue_s() == pytest.approx(3)
