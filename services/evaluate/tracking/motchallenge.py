"""MOTChallenge text: a line for each box, `frame,id,left,top,width,height,score,...`.

Frames count from 1, boxes are in px. The seventh column of ground truth is 0 where a box does not count; of
nine columns the eighth is a class (MOT16 and later), of ten the last are a place in the world.

Source: https://motchallenge.net/instructions/; classes: Milan et al., "MOT16", arXiv:1603.00831.
"""

import itertools
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.evaluate.errors import EvaluationError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

UNKNOWN = -1  # an id or a class that a file does not tell
PEDESTRIAN = 1

_MOST_FRAMES = 1_000_000
_LARGEST_PX = 1e6
_LARGEST_ID = 2**53  # beyond it two ids could be the same float
_LARGEST_BYTES = 200_000_000
_FEWEST_COLUMNS, _MOST_COLUMNS, _WITH_CLASS = 6, 10, 9
_FRAME, _ID, _SCORE, _CLASS = 0, 1, 6, 7
_LARGEST_CLASS = 1000


@dataclass(frozen=True)
class Rows:
    """N boxes, by frame.

    Attributes:
        frames: (N,) from 1, ascending.
        ids: (N,) at least 0; `UNKNOWN` for detections.
        boxes: (N, 4) x0, y0, x1, y1 in px.
        scores: (N,) of what was found: in [0, 1]; of what was labelled: 0 where it does not count.
        classes: (N,) numbers of MOT16; `UNKNOWN` where there are none.
    """

    frames: Integers
    ids: Integers
    boxes: Floats
    scores: Floats
    classes: Integers

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def last_frame(self) -> int:
        """The last frame with a box; 0 where there is none."""
        return int(self.frames[-1]) if len(self) else 0

    @property
    def counting(self) -> Flags:
        """(N,) which boxes of ground truth count: those of pedestrians that are not marked with 0."""
        return (self.scores > 0) & np.isin(self.classes, (PEDESTRIAN, UNKNOWN))

    def spans(self, last_frame: int) -> Iterator[slice]:
        """The rows of each frame from 1 to `last_frame`."""
        ends = np.searchsorted(self.frames, np.arange(1, last_frame + 2)).tolist()
        return (slice(first, after) for first, after in itertools.pairwise(ends))

    def take(self, places: Integers | Flags) -> "Rows":
        """Some of the rows, in that order."""
        return Rows(
            self.frames[places],
            self.ids[places],
            self.boxes[places],
            self.scores[places],
            self.classes[places],
        )


@dataclass(frozen=True)
class Scale:
    """The scores of a detector that mean "surely nobody" and "surely somebody"."""

    low: float
    high: float


@dataclass(frozen=True)
class _Table:
    """What a file holds: `numbers` (N, 10), NaN where a column is absent, and the number of each line."""

    path: Path
    numbers: Floats
    lines: Integers
    columns: Integers

    def refuse(self, wrong: Flags, column: int, why: str) -> None:
        """Tell the first line in which something is wrong.

        Raises:
            EvaluationError: there is such a line.
        """
        if wrong.any():
            row = int(np.argmax(wrong))
            value = f"{self.numbers[row, column]:g}"
            raise _fault(self.path, int(self.lines[row]), f"{_NAMES[column]} {value} {why}")


_NAMES = ("frame", "id", "left", "top", "width", "height", "score", "class", "column 9", "column 10")


def read_truth(path: Path, last_frame: int | None = None) -> Rows:
    """Read what people have labelled, up to `last_frame` where the sequence's length is known.

    Raises:
        EvaluationError: the file is missing, labels nobody, or has a wrong line, which the text names.
    """
    table = _read(path, last_frame)
    rows = _rows_with_ids(table)
    flags = np.nan_to_num(table.numbers[:, _SCORE], nan=1.0)
    classes = np.where(table.columns == _WITH_CLASS, table.numbers[:, _CLASS], UNKNOWN)
    known = (np.floor(classes) == classes) & (classes >= UNKNOWN) & (classes < _LARGEST_CLASS)
    table.refuse(~known, _CLASS, "is wrong: of nine columns the eighth is a class, 1 for pedestrians")
    truth = replace(rows, scores=(flags != 0).astype(np.float64), classes=classes.astype(np.int64))
    if not truth.counting.any():
        raise EvaluationError(f"{path} labels nobody: it holds no box that counts")
    return _sorted(truth)


def read_results(path: Path, last_frame: int | None = None) -> Rows:
    """Read what a tracker has found; scores play no part and are 1.

    Raises:
        EvaluationError: the file is missing or a line of it is wrong; the text names the line.
    """
    return _sorted(_rows_with_ids(_read(path, last_frame)))


def read_detections(path: Path, last_frame: int | None = None, scale: Scale | None = None) -> Rows:
    """Read what a detector has found; ids, where there are some, are left out.

    Scores are taken as they are, or from `scale` to [0, 1]; all are 1 where no line tells one (-1).

    Raises:
        EvaluationError: the file is missing or a line of it is wrong; the text names the line.
    """
    table = _read(path, last_frame)
    scores = _scores(table, scale)
    return _sorted(replace(_rows(table, np.full(len(scores), UNKNOWN)), scores=scores))


