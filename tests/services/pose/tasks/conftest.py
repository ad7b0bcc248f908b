from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from services.pose.tasks.bundle import bundle_of
from services.pose.tasks.landmarker import Bundle
from services.pose.tasks.stage import TasksStage, build
from shared.settings import MediaPipe, Pose, Runtime, Settings
from tests.models_fixture import models_dir, runtime

__all__ = ["models_dir", "runtime"]

Builder = Callable[..., TasksStage]


@pytest.fixture(scope="session")
def bundle(runtime: Runtime) -> Bundle:
    """The bundle of the default models."""
    return Bundle(bundle_of(Settings(runtime=runtime)))


@pytest.fixture
def make(runtime: Runtime) -> Iterator[Builder]:
    """Makes the stage with options of `pose.mediapipe`."""
    with ExitStack() as stack:

        def made(**options: Any) -> TasksStage:
            settings = Settings(
                runtime=runtime, pose=Pose(backend="mediapipe", mediapipe=MediaPipe(**options))
            )
            stage = build(settings)
            stack.callback(stage.close)
            return stage

        yield made
