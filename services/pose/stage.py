"""Pose as a stage: the regions of all cameras of a batch through the landmark network at once."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from typing_extensions import override

from services.pose.people import (
    Memory,
    People,
    Seen,
    filtered_landmarks,
    is_in_picture,
    miss,
    regions_to_look_at,
    remember,
    without_duplicates,
)
from services.pose.tasks import stage as tasks
from shared.bus.frames import Image, PictureError
from shared.messages import Array, Frame, Message, Person
from shared.models import registry
from shared.models.session import Model, open_model
from shared.settings import Pose, Settings
from shared.vision.blazepose import LANDMARK_SIDE_PX, decode_landmarks
from shared.vision.boxes import box_around, clip_box
from shared.vision.regions import cut, reduction_for
from shared.vision.skeletons import BLAZEPOSE33
from shared.worker import Done, Stage, Work

_BOX_MARGIN = (
    0.06  # of the longer side: the outermost landmarks lie inside the body, the skull above the ears
)


class PoseStage(Stage[People]):
    """Finds landmarks with BlazePose."""

    name = "pose"
    state_type = People

    def __init__(self, settings: Pose, model: Model) -> None:
        self._settings = settings
        self._model = model

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
        plans = [regions_to_look_at(work.state, work.message, self._settings.max_persons) for work in works]
        crops = [crop for work, plan in zip(works, plans, strict=True) for crop in _crops(work, plan)]
        seen = self._read(crops, [memory for plan in plans for memory in plan])
        return [
            self._follow(work.message, [_best(seen, memory) for memory in plan])
            for work, plan in zip(works, plans, strict=True)
        ]

    @override
    def finish(self, state: People) -> tuple[Message, ...]:
        return ()

    def _read(self, crops: list[Image], memories: list[Memory]) -> Iterator[Seen]:
        if not crops:
            return iter(())
        outputs = self._model.run(np.stack(crops), outputs=["landmarks", "presence", "heatmap", "world"])
        looks = [(memory, place) for memory in memories for place in memory.places()]
        bodies = decode_landmarks(
            outputs["landmarks"], outputs["heatmap"], outputs["world"], [place for _, place in looks]
        )
        presences = outputs["presence"][:, 0].tolist()
        return iter(
            [
                Seen(*look, body, presence)
                for look, body, presence in zip(looks, bodies, presences, strict=True)
            ]
        )

    def _follow(self, message: Frame, looked: list[Seen]) -> Done[People]:
        present = [seen for seen in looked if self._shows_somebody(seen, message)]
        kept = without_duplicates(present)
        persons, followed = [], []
        for seen in looked:
            if seen in kept:
                memory = remember(seen, message.pts_us)
                followed.append(memory)
                persons.append(_person(message, seen, memory))
            elif seen not in present and (missed := miss(seen.memory, message.pts_us)):
                followed.append(missed)
        found = msgspec.structs.replace(message, persons=tuple(persons))
        return Done((found,), People(tuple(followed)))

    def _shows_somebody(self, seen: Seen, message: Frame) -> bool:
        return seen.presence >= self._settings.presence and is_in_picture(seen.body, message)


def build(settings: Settings) -> Stage[Any]:
    """The stage of the configured backend with its model loaded."""
    if settings.pose.backend == "mediapipe":
        return tasks.build(settings)
    return PoseStage(
        settings.pose, open_model(registry.of(settings.models).find(settings.pose.model), settings.runtime)
    )


def _crops(work: Work[People], plan: list[Memory]) -> list[Image]:
    if not plan:
        return []
    if work.picture is None:
        message = work.message
        raise PictureError(f"frame {message.seq} of camera {message.camera} came to pose without its picture")
    places = [place for memory in plan for place in memory.places()]
    reduce = reduction_for(min(place.size_px for place in places), LANDMARK_SIDE_PX)
    image = work.picture.bgr(reduce)
    return [cut(image, place, (LANDMARK_SIDE_PX, LANDMARK_SIDE_PX), reduce=reduce) for place in places]


def _best(seen: Iterator[Seen], memory: Memory) -> Seen:
    """Of the looks for one person, taken off the front of `seen`, the one that shows a body most surely."""
    return max(itertools.islice(seen, len(memory.places())), key=lambda look: look.presence)


def _person(message: Frame, seen: Seen, memory: Memory) -> Person:
    points, world, visibility = filtered_landmarks(memory)
    rows = np.column_stack((points, visibility, seen.body.presence))
    return Person(
        clip_box(box_around(points[:, :2], _BOX_MARGIN), message.width_px, message.height_px),
        seen.presence,
        skeleton=BLAZEPOSE33,
        keypoints=Array.of(rows.astype(np.float32, copy=False)),
        world=Array.of(world),
    )
