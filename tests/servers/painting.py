"""Made pictures that carry their number, painted with the standard library: Debian's Python has no NumPy.

A room of grey tiles in which a bright block wanders. The number stands in the top row as black and white
cells, large enough to survive coding and scaling; `tests.servers.counting` reads it back.
"""

import random
from typing import Literal

Look = Literal["moving", "frozen", "dark", "covered", "moved"]

NUMBER_BITS = 24
CHECK_BITS = 16
CELLS = NUMBER_BITS + CHECK_BITS  # across the picture; each is square

_DARK, _GREY = 16, 110
_BLACK, _WHITE = 20, 235


def code(number: int) -> int:
    """The number with a checksum, as it stands in the cells, most significant bit first."""
    number %= 1 << NUMBER_BITS
    check = (number * 40_503 + (number >> 8) * 9_973 + 4_129) % (1 << CHECK_BITS)
    return number << CHECK_BITS | check


class Room:
    """Pictures of one size as planar YUV 4:2:0 without colour.

    Args:
        width: in pixels, a multiple of 40.
        height: in pixels, even.
    """

    def __init__(self, width: int, height: int) -> None:
        if width % CELLS or height % 2:
            raise ValueError(f"{width}x{height}: the width must be a multiple of 40, the height of 2")
        self._width = width
        self._height = height
        self._cell = width // CELLS
        self._colour = bytes([128]) * (width * height // 2)
        self._walls = {look: self._tiles(seed) for seed, look in enumerate(("moving", "moved"))}
        self._flat = {
            look: bytes([grey]) * (width * height) for look, grey in (("dark", _DARK), ("covered", _GREY))
        }

    def picture(self, number: int, look: Look) -> bytes:
        """One picture; a dark or covered one shows no number."""
        if look in self._flat:
            return self._flat[look] + self._colour
        grey = bytearray(self._walls["moved" if look == "moved" else "moving"])
        self._paint_block(grey, number)
        self._paint_number(grey, number)
        return bytes(grey) + self._colour

    def _tiles(self, seed: int) -> bytes:
        """Each tile a cell wide, of random brightness."""
        drawn = random.Random(seed)
        lines: list[bytes] = []
        while len(lines) < self._height:
            tones = (bytes([drawn.randint(50, 190)]) * self._cell for _ in range(CELLS))
            lines += [b"".join(tones)] * self._cell
        return b"".join(lines[: self._height])

    def _paint_block(self, grey: bytearray, number: int) -> None:
        side = 6 * self._cell
        left = number * self._cell // 3 % (self._width - side)
        stripe = bytes([_WHITE]) * side
        for top in range(self._height // 2, self._height // 2 + side):
            at = top * self._width + left
            grey[at : at + side] = stripe

    def _paint_number(self, grey: bytearray, number: int) -> None:
        bits = code(number)
        tones = (_WHITE if bits >> bit & 1 else _BLACK for bit in reversed(range(CELLS)))
        stripe = b"".join(bytes([tone]) * self._cell for tone in tones)
        for line in range(self._cell):
            at = line * self._width
            grey[at : at + len(stripe)] = stripe
