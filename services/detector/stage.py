"""The detector as a stage: one batch of letterboxed pictures through the network, people out."""

import math
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
from typing_extensions import override

from shared.bus.frames import Image, PictureError
from shared.messages import Array, Box, Frame, Message, Person
from shared.models import registry
from shared.models.running import Model, open_model
from shared.settings import Detector, Settings
from shared.vision.blazepose import DETECTOR_SIDE_PX, Detections, decode_detections
from shared.vision.boxes import clip_box
from shared.vision.regions import Points, cut, reduction_for, whole_picture
from shared.vision.skeletons import BLAZEPOSE_DETECTOR
from shared.worker import Done, Stage, Work

_DETAIL = 2  # decoded pixels per input pixel: with fewer the hips move by pixels, and the landmarks with them


_SURE = 0.7  # a weaker detection often has a region without landmarks: look again at once


class Known(msgspec.Struct, frozen=True):
    """What the detector remembers of a camera: the media time when it last looked, the boxes (N, 4) it was
    sure of then, and the largest motion since, 0 to 1 (also before the first look: much).
    """

    looked_us: int
    boxes: Array
    motion: float = 1.0


class DetectorStage(Stage[Known]):
    """Finds people with the BlazePose detector."""

    name = "detector"
    state_type = Known

    def __init__(self, settings: Detector, model: Model) -> None:
        self._settings = settings
        self._model = model

    @override
    def fresh(self) -> Known:
        return Known(0, _boxes([]))

    @override
    def wants_picture(self, message: Frame) -> bool:
        """Always: which frames are looked at depends on the state, and the others are never decoded."""
        return True

    @override
    def process(self, works: Sequence[Work[Known]]) -> list[Done[Known]]:
        works = [self._moved_on(work) for work in works]
        due = [index for index, work in enumerate(works) if self._is_due(work)]
        done = [Done((work.message,), work.state) for work in works]
        if due:
            squares = np.stack([_letterbox(works[index]) for index in due])
            outputs = self._model.run(squares, outputs=["boxes", "scores"])
            for row, index in enumerate(due):
                message = works[index].message
                found = decode_detections(
                    outputs["boxes"][row],
                    outputs["scores"][row],
                    whole_picture(message.width_px, message.height_px),
                    self._settings.score,
                    self._settings.iou,
                )
                done[index] = _report(message, found)
        return done

    @override
    def finish(self, state: Known) -> tuple[Message, ...]:
        return ()

    def _moved_on(self, work: Work[Known]) -> Work[Known]:
        """The work, with the message's motion in its state where motion counts."""
        if self._settings.still_motion is None:
            return work
        motion = 1.0 if work.message.motion is None else work.message.motion
        motion = max(motion, work.state.motion)
        return replace(work, state=msgspec.structs.replace(work.state, motion=motion))

    def _is_due(self, work: Work[Known]) -> bool:
        passed_us = work.message.pts_us - work.state.looked_us
        if self._is_still(work.state) and 0 <= passed_us < self._settings.still_every_s * 1e6:
            return False
        return work.state.boxes.shape[0] == 0 or not 0 <= passed_us < self._settings.every_s * 1e6

    def _is_still(self, state: Known) -> bool:
        limit = self._settings.still_motion
        return limit is not None and state.motion < limit


def build(settings: Settings) -> DetectorStage:
    """The stage with its model loaded."""
    return DetectorStage(
        settings.detector,
        open_model(registry.of(settings.models).find(settings.detector.model), settings.runtime),
    )


def _letterbox(work: Work[Known]) -> Image:
    message = work.message
    if work.picture is None:
        raise PictureError(
            f"frame {message.seq} of camera {message.camera} came to the detector without its picture"
        )
    square = whole_picture(message.width_px, message.height_px)
    reduce = reduction_for(square.size_px, _DETAIL * DETECTOR_SIDE_PX)
    return cut(
        work.picture.bgr(reduce), square, (DETECTOR_SIDE_PX, DETECTOR_SIDE_PX), reduce=reduce, border=0
    )


def _report(message: Frame, found: Detections) -> Done[Known]:
    persons = tuple(
        Person(
            clip_box(_body_box(points), message.width_px, message.height_px),
            float(score),
            skeleton=BLAZEPOSE_DETECTOR,
            keypoints=Array.of(_rows(points)),
        )
        for points, score in zip(found.keypoints, found.scores, strict=True)
    )
    return Done(
        (msgspec.structs.replace(message, persons=persons),),
        Known(
            message.pts_us, _boxes([person.box for person in persons if person.score >= _SURE]), motion=0.0
        ),
    )


def _boxes(boxes: list[Box]) -> Array:
    return Array.of(np.array(boxes, np.float32).reshape(-1, 4))


def _body_box(points: Points) -> Box:
    """The box of the circle around the body: keypoint 0 is its centre, 1 lies on it."""
    x, y = (float(value) for value in points[0])
    radius = math.dist(points[0], points[1])
    return x - radius, y - radius, x + radius, y + radius


def _rows(points: Points) -> Points:
    rows = np.full((len(points), 5), np.nan, np.float32)
    rows[:, :2] = points
    return rows
