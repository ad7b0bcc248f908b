"""What the tests of the models share."""

from pathlib import Path

import pytest

from tests.models_fixture import DATA, models_dir, runtime

__all__ = ["models_dir", "runtime"]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real pictures and clips; tests that use it carry the mark `data`."""
    if not DATA.is_dir():
        pytest.skip(f"no test data in {DATA}; set KINESTREAM_DATA")
    return DATA


@pytest.fixture(autouse=True)
def real_data(request: pytest.FixtureRequest) -> None:
    """What is marked `data` is skipped without it: the folder holds models, too."""
    if request.node.get_closest_marker("data") is not None:
        request.getfixturevalue("data_dir")


@pytest.fixture(scope="session")
def sources(models_dir: Path) -> Path:
    """A folder with the source files of all models."""
    return models_dir / "sources"
