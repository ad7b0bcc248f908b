"""Re-identification: an embedding of each person's looks now and then, for all people of a batch at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.pose.people import Memory, People, Seen
from services.pose.readers import crops
from shared.bus.frames import Image
from shared.messages import MAX_EMBEDDING, Array, Box
from shared.models.errors import ModelError
from shared.models.running import Model
from shared.settings import ReId
from shared.vision.boxes import Boxes, Floats, clip_box
from shared.vision.embeddings import pack, unit, visible_shares
from shared.vision.regions import Region
from shared.worker import Work

_OUTPUT = "embedding"


@dataclass(frozen=True)
class Looks:
    """What came of the people seen in a frame: for each an embedding, if one was made, and the media time
    from which on the next one is wanted. Empty where nobody asks for embeddings.
    """

    embeddings: Sequence[Array | None] = ()
    look_us: Sequence[int] = ()

    def of(self, index: int) -> tuple[Array | None, int | None]:
        """Embedding of the person at `index`, and the time of the next one."""
        if not self.look_us:
            return None, None
        return self.embeddings[index], self.look_us[index]


@dataclass(frozen=True, eq=False)
class _Plan:
    """Of one frame: where everybody is (N, 4), who is looked at now (N,), and from when on again (N,)."""

    boxes: Boxes
    due: NDArray[np.bool_]
    look_us: Sequence[int]


class Appearance:
    """Decides whom to look at and asks the embedding network, once for a batch.

    Who is partly hidden or cut off by the picture's edge, who lies, sits or is far away gets no embedding: it
    would tell somebody else. A new one is made as soon as that is over and the landmarks have settled, for
    then people are most easily mixed up.
    """

    def __init__(self, settings: ReId, model: Model, margin: float) -> None:
        """`margin` is where a body ends, see `Reader`.

        Raises:
            ModelError: the model gives no embeddings, or does not look at one person at a time.
        """
        _check(model)
        self._settings = settings
        self._model = model
        self._margin = margin

    def look(self, works: Sequence[Work[People]], seen: Sequence[Sequence[Seen]]) -> list[Looks]:
        """What came of the people seen in each frame.

        Raises:
            PictureError: a picture is needed and is not there, or cannot be decoded.
            ModelError: the network gave no numbers.
        """
        plans = [self._plan(work, people) for work, people in zip(works, seen, strict=True)]
        count = sum(int(plan.due.sum()) for plan in plans)
        rows = iter(self._embeddings(works, plans, count) if count else ())
        return [
            Looks([_packed(next(rows)) if due else None for due in plan.due], plan.look_us) for plan in plans
        ]

    def _plan(self, work: Work[People], people: Sequence[Seen]) -> _Plan:
        message, settings = work.message, self._settings
        boxes = np.array([each.body.box(self._margin) for each in people], np.float32).reshape(-1, 4)
        width, height = (boxes[:, 2:] - boxes[:, :2]).T
        upright = (height >= settings.least_height_px) & (height >= settings.least_upright * width)
        shares = visible_shares(boxes, message.width_px, message.height_px)
        clear = upright & (shares >= settings.least_visible) & (shares > 0)
        settled_us = message.pts_us + round(settings.settle_s * 1e6)
        again_us = message.pts_us + round(settings.every_s * 1e6)
        wanted_us = np.array([_wanted_us(each.memory, settled_us) for each in people], np.int64)
        due = clear & (wanted_us <= message.pts_us)
        look_us = np.where(due, again_us, np.where(clear, wanted_us, settled_us))
        return _Plan(boxes, due, look_us.tolist())

    def _embeddings(self, works: Sequence[Work[People]], plans: Sequence[_Plan], count: int) -> Floats:
        """(count, D) of everybody who is due, at length 1; NaN for a row without a direction."""
        wanted = self._model.entry.input
        pictures: Iterator[Image] = (
            crop
            for work, plan in zip(works, plans, strict=True)
            for crop in crops(work, self._places(work, plan), wanted, wanted.pad)
        )
        rows = self._model.run(pictures, (_OUTPUT,), count)[_OUTPUT]
        if not np.isfinite(rows).all():
            raise ModelError(f"model {self._model.entry.name} gives numbers that are not finite")
        return unit(rows)

    def _places(self, work: Work[People], plan: _Plan) -> list[Region]:
        size_px = (work.message.width_px, work.message.height_px)
        boxes: list[Box] = [tuple(box) for box in plan.boxes[plan.due].tolist()]
        return [_region_of(clip_box(box, *size_px)) for box in boxes]


def _wanted_us(memory: Memory, settled_us: int) -> int:
    """From when on an embedding is wanted: of who is new or found again not before `settled_us`."""
    return settled_us if memory.look_us is None or memory.misses else memory.look_us


def _packed(row: Floats) -> Array | None:
    return pack(row) if np.isfinite(row).all() else None


def _region_of(box: Box) -> Region:
    """The box itself, which the network's shape then stretches, as in the pictures that such networks learn
    from.

    In one room with six people (clips/intel) the nearest mean is the right one for 99 % of these crops, and
    for 97 % of crops that keep the shape of what they show and have background in their margins.
    """
    x0, y0, x1, y1 = box
    return Region((x0 + x1) / 2, (y0 + y1) / 2, y1 - y0, 0.0, (x1 - x0) / (y1 - y0))


def _check(model: Model) -> None:
    entry = model.entry
    if entry.decoder != "embedding":
        raise ModelError(
            f"model {entry.name} tells nobody apart (its task is {entry.task}); choose another for"
            " pose.reid.model, or none"
        )
    if entry.input.fit != "region":
        raise ModelError(
            f"model {entry.name}: with decoder embedding input.fit must be region, not {entry.input.fit}"
        )
    (numbers,) = next(output.shape for output in entry.kept if output.name == _OUTPUT)
    if numbers > MAX_EMBEDDING:
        raise ModelError(
            f"model {entry.name} gives embeddings of {numbers} numbers; choose one for pose.reid.model that"
            f" gives {MAX_EMBEDDING} at most"
        )
