"""Segmentation as a stage: crops of all people of a batch through the selfie network at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from typing_extensions import override

from shared.bus.frames import Image, PictureError
from shared.messages import Box, Frame, Message, Person
from shared.models import registry
from shared.models.running import Model, open_model
from shared.settings import Segmentation, Settings
from shared.vision.boxes import Floats, clip_box
from shared.vision.limbs import capsules_of, take_apart
from shared.vision.masks import grid_shape, pack, resample
from shared.vision.regions import Region, cut, reduction_for
from shared.vision.skeletons import BLAZEPOSE33, LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER
from shared.worker import Done, Stage, Work

_INPUT_PX = 256
_DECODED_PX = 192  # the network tolerates a crop enlarged from so few pixels; larger ones are decoded reduced
_MARGIN = 0.15  # of the box's longer side: hands and feet reach beyond the landmarks
_WEAK = 0.3  # mean confidence of the limbs below which the landmarks say nothing about the silhouette
_GRID = 96  # cells along the longer side of a mask


class Nothing(msgspec.Struct, frozen=True):
    """Segmentation remembers nothing."""


@dataclass(frozen=True)
class Crop:
    """What the network sees of a person, and the box that the mask will fill."""

    region: Region
    box: Box


class SegmentationStage(Stage[Nothing]):
    """Finds silhouettes with MediaPipe's selfie segmentation."""

    name = "segmentation"
    state_type = Nothing

    def __init__(self, settings: Segmentation, model: Model) -> None:
        self._settings = settings
        self._model = model

    @override
    def fresh(self) -> Nothing:
        return Nothing()

    @override
    def wants_picture(self, message: Frame) -> bool:
        return bool(message.persons)

    @override
    def process(self, works: Sequence[Work[Nothing]]) -> list[Done[Nothing]]:
        plans = [[crop_of(person, work.message) for person in work.message.persons] for work in works]
        pictures = [
            picture for work, plan in zip(works, plans, strict=True) for picture in _cut_all(work, plan)
        ]
        masks = iter(self._model.run(np.stack(pictures), outputs=["mask"])["mask"][:, 0] if pictures else ())
        return [
            Done((self._segment(work.message, plan, [next(masks) for crop in plan if crop]),), work.state)
            for work, plan in zip(works, plans, strict=True)
        ]

    @override
    def finish(self, state: Nothing) -> tuple[Message, ...]:
        return ()

    def _segment(self, message: Frame, plan: list[Crop | None], masks: list[Floats]) -> Frame:
        left = iter(masks)
        persons = tuple(
            person if crop is None else self._take_apart(person, crop, next(left))
            for person, crop in zip(message.persons, plan, strict=True)
        )
        return msgspec.structs.replace(message, persons=persons)

    def _take_apart(self, person: Person, crop: Crop, probabilities: Floats) -> Person:
        shape = grid_shape(crop.box, _GRID)
        bits = resample(probabilities, crop.region, crop.box, shape) >= self._settings.threshold
        if person.skeleton != BLAZEPOSE33 or person.keypoints is None or person.world is None:
            return msgspec.structs.replace(person, mask=pack(bits, crop.box))
        capsules = capsules_of(person.keypoints.numpy(), person.world.numpy())
        if capsules.confidence.mean() < _WEAK:
            return msgspec.structs.replace(person, mask=pack(bits, crop.box))
        parts = take_apart(bits, crop.box, capsules)
        return msgspec.structs.replace(
            person, mask=pack(parts.bits, crop.box), limbs=parts.limbs, occluded=parts.occluded
        )


def build(settings: Settings) -> SegmentationStage:
    """The stage with its model loaded."""
    return SegmentationStage(
        settings.segmentation,
        open_model(registry.of(settings.models).find(settings.segmentation.model), settings.runtime),
    )


def crop_of(person: Person, message: Frame) -> Crop | None:
    """Where to look for a person's silhouette: upright with the body; None where the box does not meet the
    picture.
    """
    x0, y0, x1, y1 = person.box
    grown = _MARGIN * max(x1 - x0, y1 - y0)
    box = clip_box((x0 - grown, y0 - grown, x1 + grown, y1 + grown), message.width_px, message.height_px)
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        return None
    rotation = _lean(person)
    cos, sin = abs(math.cos(rotation)), abs(math.sin(rotation))
    width, height = box[2] - box[0], box[3] - box[1]
    size_px = max(width * cos + height * sin, width * sin + height * cos)
    return Crop(Region((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, size_px, rotation), box)


def _lean(person: Person) -> float:
    """How far the trunk is turned from upright, in radians, clockwise on the screen; 0 where it is not
    known.
    """
    if person.skeleton != BLAZEPOSE33 or person.keypoints is None:
        return 0.0
    points = person.keypoints.numpy()[:, :2]
    dx, dy = points[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(axis=0) - points[[LEFT_HIP, RIGHT_HIP]].mean(axis=0)
    return math.atan2(float(dx), -float(dy))


def _cut_all(work: Work[Nothing], plan: list[Crop | None]) -> list[Image]:
    regions = [crop.region for crop in plan if crop]
    if not regions:
        return []
    if work.picture is None:
        message = work.message
        raise PictureError(
            f"frame {message.seq} of camera {message.camera} came to segmentation without its picture"
        )
    reduce = reduction_for(min(region.size_px for region in regions), _DECODED_PX)
    image = work.picture.bgr(reduce)
    return [cut(image, region, (_INPUT_PX, _INPUT_PX), reduce=reduce) for region in regions]
