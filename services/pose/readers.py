"""What turns pictures into bodies: the seam between the stage and the kinds of pose network."""

import inspect
import logging
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

import msgspec

from services.pose.people import Memory, People, Seen
from shared.bus.frames import Image, PictureError
from shared.models.errors import ModelError
from shared.models.registry import Entry, Input
from shared.settings import Pose
from shared.vision import skeletons
from shared.vision.regions import Region, cut, reduction_for
from shared.vision.skeletons import Skeleton
from shared.worker import Work
from shared.worker.lane import MAX_CHECKPOINT_BYTES

_LOG = logging.getLogger(__name__)
_MEMORY_BYTES = 160  # of a checkpoint, for a person, beside the filters

T = TypeVar("T")


class Reader(Protocol):
    """A network, and how it is asked."""

    skeleton: Skeleton
    margin: float  # of the longer side, around the keypoints: where the body ends

    def look(self, works: Sequence[Work[People]]) -> list[list[Seen | Memory]]:
        """For each frame, those known longest first: people who are seen, and the memory of those who are
        not. Somebody who turns out to be another of the same list is left out.

        Raises:
            PictureError: a picture is needed and is not there, or cannot be decoded.
        """


def skeleton_of(entry: Entry, output: str | None = None) -> Skeleton:
    """The keypoints of a pose model, whose `output` has a channel for each.

    Raises:
        ModelError: the model does not name them, by a name that nobody knows, or has another number of them.
    """
    if entry.skeleton is None:
        raise ModelError(f"model {entry.name} names no skeleton, so that nobody knows what its points are")
    try:
        skeleton = skeletons.find(entry.skeleton)
    except ValueError as error:
        raise ModelError(f"model {entry.name}: {error}") from error
    channels = {known.shape[0] for known in entry.kept if known.name == output and known.shape}
    if channels and channels != {len(skeleton.points)}:
        raise ModelError(
            f"model {entry.name}: output {output} has {channels.pop()} channels, skeleton {skeleton.name}"
            f" {len(skeleton.points)} points"
        )
    return skeleton


def most_people(settings: Pose, skeleton: Skeleton, columns: int) -> int:
    """How many people are followed at once: as configured, or as many as a checkpoint holds.

    `columns` are the values that are remembered of each keypoint.
    """
    fitting = MAX_CHECKPOINT_BYTES // (4 * columns * len(skeleton.points) + _MEMORY_BYTES)
    if fitting < settings.max_persons:
        _LOG.warning(
            "at most %d people are followed with %s's %d points, not %d as pose.max_persons says",
            fitting,
            skeleton.name,
            len(skeleton.points),
            settings.max_persons,
        )
    return min(fitting, settings.max_persons)


def layout_of(entry: Entry, kind: type[T], **known: object) -> T:
    """The decoder's layout from the model's `parameters`, and from what is known without them.

    Raises:
        ModelError: the decoder has no such parameter, or a value is outside of what it takes.
    """
    allowed = sorted(set(inspect.signature(kind).parameters) - set(known))
    unknown = sorted(set(entry.parameters) - set(allowed))
    if unknown:
        raise ModelError(
            f"model {entry.name}: decoder {entry.decoder} has no parameter {unknown[0]!r};"
            f" it has {', '.join(allowed)}"
        )
    try:
        return msgspec.convert({**entry.parameters, **known}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ModelError(f"model {entry.name}: parameters: {error}") from error


def crops(work: Work[People], places: Sequence[Region], wanted: Input, border: int | None) -> Iterator[Image]:
    """What the network sees of each place: (height, width, 3) RGB; `border` as in `cut`.

    Raises:
        PictureError: there are places and no picture, or it cannot be decoded.
    """
    if not places:
        return
    if work.picture is None:
        message = work.message
        raise PictureError(f"frame {message.seq} of camera {message.camera} came to pose without its picture")
    across = wanted.height / wanted.width
    smallest_px = min(place.size_px * min(1.0, place.aspect * across) for place in places)
    reduce = reduction_for(smallest_px, wanted.height)
    image = work.picture.bgr(reduce)
    for place in places:
        yield cut(image, place, (wanted.height, wanted.width), reduce=reduce, border=border)
