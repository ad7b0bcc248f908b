import pytest

from services.detector.stage import DetectorStage, build
from shared.models import registry
from shared.models.running import Model, open_model
from shared.settings import Runtime, Settings
from tests.models_fixture import models_dir, runtime

__all__ = ["models_dir", "runtime"]


@pytest.fixture(scope="session")
def detector(runtime: Runtime) -> DetectorStage:
    """The stage with the real model."""
    return build(Settings(runtime=runtime))


@pytest.fixture(scope="session")
def model(runtime: Runtime) -> Model:
    """The detector's network, for stages of other settings."""
    return open_model(registry.find(Settings().detector.model), runtime)
