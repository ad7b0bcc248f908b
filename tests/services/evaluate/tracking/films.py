"""Small sequences, made by hand."""

from collections.abc import Iterable
from pathlib import Path

Row = tuple[float, ...]


def walk(number: int, frames: Iterable[int], left: float = 10.0) -> list[Row]:
    """Somebody of 40 x 100 px who goes 2 px to the right in each frame."""
    return [(frame, number, left + 2 * frame, 50, 40, 100, 1, -1, -1, -1) for frame in frames]


def saved(path: Path, rows: Iterable[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows))
    return path


def text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
