"""One server and one set of workers for all tests of the whole: their start costs more than any test."""

from collections.abc import Iterator

import pytest

from shared.settings import Frames, Runtime, Settings
from tests.models_fixture import models_dir, runtime
from tests.pipeline.play import WORKERS, Crew, Server, Stand, Story, bus_settings, falling, fell

__all__ = ["models_dir", "runtime"]

MEMORY_MB = 64


@pytest.fixture(scope="package")
def standing(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stand, Crew]]:
    with Server(tmp_path_factory.mktemp("server"), MEMORY_MB) as server:
        raw = Frames(store="shm", shm_dir=tmp_path_factory.mktemp("pictures"))
        packed = raw.model_copy(update={"store": "redis"})
        stand = Stand(server, Settings(runtime=runtime, bus=bus_settings(server.url), frames=packed))
        with stand.crew(WORKERS, frames=raw) as crew:
            yield stand, crew


@pytest.fixture
def stand(standing: tuple[Stand, Crew], undisturbed: Story) -> Stand:
    """The pipeline, on an empty server."""
    stand, crew = standing
    stand.client.flushall()
    crew.notices.clear()
    return stand


@pytest.fixture
def crew(standing: tuple[Stand, Crew]) -> Crew:
    """The workers of all stages but ingest."""
    return standing[1]


@pytest.fixture(scope="package")
def undisturbed(standing: tuple[Stand, Crew]) -> Story:
    """What the camera `hall` tells when nothing happens."""
    stand, _ = standing
    stand.client.flushall()
    [story] = stand.play(falling("hall"))
    assert fell(stand.events("hall"))
    return story
