"""Runs trackers in child processes, tunes the peers, and lets all run the same clips in turns."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Self

import numpy as np

from services.evaluate.tracking.motchallenge import Integers, Rows
from services.evaluate.tracking.pairing import pair
from services.evaluate.tracking.scoring import Measured, measure, score
from tests.bench.command import ROOT, CommandError
from tests.bench.tracking.grids import GRIDS
from tests.bench.tracking.ours import PREFIX
from tests.bench.tracking.sequences import Clip, rows

Options = Mapping[str, Any]

# One thread in every child: a library's own threads would measure the neighbours.
_ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_AT_ONCE = 2


@dataclass(frozen=True)
class Entrant:
    """A tracker with its settings; `title` tells default from tuned."""

    title: str
    tracker: str
    options: Options


@dataclass(frozen=True, eq=False)
class Run:
    """What a tracker made of a clip, and how long each step took."""

    said: Rows
    step_ns: Integers


@dataclass(frozen=True, eq=False)
class Record:
    """All of one entrant.

    Attributes:
        entrant: who.
        measured: by family, what each of its clips says.
        rounds_ns: by family, for each round the steps of its clips.
    """

    entrant: Entrant
    measured: dict[str, list[Measured]] = field(default_factory=dict)
    rounds_ns: dict[str, list[Integers]] = field(default_factory=dict)


class Child:
    """A process that runs one clip after the other through trackers of its environment."""

    def __init__(self, python: str | Path, module: str) -> None:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kinestream-bench-"))
            self._errors = stack.enter_context(tempfile.TemporaryFile())
            self._folder = Path(folder)
            self._process = subprocess.Popen(
                [str(python), "-m", module],
                cwd=ROOT,
                env={**os.environ, **_ALONE},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
            )
            self._kept = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._kept.close()

    def run(self, entrant: Entrant, clip: Clip) -> Run:
        """One clip through a new tracker.

        Raises:
            CommandError: the child has ended; with the last it said.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        path, results = (self._folder / name for name in (f"{clip.name}.npz", "results.npz"))
        if not path.exists():
            np.savez(path, pts_us=clip.pts_us, frames=clip.frames, boxes=clip.boxes, scores=clip.scores)
        request = {
            "tracker": entrant.tracker,
            "options": entrant.options,
            "clip": str(path),
            "results": str(results),
        }
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise CommandError(f"{entrant.title} on {clip.name}: {self._last_words()}")
        with np.load(results) as found:
            said = rows(found["frames"], found["ids"], found["boxes"])
            return Run(said, found["step_ns"])

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "its process has ended without a word"


def peers(python: Path) -> Child:
    """The child of the peers' environment.

    Raises:
        CommandError: there is none.
    """
    if not python.is_file():
        raise CommandError(f"no Python of the peers at {python}: `make bench-tracking` installs it")
    return Child(python, "tests.bench.tracking.peers")


def ours() -> Child:
    """The child of this environment."""
    return Child(sys.executable, "tests.bench.tracking.ours")


def judge(said: Rows, clip: Clip) -> Measured:
    return measure(pair(clip.truth, said, clip.name, clip.pts_us.size))


def objective(measured: Mapping[str, Sequence[Measured]]) -> float:
    """What is tuned for: the mean of HOTA and IDF1, over the families."""
    scores = [score(each) for each in measured.values()]
    return float(np.mean([(each.hota + each.idf1) / 2 for each in scores]))


def tuned(python: Path, clips: Sequence[Clip], say: Callable[[str], None]) -> list[Entrant]:
    """Every peer with the best of its grid on `clips`."""
    with ProcessPoolExecutor(_AT_ONCE) as pool:
        found = {tracker: pool.submit(_tune, python, tracker, clips) for tracker in GRIDS}
        entrants = []
        for tracker, future in found.items():
            options, before, after = future.result()
            shown = json.dumps(options) if options else "its defaults"
            say(f"  {tracker}: {before:.4f} to {after:.4f} with {shown}")
            entrants.append(Entrant(f"{tracker}, tuned", tracker, options))
    return entrants


def _tune(python: Path, tracker: str, clips: Sequence[Clip]) -> tuple[Options, float, float]:
    with peers(python) as child:

        def value(options: Options) -> float:
            measured: dict[str, list[Measured]] = {}
            entrant = Entrant(tracker, tracker, options)
            for clip in clips:
                measured.setdefault(clip.family, []).append(judge(child.run(entrant, clip).said, clip))
            return objective(measured)

        chosen: dict[str, Any] = {}
        first = best = value(chosen)
        for name, (_, *others) in GRIDS[tracker].items():
            for other in others:
                if (reached := value({**chosen, name: other})) > best:
                    chosen, best = {**chosen, name: other}, reached
    return chosen, first, best


def compete(
    entrants: Iterable[Entrant], clips: Sequence[Clip], rounds: int, python: Path | None
) -> list[Record]:
    """All entrants over all clips, in turns clip by clip; what the first round says is scored."""
    records = [Record(entrant) for entrant in entrants]
    said: list[tuple[Record, Clip, Rows]] = []
    with ExitStack() as stack:
        home = stack.enter_context(ours())
        away = stack.enter_context(peers(python)) if python else home
        for turn in range(rounds):
            for clip, record in product(clips, records):
                child = home if record.entrant.tracker.startswith(PREFIX) else away
                run = child.run(record.entrant, clip)
                _time(record, run, clip, turn)
                if not turn:
                    said.append((record, clip, run.said))
    with ProcessPoolExecutor(_AT_ONCE) as pool:
        counted = pool.map(judge, [each for *_, each in said], [clip for _, clip, _ in said])
        for (record, clip, _), counts in zip(said, counted, strict=True):
            record.measured.setdefault(clip.family, []).append(counts)
    return records


def _time(record: Record, run: Run, clip: Clip, turn: int) -> None:
    rounds = record.rounds_ns.setdefault(clip.family, [])
    if len(rounds) <= turn:
        rounds.append(run.step_ns)
    else:
        rounds[turn] = np.concatenate([rounds[turn], run.step_ns])
