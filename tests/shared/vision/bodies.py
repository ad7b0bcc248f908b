"""A drawn body for the tests of what is made of keypoints."""

import numpy as np

from shared.messages import Array, Person

BOX = (0.0, 0.0, 200.0, 400.0)


def standing() -> tuple[np.ndarray, np.ndarray]:
    """A person of 200 px per metre who faces the camera: keypoints (33, 5) and world (33, 3)."""
    metres = np.zeros((33, 3), np.float32)
    places = {0: (0.0, -0.62), 7: (0.08, -0.62), 8: (-0.08, -0.62)}
    for left, (x, y) in {11: (0.18, -0.48), 13: (0.28, -0.22), 15: (0.32, 0.02), 23: (0.1, 0.0)}.items():
        places |= {left: (x, y), left + 1: (-x, y)}
    for left, (x, y) in {25: (0.11, 0.42), 27: (0.12, 0.82)}.items():
        places |= {left: (x, y), left + 1: (-x, y)}
    for index, place in places.items():
        metres[index, :2] = place
    keypoints = np.ones((33, 5), np.float32)
    keypoints[:, :2] = metres[:, :2] * 200 + (100, 180)
    return keypoints, metres


def person_of(
    keypoints: np.ndarray, world: np.ndarray | None = None, skeleton: str = "blazepose33"
) -> Person:
    """A person with these keypoints."""
    return Person(BOX, 0.9, skeleton, Array.of(keypoints), None if world is None else Array.of(world))
