from collections.abc import Callable
from typing import Any

import pytest

from services.detector.stage import DetectorStage, build
from shared.models import registry
from shared.models.running import Model, open_model
from shared.settings import Detector, Runtime, Settings
from tests.models_fixture import models_dir, runtime
from tests.services.detector import bars

__all__ = ["models_dir", "runtime"]


@pytest.fixture(scope="session")
def detector(runtime: Runtime) -> DetectorStage:
    """The stage with the real model."""
    return build(Settings(runtime=runtime))


@pytest.fixture(scope="session")
def model(runtime: Runtime) -> Model:
    """The detector's network, for stages of other settings."""
    return open_model(registry.find(Settings().detector.model), runtime)


@pytest.fixture(scope="session")
def bar_model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A network of the YOLOX kind that sees bright upright bars."""
    settings = bars.installed(tmp_path_factory.mktemp("bars"))
    return open_model(registry.of(settings.models).find("bars"), settings.runtime)


@pytest.fixture(scope="session")
def bar_stage(bar_model: Model) -> Callable[..., DetectorStage]:
    """Makes stages on that network, of any settings; they look at every frame."""

    def make(**settings: Any) -> DetectorStage:
        wanted = {"classes": ("lying",), "iou": 0.1, "every_s": 0, **settings}
        return DetectorStage(Detector.model_validate(wanted), bar_model)

    return make
