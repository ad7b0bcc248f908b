"""Our networks against MediaPipe Tasks 1.2.2, without memory, on real pictures; `make bench` prints the
table.

What differs with ONNX Runtime's detector is the last bits of its sums: a region moved by 0.0001 px moves
landmarks by 0.01 to 0.1 px, and one whose heatmap is just as strong as its threshold jumps by a pixel or
three. With LiteRT's detector, which MediaPipe uses, all the rest of ours has to agree.
"""

import cv2
import numpy as np
import pytest

from services.pose.tasks.landmarker import Bundle
from shared.settings import Runtime
from shared.vision.boxes import Floats
from tests.bench.parity import PICTURES, Pair, Sides
from tests.mediapipe_needs import needs_mediapipe
from tests.services.footage import still

pytestmark = [
    needs_mediapipe,
    pytest.mark.data,
    pytest.mark.skipif(not cv2.__version__.startswith("4."), reason="OpenCV 5 resamples otherwise"),
]


def _pairs(runtime: Runtime, bundle: Bundle, score: float, litert: bool) -> dict[str, tuple[Pair, ...]]:
    sides = Sides(runtime, bundle, score, litert=litert)
    try:
        compared = {name: sides.compare(still(f"{name}.jpg")) for name in PICTURES}
    finally:
        sides.close()
    for name, each in compared.items():
        assert each.ours == each.theirs == len(each.pairs), name
    return {name: each.pairs for name, each in compared.items()}


def _distances(pairs: dict[str, tuple[Pair, ...]]) -> Floats:
    return np.concatenate([pair.distances_px for found in pairs.values() for pair in found])


def test_from_the_same_detection_everybody_is_where_mediapipe_sees_them(
    runtime: Runtime, bundle: Bundle
) -> None:
    pairs = _pairs(runtime, bundle, 0.5, litert=True)
    assert [len(found) for found in pairs.values()] == [1, 1, 1, 1, 0]
    assert _distances(pairs).mean() <= 0.02
    assert _distances(pairs).max() <= 0.5


def test_with_our_own_detection_as_well_but_for_the_noise_of_the_network(
    runtime: Runtime, bundle: Bundle
) -> None:
    distances = _distances(_pairs(runtime, bundle, 0.5, litert=False))
    assert np.median(distances) <= 0.02
    assert distances[distances <= 0.5].mean() <= 0.02
    assert (distances > 0.5).mean() < 0.03


@pytest.mark.parametrize("litert", [True, False])
def test_so_are_several_people_of_one_picture(runtime: Runtime, bundle: Bundle, litert: bool) -> None:
    pairs = _pairs(runtime, bundle, 0.1, litert)
    assert [len(found) for found in pairs.values()] == [1, 1, 1, 3, 5]
    assert np.median(_distances(pairs)) <= 0.03
    assert _distances(pairs).mean() <= 0.1


def test_silhouettes_are_those_of_mediapipe(runtime: Runtime, bundle: Bundle) -> None:
    overlaps = [pair.mask_iou for found in _pairs(runtime, bundle, 0.5, False).values() for pair in found]
    assert min(overlaps) > 0.995
