"""Milliseconds per frame of every scenario: `python -m tests.bench.bench_scene [SIZE]`."""

import sys
import time

import cv2

from shared.scene.scene import Scene
from shared.scene.url import SCENARIOS, parse

_FRAMES = 60


def measure(url: str) -> float:
    """Milliseconds per frame of process time, frames spread over the whole scene."""
    scene = Scene(parse(url))
    step = max(1, scene.frame_count // _FRAMES)
    indices = range(0, scene.frame_count, step)
    scene.render(0)
    started = time.process_time()
    for index in indices:
        scene.render(index)
    return 1000 * (time.process_time() - started) / len(indices)


def main() -> None:
    cv2.setNumThreads(1)
    size = sys.argv[1] if len(sys.argv) > 1 else "640x480"
    for scenario in SCENARIOS:
        sys.stdout.write(f"{scenario:16s} {measure(f'synth://{scenario}?size={size}'):6.2f} ms/frame\n")
    sys.stdout.write(f"{'four people':16s} {measure(f'synth://walk?people=4&size={size}'):6.2f} ms/frame\n")


if __name__ == "__main__":
    main()
