import pytest

from services.pose.people import People
from services.pose.stage import build
from shared.settings import Runtime, Settings
from shared.worker import Stage
from tests.models_fixture import models_dir, runtime

__all__ = ["models_dir", "runtime"]


@pytest.fixture(scope="session")
def pose(runtime: Runtime) -> Stage[People]:
    """The stage with the real model."""
    return build(Settings(runtime=runtime))