def write_results(path: Path, rows: Rows) -> None:
    """Write results, or detections where the ids are unknown, and make the folder where there is none.

    Raises:
        EvaluationError: it cannot be written.
    """
    sides = np.concatenate((rows.boxes[:, :2], rows.boxes[:, 2:] - rows.boxes[:, :2]), axis=1)
    columns = (rows.frames.tolist(), rows.ids.tolist(), sides.tolist(), rows.scores.tolist())
    lines = [
        f"{frame},{number},{x:.2f},{y:.2f},{width:.2f},{height:.2f},{score:.4g},-1,-1,-1\n"
        for frame, number, (x, y, width, height), score in zip(*columns, strict=True)
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="ascii")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror}; name another folder") from None


def _read(path: Path, last_frame: int | None) -> _Table:
    """The table with frames and boxes checked."""
    table = _parsed(path)
    frames, sides = table.numbers[:, _FRAME], table.numbers[:, 4:6]
    for column in range(_FEWEST_COLUMNS):
        table.refuse(~np.isfinite(table.numbers[:, column]), column, "is not finite")
    for column in range(2, _FEWEST_COLUMNS):
        far = np.abs(table.numbers[:, column]) > _LARGEST_PX
        table.refuse(far, column, "is outside any picture: places are in px")
    table.refuse((frames < 1) | (frames % 1 != 0), _FRAME, "is wrong: frames are whole numbers from 1")
    table.refuse(frames > _MOST_FRAMES, _FRAME, f"is too large: {_MOST_FRAMES} at most")
    if last_frame is not None:
        table.refuse(frames > last_frame, _FRAME, f"is after the last of the sequence, {last_frame}")
    for side in range(2):
        table.refuse(
            sides[:, side] <= 0, 4 + side, "is wrong: boxes are left,top,width,height, larger than 0"
        )
    return table


def _parsed(path: Path) -> _Table:
    values, lines, columns = array("d"), array("q"), array("q")
    for number, line in enumerate(_text(path).splitlines(), 1):
        fields = line.split(",") if "," in line else line.split()
        if not fields:
            continue
        if not _FEWEST_COLUMNS <= len(fields) <= _MOST_COLUMNS:
            raise _fault(
                path,
                number,
                f"has {len(fields)} columns, not 6 to 10: frame,id,left,top,width,height,score,...",
            )
        values.extend(_number(path, number, field) for field in fields)
        values.extend([np.nan] * (_MOST_COLUMNS - len(fields)))
        lines.append(number)
        columns.append(len(fields))
    numbers = np.array(values, np.float64).reshape(-1, _MOST_COLUMNS)
    return _Table(path, numbers, np.array(lines, np.int64), np.array(columns, np.int64))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise EvaluationError(f"{path} has more than {_LARGEST_BYTES / 1e6:g} MB")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}; is the path right?") from None
    except UnicodeDecodeError:
        raise EvaluationError(f"{path} is not MOTChallenge text: it is no text at all") from None


def _number(path: Path, line: int, field: str) -> float:
    try:
        return float(field)
    except ValueError:
        raise _fault(path, line, f"{field.strip()[:40]!r} is not a number") from None


def _fault(path: Path, line: int, what: str) -> EvaluationError:
    return EvaluationError(f"{path}:{line}: {what}")


def _rows_with_ids(table: _Table) -> Rows:
    """The rows, whose ids are checked: there, whole, and once in a frame."""
    ids = table.numbers[:, _ID]
    table.refuse(ids < 0, _ID, "is nobody's: lines without ids are detections (--detections)")
    table.refuse((ids % 1 != 0) | (ids > _LARGEST_ID), _ID, "is wrong: ids are whole numbers")
    rows = _rows(table, ids)
    order = np.lexsort((table.lines, rows.ids, rows.frames))
    same = (np.diff(rows.frames[order]) == 0) & (np.diff(rows.ids[order]) == 0)
    twice = np.zeros(len(rows), np.bool_)
    twice[order[1:][same]] = True
    table.refuse(twice, _ID, "is there twice in its frame")
    return rows


def _rows(table: _Table, ids: Floats | Integers) -> Rows:
    corner, size = table.numbers[:, 2:4], table.numbers[:, 4:6]
    return Rows(
        table.numbers[:, _FRAME].astype(np.int64),
        ids.astype(np.int64),
        np.concatenate((corner, corner + size), axis=1),
        np.ones(len(ids)),
        np.full(len(ids), UNKNOWN, np.int64),
    )


def _sorted(rows: Rows) -> Rows:
    return rows.take(np.argsort(rows.frames, kind="stable"))


def _scores(table: _Table, scale: Scale | None) -> Floats:
    scores = table.numbers[:, _SCORE]
    if np.isin(np.nan_to_num(scores, nan=UNKNOWN), UNKNOWN).all():
        return np.ones(len(scores))
    table.refuse(~np.isfinite(scores), _SCORE, "is not finite")
    if scale is not None:
        return np.clip((scores - scale.low) / (scale.high - scale.low), 0, 1)
    table.refuse(
        (scores < 0) | (scores > 1),
        _SCORE,
        "is outside 0 to 1: say what it goes from and to (--scores LOW,HIGH)",
    )
    return scores
