"""The detector as a stage: one batch of whole pictures through the network, people out."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
from typing_extensions import override

from services.detector.finders import Finder, finder_of
from services.detector.places import SURE, Place, at_last_boxes, missing, near_places, places_after, without
from shared.bus.frames import Image, PictureError
from shared.messages import MAX_PERSONS, Array, Box, Frame, Message, Person
from shared.models import registry
from shared.models.running import Model, open_model
from shared.settings import Detector, Settings
from shared.vision.boxes import clip_box
from shared.vision.regions import Region, cut, framed, framed_turned, reduction_for
from shared.worker import Done, Stage, Work

_LAST_BOX_SCORE = 0.2  # of the usual score: enough at the last box of somebody who is missing


class Known(msgspec.Struct, frozen=True):
    """What the detector remembers of a camera: the media time when it last looked, the boxes (N, 4) it was
    sure of then, the largest motion since, 0 to 1 (also before the first look: much), and, for second looks,
    where people were last found.
    """

    looked_us: int
    boxes: Array
    motion: float = 1.0
    places: tuple[Place, ...] = ()


class DetectorStage(Stage[Known]):
    """Finds people with any detector of the registry."""

    name = "detector"
    state_type = Known

    def __init__(self, settings: Detector, model: Model) -> None:
        """Take a model that is ready.

        Raises:
            ModelError: it finds no people, or does not know a wanted class.
        """
        self._settings = settings
        self._model = model
        self._tail = settings.score if settings.least_score is None else settings.least_score
        self._finder: Finder = finder_of(model.entry, settings, self._least())

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
        for index, reported in zip(due, self._look([works[index] for index in due]), strict=True):
            done[index] = reported
        return done

    @override
    def finish(self, state: Known) -> tuple[Message, ...]:
        return ()

    def _least(self) -> float:
        """The smallest score that anything is done with."""
        if self._settings.second_look == "last_box":
            return min(self._tail, _LAST_BOX_SCORE * self._settings.score)
        return self._tail

    def _look(self, works: Sequence[Work[Known]]) -> list[Done[Known]]:
        wanted = self._model.entry.input
        regions = [framed(work.message.width_px, work.message.height_px, wanted) for work in works]
        found = self._people(works, regions)
        if self._settings.second_look == "last_box":
            found = [self._at_last_boxes(*pair) for pair in zip(works, found, strict=True)]
        elif self._settings.second_look == "turned":
            found = self._turned(works, found)
        return [self._report(*pair) for pair in zip(works, found, strict=True)]

    def _people(self, works: Sequence[Work[Known]], regions: Sequence[Region]) -> list[list[Person]]:
        """Who is in a region of each work's picture, the surest first."""
        if not works:
            return []
        pictures = (self._picture(*pair) for pair in zip(works, regions, strict=True))
        return self._finder.people(self._model.run(pictures, self._finder.outputs, len(regions)), regions)

    def _picture(self, work: Work[Known], region: Region) -> Image:
        message, wanted = work.message, self._model.entry.input
        if work.picture is None:
            raise PictureError(
                f"frame {message.seq} of camera {message.camera} came to the detector without its picture"
            )
        scale = min(region.size_px / wanted.height, region.size_px * region.aspect / wanted.width)
        reduce = reduction_for(scale, self._finder.detail)
        return cut(
            work.picture.bgr(reduce), region, (wanted.height, wanted.width), reduce=reduce, border=wanted.pad
        )

    def _at_last_boxes(self, work: Work[Known], found: list[Person]) -> list[Person]:
        sure, weak = self._sure(found), [person for person in found if person.score < self._settings.score]
        absent = missing(work.state.places, sure, work.message.pts_us)
        return _with(sure, at_last_boxes(absent, weak, self._settings.score), weak, self._settings.iou)

    def _turned(self, works: Sequence[Work[Known]], found: list[list[Person]]) -> list[list[Person]]:
        """The people found, and those who are missing and found in the picture turned either way."""
        absent = [
            missing(work.state.places, self._sure(people), work.message.pts_us)
            for work, people in zip(works, found, strict=True)
        ]
        again = [index for index, places in enumerate(absent) if places]
        looks = [(works[index], clockwise) for index in again for clockwise in (True, False)]
        wanted = self._model.entry.input
        regions = [
            framed_turned(work.message.width_px, work.message.height_px, wanted, clockwise)
            for work, clockwise in looks
        ]
        seen = iter(self._people([work for work, _ in looks], regions))
        for index in again:
            sure, weak = self._sure(found[index]), found[index]
            more = self._sure([*next(seen), *next(seen)])
            new = near_places(absent[index], sure, more, self._settings.iou)
            found[index] = _with(sure, new, weak[len(sure) :], self._settings.iou)
        return found

    def _sure(self, people: Sequence[Person]) -> list[Person]:
        return [person for person in people if person.score >= self._settings.score]

    def _report(self, work: Work[Known], found: list[Person]) -> Done[Known]:
        message, state = work.message, work.state
        persons = tuple(
            msgspec.structs.replace(person, box=clip_box(person.box, message.width_px, message.height_px))
            for person in found[:MAX_PERSONS]
            if person.score >= self._tail
        )
        boxes = [person.box for person in persons if person.score >= SURE]
        return Done(
            (msgspec.structs.replace(message, persons=persons),),
            Known(message.pts_us, _boxes(boxes), 0.0, self._places(state, persons, message.pts_us)),
        )

    def _places(self, state: Known, persons: Sequence[Person], now_us: int) -> tuple[Place, ...]:
        if self._settings.second_look == "none":
            return ()
        return places_after(state.places, self._sure(persons), now_us)[:MAX_PERSONS]

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


def _with(sure: list[Person], new: list[Person], weak: Sequence[Person], iou: float) -> list[Person]:
    """People a second look adds take the place of the weak ones they are."""
    return [*sure, *new, *without(weak, new, iou)]


def _boxes(boxes: list[Box]) -> Array:
    return Array.of(np.array(boxes, np.float32).reshape(-1, 4))
