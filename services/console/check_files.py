"""What was found in a picture, as arrays for other programs."""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.console.check_findings import Findings
from services.console.errors import BadInputError
from shared.messages import Frame
from shared.vision.masks import paste, unpack, unpack_parts


def write_raw(folder: Path, name: str, frame: Frame, findings: Findings) -> tuple[Path, Path]:
    """Write the class map of the picture (H, W) uint8, and the people in it as JSON; return both paths.

    Raises:
        BadInputError: the folder cannot be written.
    """
    classes, instances = folder / f"{name}-classes.npy", folder / f"{name}-instances.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(classes, class_map(frame), allow_pickle=False)
        instances.write_bytes(msgspec.json.format(msgspec.json.encode(findings), indent=1) + b"\n")
    except OSError as error:
        raise BadInputError(f"{folder} cannot be written: {error.strerror}; name another as --raw") from None
    return classes, instances


def class_map(frame: Frame) -> NDArray[np.uint8]:
    """The class of each pixel (H, W): of the model's palette where it tells parts, else 1 for people; 0 is
    nobody. The surer people cover the others.
    """
    painted = np.zeros((frame.height_px, frame.width_px), np.uint8)
    for person in sorted(frame.persons, key=lambda each: each.score):
        if person.parts is not None:
            cells, box = unpack_parts(person.parts), person.parts.box
        elif person.mask is not None:
            cells, box = unpack(person.mask).astype(np.uint8), person.mask.box
        else:
            continue
        laid = paste(np.asarray(cells, np.uint8), box, frame.width_px, frame.height_px)
        np.copyto(painted, laid, where=laid > 0)
    return painted
