"""Re-identification: an embedding of each person's looks now and then, for all people of a batch at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.pose.bodies import Shape, region_of_box
from services.pose.people import Memory, People, Seen
from services.pose.readers import crops
from shared.bus.frames import Image
from shared.messages import MAX_EMBEDDING, Array
from shared.models.errors import ModelError
from shared.models.running import Model
from shared.settings import ReId
from shared.vision.boxes import Boxes, Floats, clip_box
from shared.vision.embeddings import pack, unit, visible_shares
from shared.vision.regions import Region
from shared.worker import Work

_OUTPUT = "embedding"
_SCALE = 1.0  # embedding networks learn from crops that end where the body ends


@dataclass(frozen=True)
class Looks:
    """What came of the people seen in a frame: for each an embedding, if one was made, and when the last one
    was made. Empty where nobody asks for embeddings.
    """

    embeddings: Sequence[Array | None] = ()
    embedded_us: Sequence[int | None] = ()

    def of(self, index: int) -> tuple[Array | None, int | None]:
        """Embedding and time of the person at `index`."""
        if not self.embedded_us:
            return None, None
        return self.embeddings[index], self.embedded_us[index]


@dataclass(frozen=True, eq=False)
class _Plan:
    """Of one frame: where everybody is (N, 4), who can be looked at (N,), and who is looked at now (N,)."""

    boxes: Boxes
    clear: NDArray[np.bool_]
    due: NDArray[np.bool_]


class Appearance:
    """Decides whom to look at and asks the embedding network, once for a batch.

    Who is partly hidden or cut off by the picture's edge gets no embedding: it would show somebody else, or
    too little. When that is over a new one is made at once, for then people are most easily mixed up.
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
        self._shape = Shape(model.entry.input.width / model.entry.input.height, _SCALE)

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
            self._told(work.message.pts_us, plan, [each.memory for each in people], rows)
            for work, plan, people in zip(works, plans, seen, strict=True)
        ]

    def _plan(self, work: Work[People], people: Sequence[Seen]) -> _Plan:
        message, settings = work.message, self._settings
        boxes = np.array([each.body.box(self._margin) for each in people], np.float32).reshape(-1, 4)
        large = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) >= settings.least_height_px
        shares = visible_shares(boxes, message.width_px, message.height_px)
        clear = large & (shares >= settings.least_visible)
        wanted = [self._is_due(each.memory, message.pts_us) for each in people]
        return _Plan(boxes, clear, clear & np.array(wanted, bool))

    def _is_due(self, memory: Memory, pts_us: int) -> bool:
        if memory.embedded_us is None or memory.misses:
            return True
        return pts_us - memory.embedded_us >= self._settings.every_s * 1e6

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
        boxes = [(float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in plan.boxes[plan.due]]
        return [region_of_box(clip_box(box, *size_px), self._shape) for box in boxes]

    def _told(self, pts_us: int, plan: _Plan, memories: Sequence[Memory], rows: Iterator[Floats]) -> Looks:
        """`rows` gives the embeddings of those who are due, off its front."""
        embeddings: list[Array | None] = []
        embedded_us: list[int | None] = []
        for memory, clear, due in zip(memories, plan.clear, plan.due, strict=True):
            row = next(rows) if due else None
            directed = row is not None and bool(np.isfinite(row).all())
            embeddings.append(pack(row) if row is not None and directed else None)
            last_us = memory.embedded_us if clear else None
            embedded_us.append(pts_us if due else last_us)
        return Looks(embeddings, embedded_us)


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
