"""Cameras made for a test, and what their readers hand out."""

import itertools
from pathlib import Path

from services.ingest.reading.sources import open_source
from shared.settings import Camera
from tests.services.ingest.clips import Seen, seen


def camera(source: Path | str, **given: object) -> Camera:
    """A camera that a busy machine may keep waiting; who tests the wait says how long it is."""
    return Camera.model_validate({"name": "room", "source": str(source), "read_timeout_s": 20, **given})


def watch(camera: Camera, position: bytes | None = None, count: int | None = None) -> list[Seen]:
    """What a reader hands out from a position on."""
    reader = open_source(camera, position)
    try:
        return [seen(captured) for captured in itertools.islice(reader, count)]
    finally:
        reader.close()
