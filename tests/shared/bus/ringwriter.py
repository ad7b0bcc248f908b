"""A process that writes pictures as fast as it can: `python -m tests.shared.bus.ringwriter FOLDER HEIGHT`.

For each line it reads it prints the body of its last picture, whose slot is overwritten at once: who looks at
it races the writer.
"""

import sys
import threading
from pathlib import Path

import numpy as np

from shared.bus.shm import ShmFrames
from shared.bus.shm_folder import RingFolder

WINDOW = 6
SLOTS = WINDOW + 2


def level_of(number: int) -> int:
    """The grey level of the picture of message `number`."""
    return number * 37 % 251


def main() -> None:
    folder, height = Path(sys.argv[1]), int(sys.argv[2])
    writer = ShmFrames(RingFolder(folder), 64_000_000).writer("hall", WINDOW)
    image = np.empty((height, 640, 3), np.uint8)
    newest = [b""]

    def answer() -> None:
        for _ in sys.stdin:
            sys.stdout.write(f"{newest[0].hex()}\n")
            sys.stdout.flush()

    number = 0
    while True:
        image[:] = level_of(number)
        newest[0] = writer.put(image, 90, number)
        if number == 0:
            threading.Thread(target=answer, daemon=True).start()
        number += 1


if __name__ == "__main__":
    main()
