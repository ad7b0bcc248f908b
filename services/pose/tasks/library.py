"""The package `mediapipe`, imported only where this backend is chosen."""

import importlib
from typing import Any

from shared.errors import UserError

_INSTALL = "pip install --no-deps --require-hashes -r requirements-mediapipe.txt"


class MediaPipeError(UserError):
    """MediaPipe cannot do what the configuration asks for; one line says why, and how to mend it."""


def imported(module: str) -> Any:
    """A module of MediaPipe, or of what it brings.

    Raises:
        MediaPipeError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MediaPipeError(
            f"pose.backend: mediapipe: MediaPipe cannot be imported ({error}); run: {_INSTALL}"
        ) from error
