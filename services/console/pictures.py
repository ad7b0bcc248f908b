"""Pictures of cameras that people give or that come from the sources, and where drawings of them go."""

from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from services.console.errors import BadInputError
from services.ingest.reading.capture import SourceError
from services.ingest.reading.sources import open_source
from shared.bus.frames import Image
from shared.settings import Camera


def given(text: str, cameras: Collection[str], whose: str) -> tuple[str, Image]:
    """The camera's name and the picture that `--picture CAMERA=FILE` names.

    Raises:
        BadInputError: it is of none of the `cameras`, or cannot be read.
    """
    name, equals, file = text.partition("=")
    if not equals or name not in cameras:
        known = ", ".join(cameras)
        raise BadInputError(f"--picture {text}: give CAMERA=FILE with one of {whose} cameras: {known}")
    image = cv2.imread(file, cv2.IMREAD_COLOR)
    if image is None:
        raise BadInputError(f"--picture {text}: {file} is no picture that can be read")
    return name, np.asarray(image, np.uint8)


def taken(camera: Camera) -> Image:
    """The first picture of a camera's source, as it is analysed.

    Raises:
        BadInputError: none comes.
    """
    try:
        with closing(open_source(camera, None)) as reader:
            for captured in reader:
                return captured.image
    except SourceError as error:
        raise BadInputError(f"camera {camera.name}: {error}") from None
    raise BadInputError(f"camera {camera.name}: no picture came; give --picture {camera.name}=FILE")


def write(path: Path, image: Image) -> None:
    """Store a picture as PNG.

    Raises:
        OSError: it cannot be written.
    """
    path.write_bytes(cv2.imencode(".png", image, (cv2.IMWRITE_PNG_COMPRESSION, 9))[1].tobytes())
