"""The files that `kinestream explain` leaves behind."""

import re
from pathlib import Path

from services.evaluate.errors import EvaluationError
from services.evaluate.explain.explanation import Explanation
from services.evaluate.explain.page import page
from services.evaluate.explain.raster import png
from services.evaluate.explain.sheet import sheet
from services.evaluate.explain.svg import svg

HTML, PNG, SVG = ".html", ".png", ".svg"
SUFFIXES = (HTML, PNG, SVG)


def default_path(explanation: Explanation) -> Path:
    """Where an explanation is put unless somebody says where."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", explanation.told.decisive.id)
    return Path(f"explain-{plain}{HTML}")


def check_path(path: Path) -> None:
    """Refuse what cannot be written, before anything is computed.

    Raises:
        EvaluationError: neither HTML nor a picture, or no folder to put it in.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise EvaluationError(f"--out {path}: give a name that ends in {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise EvaluationError(f"--out {path}: there is no folder {path.parent}")


def write(path: Path, explanation: Explanation) -> None:
    """Write a page or a picture, as the name's end says.

    Raises:
        EvaluationError: it cannot be written.
    """
    try:
        path.write_bytes(_content(path, explanation))
    except OSError as error:
        raise EvaluationError(f"--out {path}: {error.strerror}") from None


def _content(path: Path, explanation: Explanation) -> bytes:
    if path.suffix.lower() == PNG:
        return png(sheet(explanation))
    if path.suffix.lower() == SVG:
        return svg(sheet(explanation)).encode()
    return page(explanation).encode()
