import pytest

from services.pose.stage import PoseStage, build
from shared.settings import Runtime, Settings
from tests.models_fixture import models_dir, runtime

__all__ = ["models_dir", "runtime"]


@pytest.fixture(scope="session")
def pose(runtime: Runtime) -> PoseStage:
    """The stage with the real model."""
    return build(Settings(runtime=runtime))
