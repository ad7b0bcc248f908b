"""What the tests of the models share."""

import os
from pathlib import Path

import pytest

from tests.models_fixture import models_dir, runtime

__all__ = ["models_dir", "runtime"]

_DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real pictures and clips; tests that use it carry the mark `data`."""
    folder = Path(os.environ.get("KINESTREAM_DATA", _DATA))
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}; set KINESTREAM_DATA")
    return folder


@pytest.fixture(scope="session")
def sources(models_dir: Path) -> Path:
    """A folder with the source files of all models."""
    return models_dir / "sources"
