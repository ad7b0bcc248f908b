"""What turns pictures into bodies: the seam between the stage and the kinds of pose network."""

import logging
from collections.abc import Iterator, Sequence
from typing import Protocol

from services.pose.people import Memory, People, Seen
from shared.bus.frames import Image, PictureError
from shared.models.errors import ModelError
from shared.models.registry import Entry, Input
from shared.settings import Pose
from shared.vision import skeletons
from shared.vision.decoding.keypoints import Keypoints
from shared.vision.regions import Region, cut, reduction_for
from shared.vision.skeletons import Skeleton
from shared.worker import Work
from shared.worker.stage import MAX_CHECKPOINT_BYTES

_LOG = logging.getLogger(__name__)
_MEMORY_BYTES = 160  # of a checkpoint, for a person, beside the filters


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


def skeleton_of(entry: Entry) -> Skeleton:
    """The keypoints of a pose model.

    Raises:
        ModelError: the model does not name them, or by a name that nobody knows.
    """
    if entry.skeleton is None:
        raise ModelError(f"model {entry.name} names no skeleton, so that nobody knows what its points are")
    try:
        return skeletons.find(entry.skeleton)
    except ValueError as error:
        raise ModelError(f"model {entry.name}: {error}") from error


def check_fit(entry: Entry, *, whole_picture: bool) -> None:
    """Refuse a model whose input is made in another way than its decoder needs.

    Raises:
        ModelError: it takes regions where whole pictures are needed, or the other way round.
    """
    if (entry.input.fit != "region") == whole_picture:
        return
    fit = "stretch, letterbox or letterbox-corner" if whole_picture else "region"
    raise ModelError(
        f"model {entry.name}: with decoder {entry.decoder} input.fit must be {fit}, not {entry.input.fit}"
    )


def check_points(entry: Entry, skeleton: Skeleton, found: Keypoints) -> None:
    """Refuse keypoints that the skeleton has no names for.

    Raises:
        ModelError: the model gives another number of them.
    """
    given, named = found.points.shape[1], len(skeleton.points)
    if given != named:
        raise ModelError(
            f"model {entry.name} gives {given} keypoints, but its skeleton {skeleton.name} has {named};"
            " set its skeleton to what it was trained on"
        )


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
