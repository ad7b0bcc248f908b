"""Which models a run needs."""

import pytest

from services.console.models import models_of
from shared.settings import Detector, Pose, Settings


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        (Settings(), ["blazepose-detector", "blazepose-full", "selfie"]),
        (
            Settings(detector=Detector(model="yolox-nano"), pose=Pose(backend="mediapipe")),
            ["yolox-nano", "blazepose-full", "selfie", "blazepose-detector"],
        ),
    ],
)
def test_mediapipe_brings_its_own_detector_to_pose(settings: Settings, needed: list[str]) -> None:
    assert models_of(settings) == needed
