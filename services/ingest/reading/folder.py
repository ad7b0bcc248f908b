"""A folder of images as a source.

The images are the folder's JPEG, PNG, BMP, WebP and TIFF files as they are when the source is opened, in
natural order of their names (`frame2.jpg` before `frame10.jpg`). `times.csv` beside them, if there, says
when each was taken: a line `NAME,SECONDS` for each image, in order of time, counted from anywhere; then
that is the order, and the first is media time 0. Without it they follow each other evenly: `fps` of the
camera each second, or one.
"""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from services.ingest.reading.address import path_of
from services.ingest.reading.capture import SourceError
from services.ingest.reading.roll import Loaded, Mark, Shot
from shared.settings import Camera

TIMES = "times.csv"
MOST_BYTES = 64 * 2**20  # of an image or the list of times
_STEP_S = 1.0
_JPEG_SUFFIXES = frozenset({".jpg", ".jpeg"})
_SUFFIXES = _JPEG_SUFFIXES | {".png", ".bmp", ".webp", ".tif", ".tiff"}
_JPEG_END, _TAIL_BYTES = b"\xff\xd9", 4096  # some cameras write a few bytes behind the end


class FolderRoll:
    """The images of a folder; see `Roll`. A mark is a file's name.

    Raises:
        SourceError: no such folder, or its list of times is wrong.
    """

    kind = "folder"

    def __init__(self, camera: Camera) -> None:
        self._folder = path_of(camera.source)
        self.name = str(self._folder)
        self.end_reason = "end of folder"
        self.damaged = 0
        try:
            names = [path.name for path in self._folder.iterdir() if _is_image(path)]
        except OSError as error:
            raise SourceError(f"cannot read {self.name}: {error.strerror}") from None
        names.sort(key=_natural)
        self.rated = (self._folder / TIMES).exists()
        step_us = (_STEP_S if camera.fps is None else 1 / camera.fps) * 1_000_000
        self._times_us = (
            _listed(self._folder / TIMES, names)
            if self.rated
            else {name: round(index * step_us) for index, name in enumerate(names)}
        )
        clock = TIMES if self.rated else f"{1e6 / step_us:g} pictures/s"
        self.stream = f"folder of {len(names)} images, {clock}"

    @property
    def length_us(self) -> int:
        return max(self._times_us.values(), default=0)

    def shots(self, after: Mark | None) -> Iterator[Shot]:
        names = list(self._times_us)
        if after is not None and after not in self._times_us:
            raise SourceError(f"{self.name} has changed: {after} is gone; begin a new run")
        first = 0 if after is None else names.index(str(after)) + 1
        for name in names[first:]:
            yield Shot(name, self._times_us[name], partial(_load, self._folder / name))

    def close(self) -> None:
        """Nothing is held."""


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file()


def _natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sorts numbers by their value; names that differ in nothing else, such as `1` and `01`, by letters."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts], name


def _load(path: Path) -> Loaded | None:
    """The image, upright as it says itself; none where it is damaged, too large or gone."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError:
        return None
    is_jpeg = path.suffix.lower() in _JPEG_SUFFIXES
    if len(data) > MOST_BYTES or (is_jpeg and _JPEG_END not in data[-_TAIL_BYTES:]):
        return None
    image = decoded(data)
    return None if image is None else Loaded(image, data if is_jpeg else None)


def decoded(data: bytes) -> "np.typing.NDArray[np.uint8] | None":
    """(H, W, 3) BGR of an image file's bytes; none where OpenCV cannot make a picture of them."""
    if not data:
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # more pixels than OpenCV takes
        return None
    return None if image is None else np.asarray(image, np.uint8)


def _listed(file: Path, names: list[str]) -> Mapping[str, int]:
    """Media time of each image in order, as the list of times says.

    Raises:
        SourceError: it cannot be read, misses an image, or times do not increase.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise SourceError(f"{file} is larger than {MOST_BYTES // 2**20} MiB: is it a list of times?")
        with file.open(encoding="utf-8", newline="") as opened:
            rows = [row for row in csv.reader(opened) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"cannot read {file}: {error}") from None
    times: dict[str, float] = {}
    last_s = -math.inf
    for line, row in enumerate(rows, 1):
        name, time_s = _row(file, line, row)
        if time_s <= last_s or name in times:
            raise SourceError(f"{file}: line {line}: {name} comes twice, or no later than the line before")
        times[name] = last_s = time_s
    missing = [name for name in names if name not in times]
    gone = times.keys() - set(names)
    if missing or gone:
        what = f"has no line for {missing[0]}" if missing else f"names {min(gone)}, which is not there"
        raise SourceError(f"{file} {what}: give each image of the folder a line NAME,SECONDS")
    first_s = next(iter(times.values()), 0.0)
    return {name: round((time_s - first_s) * 1_000_000) for name, time_s in times.items()}


def _row(file: Path, line: int, row: list[str]) -> tuple[str, float]:
    try:
        name, text = row
        time_s = float(text)
    except ValueError:
        raise SourceError(f"{file}: line {line} is not NAME,SECONDS") from None
    if not math.isfinite(time_s):
        raise SourceError(f"{file}: line {line} is not NAME,SECONDS")
    return name.strip(), time_s
