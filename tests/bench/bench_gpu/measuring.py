"""One model in one place: time per item, parity with the CPU, and what it gives at most."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from shared.models.running import Model
from shared.models.running.runs import Batch, Outputs
from tests.bench.bench_gpu.gpu import watched


@dataclass(frozen=True)
class Effort:
    """How long to measure: batch sizes, seconds per figure, and threads that keep the GPU busy."""

    batches: tuple[int, ...]
    seconds: float
    threads: tuple[int, ...]


@dataclass(frozen=True)
class Parity:
    """How far an output is from the CPU's: the largest and mean difference, and the CPU's largest value."""

    output: str
    largest: float
    mean: float
    range: float


@dataclass(frozen=True)
class Load:
    """What came through while `threads` handed in batches of `batch` without a pause."""

    batch: int
    threads: int
    items_per_s: float
    busy_percent: float | None
    memory_mib: float | None
    power_w: float | None


@dataclass(frozen=True)
class Figures:
    """All of one model in one place. `ms_per_item` by batch; `fed`: with crops cut on the way."""

    model: str
    provider: str
    precision: str
    largest_batch: int
    ms_per_item: dict[int, float]
    parity: tuple[Parity, ...]
    loads: tuple[Load, ...]
    fed: Load

    @property
    def best(self) -> Load:
        """The load that gave the most."""
        return max(self.loads, key=lambda load: load.items_per_s)


def ms_per_item(model: Model, crops: Batch, effort: Effort) -> dict[int, float]:
    """Median time of one run by batch size, per picture; copies to and from the device included."""
    figures = {}
    for batch in effort.batches:
        spent_s: list[float] = []
        until_s = time.perf_counter() + effort.seconds
        while len(spent_s) < 3 or (time.perf_counter() < until_s and len(spent_s) < 200):
            started_s = time.perf_counter()
            model.run(crops[:batch])
            spent_s.append(time.perf_counter() - started_s)
        figures[batch] = 1000 * statistics.median(spent_s) / batch
    return figures


def parity(reference: Outputs, found: Outputs) -> tuple[Parity, ...]:
    """The same pictures on the CPU and here."""
    return tuple(
        Parity(
            name,
            float(np.abs(wanted - found[name]).max()),
            float(np.abs(wanted - found[name]).mean()),
            float(np.abs(wanted).max()),
        )
        for name, wanted in reference.items()
    )


def load(once: Callable[[], int], batch: int, threads: int, seconds: float) -> Load:
    """Call `once`, which says how many items it put through, from so many threads for so long."""
    counts = [0] * threads
    failures: list[BaseException] = []
    until_s = time.perf_counter() + seconds

    def work(place: int) -> None:
        try:
            while time.perf_counter() < until_s:
                counts[place] += once()
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that waits
            failures.append(error)

    with watched() as watch:
        started_s = time.perf_counter()
        workers = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        spent_s = time.perf_counter() - started_s
    if failures:
        raise failures[0]
    return Load(batch, threads, sum(counts) / spent_s, watch.busy, watch.memory_mib, watch.power_w)


def measure(
    model: Model, crops: Batch, fresh: Callable[[int], Iterator[Batch]], reference: Outputs, effort: Effort
) -> Figures:
    """All figures of one open model.

    Args:
        model: warm.
        crops: at least as many as the largest batch.
        fresh: cuts so many crops from the recording, one when it is asked for.
        reference: the CPU's answers to the first crops.
        effort: how long and how large.
    """

    def whole(batch: int) -> Callable[[], int]:
        def once() -> int:
            model.run(crops[:batch])
            return batch

        return once

    checked = len(next(iter(reference.values())))
    timed = ms_per_item(model, crops, effort)
    loads = [
        load(whole(batch), batch, threads, effort.seconds)
        for batch in effort.batches
        for threads in effort.threads
    ]
    best = max(loads, key=lambda one: one.items_per_s)

    def once_fed() -> int:
        model.run(fresh(best.batch))
        return best.batch

    return Figures(
        model.entry.name,
        model.provider,
        model.precision,
        model.largest_batch,
        timed,
        parity(reference, model.run(crops[:checked])),
        tuple(loads),
        load(once_fed, best.batch, 1, effort.seconds),
    )


def summary(figures: Sequence[Figures]) -> list[str]:
    """The table, line by line."""
    batches = sorted({batch for one in figures for batch in one.ms_per_item})
    shown = [batch for batch in batches if batch in (1, 8, 32) or batch == batches[-1]]
    head = f"{'model':22}{'place':16}" + "".join(f"{f'ms/item x{b}':>13}" for b in shown)
    rest = f"{'items/s':>10}{'batch':>7}{'threads':>8}{'busy %':>8}{'W':>6}{'fed/s':>9}  off from the CPU"
    lines = [head + rest]
    for one in figures:
        best = one.best
        times = "".join(f"{one.ms_per_item.get(b, float('nan')):13.3f}" for b in shown)
        worst = max(one.parity, key=lambda p: p.largest / max(1.0, p.range))
        lines.append(
            f"{one.model:22}{f'{one.provider} {one.precision}':16}{times}{best.items_per_s:10.0f}"
            f"{best.batch:7d}{best.threads:8d}{_or_dash(best.busy_percent):>8}{_or_dash(best.power_w):>6}"
            f"{one.fed.items_per_s:9.0f}  {worst.output} {worst.largest:.2g} of {worst.range:.3g}"
        )
    return lines


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
