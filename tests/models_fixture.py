"""The real models for any test: fetched and converted once per machine, then only checked.

A folder's conftest.py gets the fixtures with `from tests.models_fixture import models_dir, runtime`.
"""

import logging
from pathlib import Path

import pytest

from shared.models import registry
from shared.models.pull import pull
from shared.settings import Runtime, Settings

_LOG = logging.getLogger(__name__)


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The configured cache with every model of the registry in it."""
    settings = Settings()
    pull(registry.names(), settings.runtime.models_dir, _LOG.info, settings.models)
    return settings.runtime.models_dir


@pytest.fixture(scope="session")
def runtime(models_dir: Path) -> Runtime:
    """One CPU thread per session, so that every run does the same sums in the same order."""
    return Runtime(providers=("cpu",), threads=1, models_dir=models_dir)
