"""Which models a run needs."""

import pytest

from services.console.models import models_of
from shared.settings import Detector, Pose, ReId, Settings


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        (Settings(), ["blazepose-detector", "blazepose-full", "selfie"]),
        (
            Settings(detector=Detector(model="yolox-nano"), pose=Pose(backend="mediapipe")),
            ["yolox-nano", "blazepose-full", "selfie", "blazepose-detector"],
        ),
        (
            Settings(pose=Pose(reid=ReId(model="reid-retail-0288"))),
            ["blazepose-detector", "blazepose-full", "selfie", "reid-retail-0288"],
        ),
    ],
    ids=("the defaults", "MediaPipe brings its own detector to pose", "re-identification"),
)
def test_a_run_needs_the_models_of_its_stages(settings: Settings, needed: list[str]) -> None:
    assert models_of(settings) == needed
