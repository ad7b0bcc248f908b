import pytest

from services.segmentation.stage import SegmentationStage, build
from shared.settings import Runtime, Settings
from tests.models_fixture import models_dir, runtime

__all__ = ["models_dir", "runtime"]


@pytest.fixture(scope="session")
def segmentation(runtime: Runtime) -> SegmentationStage:
    """The stage with the real model."""
    return build(Settings(runtime=runtime))
