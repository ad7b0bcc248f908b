"""What the pose decoders cost, and how exact they are on drawn maps: `python -m tests.bench.bench_decoders`.

One thread, and whatever else the machine does: the fastest of several runs counts.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from shared.vision.decoding.heatmaps import HeatmapLayout, Refinement, decode_heatmaps
from shared.vision.decoding.posenet import decode_one, decode_people
from shared.vision.decoding.simcc import decode_simcc
from tests.shared.vision.decoding.drawings import (
    HEIGHT,
    INPUT_PX,
    POSENET,
    WIDTH,
    bodies_at,
    distributions,
    gaussians,
    posenet_outputs,
)

BATCHES = (1, 8, 32)
RUNS = 20
REFINEMENTS: tuple[Refinement, ...] = ("none", "quarter", "dark")
KEYPOINTS = 17


def fastest_us(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best * 1e6


def decoders(batch: int) -> dict[str, Callable[[], object]]:
    """Each decoder at work on a batch."""
    generator = np.random.default_rng(1)
    heatmaps = gaussians(generator.uniform((0, 0), (WIDTH - 1, HEIGHT - 1), (batch, KEYPOINTS, 2)))
    x, y = (distributions(generator.uniform(0, side - 1, (batch, KEYPOINTS)), side, 2) for side in INPUT_PX)
    people = posenet_outputs(bodies_at((120.0, 150.0), (330.0, 190.0)))
    scores, short, mid = (np.repeat(each[None], batch, axis=0) for each in people)
    work: dict[str, Callable[[], object]] = {
        f"heatmaps 17 x 64 x 48, {refine}": partial(
            decode_heatmaps, heatmaps, HeatmapLayout(INPUT_PX, refine)
        )
        for refine in REFINEMENTS
    }
    work["SimCC 17 x (384 + 512)"] = partial(decode_simcc, x, y)
    work["PoseNet 17 x 23 x 31, one person"] = partial(decode_one, scores, short, POSENET)
    work["PoseNet 17 x 23 x 31, two people"] = partial(decode_people, scores, short, mid, POSENET)
    return work


def errors(noise: float, border: bool) -> dict[Refinement, tuple[float, float]]:
    """Mean and largest distance in cells from the true centres; in the outermost three cells, or inside."""
    generator = np.random.default_rng(2)
    if border:
        true = np.stack((generator.uniform(0, 3, (100, 20)), generator.uniform(8, 55, (100, 20))), axis=2)
    else:
        true = generator.uniform((8, 8), (WIDTH - 9, HEIGHT - 9), (100, 20, 2))
    maps = gaussians(true) + generator.normal(0, noise, (100, 20, HEIGHT, WIDTH)).astype(np.float32)
    results = {}
    for refine in REFINEMENTS:
        found = decode_heatmaps(maps, HeatmapLayout(INPUT_PX, refine)).points * (WIDTH, HEIGHT)
        away = np.hypot(*np.moveaxis(found - true, -1, 0))
        results[refine] = (float(away.mean()), float(away.max()))
    return results


def main() -> None:
    columns = [decoders(batch) for batch in BATCHES]
    print(f"{'microseconds a picture, batch of':40}" + "".join(f"{batch:>9}" for batch in BATCHES))
    for name in columns[0]:
        costs = [fastest_us(works[name]) / batch for works, batch in zip(columns, BATCHES, strict=True)]
        print(f"{name:40}" + "".join(f"{cost:9.0f}" for cost in costs))
    for title, noise, border in (
        ("clean", 0.0, False),
        ("noise of 0.02", 0.02, False),
        ("noise of 0.05", 0.05, False),
        ("at the border", 0.0, True),
    ):
        for refine, (mean, largest) in errors(noise, border).items():
            print(f"{title:16}{refine:10} error in cells: mean {mean:.4f}, largest {largest:.3f}")


if __name__ == "__main__":
    main()
