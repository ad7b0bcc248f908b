"""Ring files: raw pictures of one camera in memory that several processes map.

A file holds a page that tells its layout, a marker for each slot, and the slots. A slot's marker is even
while its picture is whole and odd while one is being written; it only grows. A reference names file, slot and
marker, so that a reader can tell the picture it was promised from any other, before and after it looked.
"""

import mmap
import os
import re
import struct
import threading
from dataclasses import dataclass

import cv2
import numpy as np

from shared.bus.frames import REFERENCE, Image, PictureError

NAME = re.compile(r"(?P<camera>[A-Za-z0-9_.-]{1,64})\.[0-9a-f]{16}\.ring", re.ASCII)

_PAGE = 4096
_MAGIC = b"KSRING01"
_HEADER = struct.Struct("<8sQQ")  # magic, slots, bytes of a slot
_REFERENCE = struct.Struct(f"<{len(REFERENCE)}sIQHH")  # magic, slot, marker, height, width; the name follows
_MAX_SLOTS = 1 << 16
_MAX_SIDE_PX = (1 << 16) - 1
_CHANNELS = 3
_GONE = "its picture is no longer kept"


def _whole_pages(size: int) -> int:
    return -(-size // _PAGE) * _PAGE


@dataclass(frozen=True)
class Layout:
    """`slots` places of `slot_bytes` each, a multiple of the page size."""

    slots: int
    slot_bytes: int

    @property
    def pixels_at(self) -> int:
        return _PAGE + _whole_pages(8 * self.slots)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.pixels_at + self.slots * self.slot_bytes

    @classmethod
    def of(cls, picture_bytes: int, *, wanted: int, room: int) -> "Layout":
        """`wanted` slots for pictures of so many bytes, or as many as fit into `room` bytes (perhaps
        none).
        """
        slot_bytes = _whole_pages(picture_bytes)
        return cls(max(0, min(wanted, (room - _PAGE - _whole_pages(8 * wanted)) // slot_bytes)), slot_bytes)

    @classmethod
    def read(cls, fd: int) -> "Layout | None":
        """What the file says; None where it is not a whole ring."""
        head = os.pread(fd, _HEADER.size, 0)
        if len(head) < _HEADER.size:
            return None
        magic, slots, slot_bytes = _HEADER.unpack(head)
        layout = cls(slots, slot_bytes)
        sound = magic == _MAGIC and 1 <= slots <= _MAX_SLOTS and slot_bytes % _PAGE == 0 and slot_bytes > 0
        return layout if sound and layout.size == os.fstat(fd).st_size else None

    def write(self, fd: int) -> None:
        os.pwrite(fd, _HEADER.pack(_MAGIC, self.slots, self.slot_bytes), 0)


@dataclass(frozen=True)
class Reference:
    """Where a picture is: what the frames entry carries instead of it."""

    ring: str  # the file's name
    slot: int
    marker: int
    height_px: int
    width_px: int

    def pack(self) -> bytes:
        name = self.ring.encode("ascii")
        return _REFERENCE.pack(REFERENCE, self.slot, self.marker, self.height_px, self.width_px) + name

    @classmethod
    def unpack(cls, body: bytes) -> "Reference":
        """
        Raises:
            PictureError: the bytes are no reference of ours; its name could not be a ring's.
        """
        name = body[_REFERENCE.size :].decode("ascii", "replace")
        if len(body) < _REFERENCE.size or not NAME.fullmatch(name):
            raise PictureError(f"a frame body of {len(body)} bytes is not a reference to a picture")
        magic, slot, marker, height_px, width_px = _REFERENCE.unpack_from(body)
        if magic != REFERENCE or marker % 2 or not (height_px and width_px):
            raise PictureError(f"a frame body of {len(body)} bytes is not a reference to a picture")
        return cls(name, slot, marker, height_px, width_px)


class Ring:
    """A mapped ring file. The file descriptor stays its opener's: the mapping outlives it."""

    def __init__(self, name: str, fd: int, layout: Layout, *, writable: bool = False) -> None:
        protection = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
        mapped = mmap.mmap(fd, layout.size, mmap.MAP_SHARED | mmap.MAP_POPULATE, protection)
        self.name = name
        self.layout = layout
        self._markers = np.frombuffer(mapped, np.uint64, layout.slots, _PAGE)
        pixels = np.frombuffer(mapped, np.uint8, layout.slots * layout.slot_bytes, layout.pixels_at)
        self._pixels = pixels.reshape(layout.slots, layout.slot_bytes)

    def fits(self, image: Image) -> bool:
        return image.nbytes <= self.layout.slot_bytes

    def write(self, slot: int, image: Image) -> Reference:
        """Put a picture that fits into the slot, whatever was there."""
        height, width = image.shape[:2]
        writing = (int(self._markers[slot]) + 1) | 1  # odd already where a writer died at it
        self._markers[slot] = writing
        _fence()
        np.copyto(self._place(slot, height, width), image)
        _fence()
        self._markers[slot] = writing + 1
        return Reference(self.name, slot, writing + 1, height, width)

    def read(self, reference: Reference, reduce: int) -> Image:
        """A copy of the picture at 1/`reduce` of its size, rounded up.

        Raises:
            PictureError: the slot holds another picture by now, or never held one like this.
        """
        height, width, slot = reference.height_px, reference.width_px, reference.slot
        if slot >= self.layout.slots or height * width * _CHANNELS > self.layout.slot_bytes:
            raise PictureError(f"the reference into {self.name} points out of it")
        if int(self._markers[slot]) != reference.marker:
            raise PictureError(_GONE)
        _fence()
        image = shrunk(self._place(slot, height, width), reduce)
        _fence()
        if int(self._markers[slot]) != reference.marker:
            raise PictureError(_GONE)
        return image

    def _place(self, slot: int, height: int, width: int) -> Image:
        return self._pixels[slot, : height * width * _CHANNELS].reshape(height, width, _CHANNELS)


def fit_for_ring(image: Image) -> bool:
    """Whether a reference can tell this picture's shape."""
    height, width = image.shape[:2]
    return 0 < height <= _MAX_SIDE_PX and 0 < width <= _MAX_SIDE_PX and image.shape[2:] == (_CHANNELS,)


def shrunk(image: Image, reduce: int) -> Image:
    """A new picture whose pixels are the means of `reduce` x `reduce` (1, 2, 4 or 8) of `image`.

    What is missing at the lower and right edge repeats the last pixels, as in a JPEG's blocks: so pixel (x,
    y) shows exactly the same place as one of a JPEG that is decoded at this size.
    """
    if reduce == 1:
        return image.copy()
    down, right = (-side % reduce for side in image.shape[:2])
    if down or right:
        image = np.asarray(cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_REPLICATE), np.uint8)
    while reduce > 1:  # halving is what OpenCV does fastest: at 640x480 0.14 ms down to 1/4, in one step 0.63
        image = np.asarray(
            cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA),
            np.uint8,
        )
        reduce //= 2
    return image


_ordering = threading.Lock()


def _fence() -> None:
    """Other processors see what was written before this no later than what is written after it.

    x86 keeps that order by itself. Elsewhere a lock's atomic operations do: what is before cannot sink below
    the first release, what is behind cannot rise above the second acquire.
    """
    with _ordering:
        pass
    with _ordering:
        pass
