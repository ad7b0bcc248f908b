"""Footage scored by several rulebooks, on all cores."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Protocol

from services.evaluate.events.replaying import Rulebook
from services.evaluate.events.scoring import ClipScore


class Footage(Protocol):
    """One clip or several, that any process can look at: it is sent there, and only then read or made."""

    def scores(self, books: Sequence[Rulebook], judged: Collection[str]) -> list[list[ClipScore]]:
        """For each rulebook the scores of its clips."""


def score_in_parallel(
    footage: Sequence[Footage],
    books: Sequence[Rulebook],
    judged: Collection[str],
    advance: Callable[[], None],
) -> list[list[ClipScore]]:
    """For each rulebook the scores of all clips, in order.

    Each piece of footage is read once, by one process, and goes through every rulebook; `advance` is called
    after each piece. Put the longest first where they differ much.

    Raises:
        EvaluationError: footage cannot be read.
    """
    if len(footage) == 1 or _cores() == 1:  # a process takes seconds to start
        return _together([_advanced(each.scores(books, judged), advance) for each in footage], len(books))
    context = multiprocessing.get_context("spawn")  # no half of a thread, and the same everywhere
    scored: list[list[list[ClipScore]]] = [[] for _ in footage]
    with ProcessPoolExecutor(_cores(), context, _leave_interrupts) as pool:
        try:
            running = {pool.submit(each.scores, books, judged): number for number, each in enumerate(footage)}
            for future in as_completed(running):
                scored[running[future]] = future.result()
                advance()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return _together(scored, len(books))


def _together(pieces: Sequence[list[list[ClipScore]]], books: int) -> list[list[ClipScore]]:
    """Scores by rulebook, of all pieces."""
    return [[score for piece in pieces for score in piece[number]] for number in range(books)]


def _advanced(scores: list[list[ClipScore]], advance: Callable[[], None]) -> list[list[ClipScore]]:
    advance()
    return scores


def _leave_interrupts() -> None:
    """Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
