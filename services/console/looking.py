"""The stages of the pipeline on single pictures, without a bus, workers or memory."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

import services.detector.stage
import services.pose.stage
import services.segmentation.stage
from services.console.errors import BadInputError
from shared.bus.frames import Image
from shared.messages import Frame, Person
from shared.models import registry
from shared.settings import Settings
from shared.worker import Stage, Work

_MOST_PEOPLE = 24  # the pose section's limit
_BUILDERS: dict[str, Callable[[Settings], Stage[Any]]] = {
    "detector": services.detector.stage.build,
    "pose": services.pose.stage.build,
    "segmentation": services.segmentation.stage.build,
}
STAGES = tuple(_BUILDERS)
_STAGE_OF = {
    "person detection": "detector",
    "pose": "pose",
    "person segmentation": "segmentation",
    "part segmentation": "segmentation",
}


class Still:
    """A picture (H, W, 3) BGR that is decoded already."""

    spent_ns = 0

    def __init__(self, image: Image) -> None:
        self._image = image

    def bgr(self, reduce: int = 1) -> Image:
        if reduce == 1:
            return self._image
        height, width = self._image.shape[:2]
        size = math.ceil(width / reduce), math.ceil(height / reduce)
        return cv2.resize(self._image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


@dataclass(frozen=True)
class Chain:
    """Stages in the order of the pipeline."""

    stages: tuple[Stage[Any], ...]

    def look(self, image: Image, persons: Sequence[Person] = ()) -> Frame:
        """What the stages say about one picture (H, W, 3) BGR that they see as the first of its camera.

        `persons` is who is known to be there before the first stage.
        """
        height_px, width_px = image.shape[:2]
        frame = Frame(
            camera="picture",
            run=0,
            seq=0,
            pts_us=0,
            captured_us=0,
            width_px=width_px,
            height_px=height_px,
            persons=tuple(persons),
        )
        still = Still(image)
        for stage in self.stages:
            frame = _through(stage, frame, still)
        return frame


def build_chain(settings: Settings, names: Sequence[str] = STAGES) -> Chain:
    """The named stages with their models loaded, ready for many people in a picture.

    Raises:
        ModelError: a model is not cached, or does not fit its stage.
    """
    pose = settings.pose.model_copy(update={"max_persons": _MOST_PEOPLE})
    roomy = settings.model_copy(update={"pose": pose})
    return Chain(tuple(_BUILDERS[name](roomy) for name in STAGES if name in names))


def with_models(settings: Settings, names: Sequence[str]) -> Settings:
    """The settings with each named model in the stage that its task says.

    A pose model that finds silhouettes, too, goes to the segmentation where another pose model came before.

    Raises:
        BadInputError: two models for one stage, or a model that none of the stages runs.
        ModelError: a model is unknown.
    """
    known, chosen = registry.of(settings.models), dict[str, str]()
    for name in names:
        entry = known.find(name)
        stage = _STAGE_OF.get(entry.task)
        if stage == "pose" and "pose" in chosen and any(out.name == "segmentation" for out in entry.kept):
            stage = "segmentation"
        if stage is None:
            raise BadInputError(
                f"model {name} is for {entry.task}: neither detector, pose nor segmentation runs it"
            )
        if stage in chosen:
            raise BadInputError(f"models {chosen[stage]} and {name} are both for {stage}: name one")
        chosen[stage] = name
    return with_stages(settings, chosen)


def with_stages(settings: Settings, models: dict[str, str]) -> Settings:
    """The settings with other models, by the name of the stage."""
    sections = {
        stage: getattr(settings, stage).model_copy(update={"model": name}) for stage, name in models.items()
    }
    return settings.model_copy(update=sections)


def _through(stage: Stage[Any], frame: Frame, still: Still) -> Frame:
    picture = still if stage.wants_picture(frame) else None
    (done,) = stage.process([Work(frame, stage.fresh(), picture)])
    found = [output for output in done.outputs if isinstance(output, Frame)]
    if len(found) != 1:
        raise RuntimeError(f"stage {stage.name} made {len(found)} frames of one picture")
    return found[0]
