"""What must be installed and cached before workers start."""

import importlib
from collections.abc import Callable, Sequence

from services.console.errors import BadInputError
from services.pose.tasks.bundle import DETECTOR
from shared.models import registry
from shared.models.cache import state_of
from shared.models.pull import pull
from shared.settings import Settings
from shared.vision import skeletons


def require_runtime() -> None:
    """Make sure that ONNX Runtime can be loaded, before anything is started.

    Raises:
        BadInputError: it is not installed.
    """
    try:
        importlib.import_module("onnxruntime")
    except ImportError as error:
        raise BadInputError(
            f"ONNX Runtime cannot be loaded ({error}): pip install 'kinestream[cpu]', or 'kinestream[gpu]'"
        ) from None


def models_of(settings: Settings) -> list[str]:
    """The models that the settings' stages use, each once; MediaPipe brings a detector of its own to pose."""
    used = (settings.detector.model, settings.pose.model, settings.segmentation.model)
    own = (DETECTOR,) if settings.pose.backend == "mediapipe" else ()
    reid = () if settings.pose.reid.model is None else (settings.pose.reid.model,)
    return list(dict.fromkeys((*used, *own, *reid)))


def ensure_models(settings: Settings, say: Callable[[str], None], names: Sequence[str] = ()) -> None:
    """Make sure that models are cached, in silence where they are: those named, or the settings'.

    Raises:
        ModelError: one is unknown, cannot be had, or is not what it should be.
    """
    names, known = names or models_of(settings), registry.of(settings.models)
    if any(state_of(known.find(name), settings.runtime.models_dir) != "cached" for name in names):
        say(f"fetching models into {settings.runtime.models_dir}, once")
        pull_models(settings, names, say)


def pull_models(settings: Settings, names: Sequence[str], say: Callable[[str], None]) -> None:
    """Make sure that models are cached: those named, or those that the settings' stages use.

    Raises:
        ModelError: one is unknown, cannot be had, or is not what it should be.
    """
    wanted = list(names) or models_of(settings)
    pull(wanted, settings.runtime.models_dir, say, settings.models, _points)


def _points(skeleton: str) -> int:
    """How many points the skeleton of that name has; ValueError where there is none."""
    return len(skeletons.find(skeleton).points)
