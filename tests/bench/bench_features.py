"""What a person costs the rule stage: CPU time of all features and rules, and bytes in a checkpoint.

Whether the machine was busy shows in the spread of the laps.
"""

import statistics
import time

import msgspec

from shared.actions import CameraState, Watch
from shared.actions.person import Memory
from shared.messages import Frame
from shared.settings import Actions
from tests.services.figures import SITTING, STANDING, SUPINE, Figure, Take, film

_LAPS = 7
_KEYS = [(2, STANDING), (3, SITTING), (6, SITTING), (7, STANDING), (8, STANDING), (8.8, SUPINE)]
_PEOPLE = 4


def main() -> None:
    """Print both."""
    figures = [Figure(_KEYS, track=n, x_m=n - 2.5) for n in range(1, _PEOPLE + 1)]
    frames = film(figures, Take(fps=15, duration_s=12))
    laps_ms, state = [], CameraState()
    for _ in range(_LAPS):
        started_s = time.process_time()
        state = _play(frames)
        laps_ms.append(1e3 * (time.process_time() - started_s) / (len(frames) * _PEOPLE))
    spread = f"{min(laps_ms):.3f} to {max(laps_ms):.3f}"
    print(f"{statistics.median(laps_ms):.3f} ms a person and frame ({spread})")
    sizes = [_size(memory) for memory in state.memories]
    print(f"{max(sizes)} bytes a track, {len(msgspec.msgpack.encode(state.view))} for the camera")


def _play(frames: list[Frame]) -> CameraState:
    watch, state = Watch(Actions()), CameraState()
    for frame in frames:
        _, state = watch.step(frame, state)
    return state


def _size(memory: Memory) -> int:
    return len(msgspec.msgpack.encode(memory))


if __name__ == "__main__":
    main()
