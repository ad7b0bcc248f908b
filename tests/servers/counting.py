"""Reads the numbers that `tests.servers.painting` put into pictures."""

from shared.bus.frames import Image
from tests.servers.painting import CELLS, CHECK_BITS, code

_EDGE = 0.25  # of a cell, on each side: blurred by coding and scaling


def number(image: Image) -> int | None:
    """The number in an (H, W, 3) picture; None where it shows none that is whole."""
    cell = image.shape[1] / CELLS
    low, high = round(_EDGE * cell), max(round((1 - _EDGE) * cell), round(_EDGE * cell) + 1)
    grey = image[low:high].mean(axis=(0, 2))
    bits = 0
    for index in range(CELLS):
        start = index * cell
        bits = bits << 1 | int(grey[int(start + low) : int(start + high)].mean() > 128)
    found = bits >> CHECK_BITS
    return found if code(found) == bits else None
