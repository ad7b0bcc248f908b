"""What the tests of running share."""

import pytest

from shared.models import registry
from shared.models.running import Model, open_model
from shared.settings import Runtime
from tests.models_fixture import models_dir, runtime

__all__ = ["models_dir", "runtime"]


@pytest.fixture(scope="package")
def selfie(runtime: Runtime) -> Model:
    return open_model(registry.find("selfie"), runtime)
