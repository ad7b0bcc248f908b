"""What is truly in a scene, as a perfect pose stage would tell it, and masks held against it."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.messages import Array, Frame, Person
from shared.scene.scene import PersonTruth, Scene
from shared.vision.masks import paste, unpack
from shared.vision.skeletons import BLAZEPOSE33


def true_poses(message: Frame, scene: Scene, index: int) -> Frame:
    """Name everybody in a frame of a scene as a perfect pose stage would."""
    persons = []
    for true in scene.truth(index).persons:
        keypoints = np.ones((33, 5), np.float32)
        keypoints[:, :2] = true.keypoints
        keypoints[:, 2] = 0
        keypoints[:, 3] = np.where(true.visible, 0.95, 0.1)
        world = (true.camera_m - true.camera_m[23:25].mean(axis=0)).astype(np.float32)
        x0, y0, x1, y1 = true.full_box
        box = (max(x0, 0), max(y0, 0), min(x1, message.width_px), min(y1, message.height_px))
        persons.append(Person(box, 0.99, BLAZEPOSE33, Array.of(keypoints), Array.of(world)))
    return msgspec.structs.replace(message, persons=tuple(persons))


def silhouette(person: Person, message: Frame) -> NDArray[np.bool_]:
    """A person's mask in the picture, (H, W)."""
    assert person.mask is not None
    cells = unpack(person.mask).astype(np.uint8)
    return paste(cells, person.mask.box, message.width_px, message.height_px) > 0


def overlap(person: Person, true: PersonTruth, message: Frame) -> float:
    """Intersection over union of a person's mask with the true one; 1 where both are empty."""
    mask = silhouette(person, message)
    return float((mask & true.mask).sum() / max((mask | true.mask).sum(), 1))
