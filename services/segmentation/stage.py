"""Segmentation as a stage: all people of a batch through one network, whatever kind of network it is."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from typing_extensions import override

from services.segmentation.views import View, views_of
from shared.bus.frames import Image, PictureError
from shared.messages import Frame, Message, Person
from shared.models import registry
from shared.models.running import Model, open_model
from shared.settings import Segmentation, Settings
from shared.vision.capsules import Capsules, capsules_of
from shared.vision.limbs import Silhouette, take_apart
from shared.vision.masks import pack, pack_parts
from shared.vision.regions import cut, reduction_for
from shared.vision.rivals import Figure, without_rivals
from shared.vision.silhouettes import Maps, reader_of
from shared.worker import Done, Stage, Work

_ENLARGED = (
    0.75  # of the input: networks tolerate regions enlarged from so few pixels; larger are decoded reduced
)


class Nothing(msgspec.Struct, frozen=True):
    """Segmentation remembers nothing."""


class SegmentationStage(Stage[Nothing]):
    """Finds silhouettes and body parts with any segmentation model of the registry."""

    name = "segmentation"
    state_type = Nothing

    def __init__(self, settings: Segmentation, model: Model) -> None:
        """Use `model`.

        Raises:
            ModelError: it is no segmentation model.
        """
        self._model = model
        self._reader = reader_of(model.entry, settings.threshold)

    @override
    def fresh(self) -> Nothing:
        return Nothing()

    @override
    def wants_picture(self, message: Frame) -> bool:
        return bool(message.persons)

    @override
    def process(self, works: Sequence[Work[Nothing]]) -> list[Done[Nothing]]:
        plans = [views_of(work.message, self._model.entry) for work in works]
        maps = self._look(works, plans)
        return [
            Done((self._segment(work.message, plan, maps),), work.state)
            for work, plan in zip(works, plans, strict=True)
        ]

    @override
    def finish(self, state: Nothing) -> tuple[Message, ...]:
        return ()

    def _look(self, works: Sequence[Work[Nothing]], plans: Sequence[list[View]]) -> Iterator[Maps]:
        """What the network says of each view of each frame, in order."""
        pictures = (
            picture for work, plan in zip(works, plans, strict=True) for picture in self._cut(work, plan)
        )
        count = sum(map(len, plans))
        outputs = self._model.run(pictures, self._reader.outputs, count)
        return ({name: values[place] for name, values in outputs.items()} for place in range(count))

    def _cut(self, work: Work[Nothing], plan: list[View]) -> Iterator[Image]:
        if not plan:
            return
        message, wanted = work.message, self._model.entry.input
        if work.picture is None:
            raise PictureError(
                f"frame {message.seq} of camera {message.camera} came to segmentation without its picture"
            )
        smallest_px = min(view.region.size_px for view in plan)
        reduce = reduction_for(smallest_px, wanted.height * _ENLARGED)
        image = work.picture.bgr(reduce)
        border = wanted.pad if wanted.fit.startswith("letterbox") else None
        for view in plan:
            yield cut(image, view.region, (wanted.height, wanted.width), reduce=reduce, border=border)

    def _segment(self, message: Frame, plan: list[View], maps: Iterator[Maps]) -> Frame:
        if not plan:
            return message
        figures = [Figure(person.box, capsules_of(person)) for person in message.persons]
        persons = list(message.persons)
        for view in plan:
            seen = next(maps)
            for place, box in view.boxes.items():
                silhouette = self._reader.read(seen, view.region, box)
                rivals = figures[:place] + figures[place + 1 :]
                own = without_rivals(silhouette, figures[place], rivals)
                persons[place] = _with_mask(persons[place], own, figures[place].capsules)
        return msgspec.structs.replace(message, persons=tuple(persons))


def build(settings: Settings) -> SegmentationStage:
    """The stage with its model loaded.

    Raises:
        ModelError: the configured model is missing, cannot run here, or is no segmentation model.
    """
    return SegmentationStage(
        settings.segmentation,
        open_model(registry.of(settings.models).find(settings.segmentation.model), settings.runtime),
    )


def _with_mask(person: Person, silhouette: Silhouette, capsules: Capsules | None) -> Person:
    """The person with a mask, and with what it says of parts and limbs."""
    found = take_apart(silhouette, capsules)
    parts = None
    if silhouette.classes is not None and silhouette.palette is not None:
        shown = np.where(found.bits, silhouette.classes, 0).astype(np.uint8)
        parts = pack_parts(shown, silhouette.box, silhouette.palette.name)
    return msgspec.structs.replace(
        person,
        mask=pack(found.bits, silhouette.box),
        parts=parts,
        limbs=found.limbs,
        occluded=found.occluded,
    )
