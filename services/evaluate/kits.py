"""Packages that define metrics; they are loaded only where something is scored."""

import contextlib
import importlib
import io
from collections.abc import Iterator
from types import ModuleType

from services.evaluate.errors import EvaluationError

# The extra alone would bring the opencv-python that TrackEval asks for, whose files overwrite ours.
_INSTALL = "pip install --no-deps --require-hashes -r requirements.txt"


def load(name: str) -> ModuleType:
    """A module of the extra `eval`.

    Raises:
        EvaluationError: it is not installed.
    """
    try:
        with silence():
            return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise EvaluationError(f"{package} cannot be loaded ({error}): {_INSTALL}") from None


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """They tell their progress on stdout, which belongs to our own answers."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
