"""Pose as a stage: the people of all cameras of a batch through the network at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from typing_extensions import override

from services.pose.appearance import Appearance, Looks
from services.pose.people import Memory, People, Seen, filtered_landmarks, miss, remember
from services.pose.readers import Reader
from services.pose.tasks import stage as tasks
from services.pose.topdown import BlazePoseDecoder, TopDown, heatmap_decoder, simcc_decoder
from services.pose.whole import WholePicture
from shared.messages import Array, Frame, Message, Person
from shared.models import registry
from shared.models.errors import ModelError
from shared.models.running import Model, open_model
from shared.settings import Pose, Settings
from shared.vision.boxes import box_around, boxes_of, clip_box, iou_matrix
from shared.worker import Done, Stage, Work

_SAME_PERSON = 0.5  # overlap of a weak detection's box with somebody who has landmarks


class PoseStage(Stage[People]):
    """Finds landmarks with one of the pose models."""

    name = "pose"
    state_type = People

    def __init__(
        self, settings: Pose, model: Model, sure_score: float = 0.0, reid: Model | None = None
    ) -> None:
        """A detection below `sure_score` is no reason to look; it is passed on as it is, without landmarks.
        `reid` gives people embeddings, as `settings.reid` says.

        Raises:
            ModelError: the model is none for poses, or its entry is incomplete.
        """
        self._reader = _reader(settings, model)
        self._sure_score = sure_score
        self._appearance = None if reid is None else Appearance(settings.reid, reid, self._reader.margin)

    @override
    def fresh(self) -> People:
        return People()

    @override
    def wants_picture(self, message: Frame) -> bool:
        """Always: whether somebody is followed depends on the state, and without anybody nothing is
        decoded.
        """
        return True

    @override
    def process(self, works: Sequence[Work[People]]) -> list[Done[People]]:
        looked = self._reader.look([self._with_sure(work) for work in works])
        looks = self._looks(works, looked)
        return [
            self._follow(work.message, people, appearance)
            for work, people, appearance in zip(works, looked, looks, strict=True)
        ]

    @override
    def finish(self, state: People) -> tuple[Message, ...]:
        return ()

    def _with_sure(self, work: Work[People]) -> Work[People]:
        sure = tuple(person for person in work.message.persons if person.score >= self._sure_score)
        return replace(work, message=msgspec.structs.replace(work.message, persons=sure))

    def _looks(
        self, works: Sequence[Work[People]], looked: Sequence[Sequence[Seen | Memory]]
    ) -> Sequence[Looks]:
        if self._appearance is None:
            return [Looks()] * len(works)
        seen = [[look for look in people if isinstance(look, Seen)] for people in looked]
        return self._appearance.look(works, seen)

    def _follow(self, message: Frame, looked: Sequence[Seen | Memory], looks: Looks) -> Done[People]:
        persons: list[Person] = []
        followed = []
        for look in looked:
            if isinstance(look, Seen):
                embedding, look_us = looks.of(len(persons))
                memory = msgspec.structs.replace(remember(look, message.pts_us), look_us=look_us)
                followed.append(memory)
                persons.append(self._person(message, look, memory, embedding))
            elif missed := miss(look, message.pts_us):
                followed.append(missed)
        unsure = [person for person in message.persons if person.score < self._sure_score]
        found = msgspec.structs.replace(message, persons=(*persons, *_others(unsure, persons)))
        return Done((found,), People(tuple(followed)))

    def _person(self, message: Frame, seen: Seen, memory: Memory, embedding: Array | None) -> Person:
        shown = filtered_landmarks(memory, seen.body)
        points = shown.points
        if points.shape[1] == 2:
            points = np.pad(points, ((0, 0), (0, 1)), constant_values=np.nan)
        rows = np.column_stack((points, shown.visibility, seen.body.presence))
        box = box_around(points[seen.body.placed, :2], self._reader.margin)
        return Person(
            clip_box(box, message.width_px, message.height_px),
            seen.body.score,
            skeleton=self._reader.skeleton.name,
            keypoints=Array.of(rows.astype(np.float32, copy=False)),
            world=None if shown.world is None else Array.of(shown.world),
            embedding=embedding,
        )


def build(settings: Settings) -> Stage[Any]:
    """The stage of the configured backend with its model loaded.

    Raises:
        ModelError: the model is missing, damaged, or none for poses.
        MediaPipeError: see `services.pose.tasks`.
    """
    if settings.pose.backend == "mediapipe":
        return tasks.build(settings)
    known, reid = registry.of(settings.models), settings.pose.reid.model
    model = open_model(known.find(settings.pose.model), settings.runtime)
    embedder = None if reid is None else open_model(known.find(reid), settings.runtime)
    return PoseStage(settings.pose, model, settings.detector.score, embedder)


def _reader(settings: Pose, model: Model) -> Reader:
    """How the model is asked, by its decoder."""
    entry = model.entry
    match entry.decoder:
        case "blazepose-landmarks":
            return TopDown(settings, model, BlazePoseDecoder())
        case "heatmap":
            return TopDown(settings, model, heatmap_decoder(entry, settings))
        case "simcc":
            return TopDown(settings, model, simcc_decoder(entry, settings))
        case "posenet" | "bodypix":
            return WholePicture(settings, model)
    raise ModelError(
        f"model {entry.name} finds no poses (its task is {entry.task}); choose another for pose.model"
    )


def _others(unsure: Sequence[Person], found: Sequence[Person]) -> list[Person]:
    """Weak detections of people who were not found, with neither skeleton nor keypoints."""
    if not unsure:
        return []
    overlaps = iou_matrix(boxes_of(unsure), boxes_of(found)) if found else np.zeros((len(unsure), 1))
    return [
        Person(person.box, person.score)
        for person, overlap in zip(unsure, overlaps, strict=True)
        if overlap.max() <= _SAME_PERSON
    ]
