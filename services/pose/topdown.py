"""Networks that look at one person at a time: BlazePose, heatmaps, SimCC."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
import numpy as np
from typing_extensions import override

from services.pose.bodies import (
    BLAZEPOSE_MARGIN,
    BOX_SCALE,
    MARGIN,
    Body,
    Shape,
    joints_of,
    region_around,
    region_of_person,
    upright_region,
)
from services.pose.people import (
    COLUMNS_IN_PLANE,
    COLUMNS_IN_SPACE,
    Memory,
    People,
    Seen,
    is_in_picture,
    regions_to_look_at,
    without_duplicates,
)
from services.pose.readers import Reader, check_fit, check_points, crops, most_people, skeleton_of
from shared.messages import Person
from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.models.running import Model
from shared.settings import Pose
from shared.vision.blazepose import decode_landmarks
from shared.vision.boxes import Floats
from shared.vision.decoding.heatmaps import HeatmapLayout, decode_heatmaps
from shared.vision.decoding.keypoints import Keypoints
from shared.vision.decoding.simcc import decode_simcc
from shared.vision.regions import Region
from shared.worker import Work

Outputs = Mapping[str, Floats]


class Decoder(Protocol):
    """What a kind of network wants to see, and what its numbers mean."""

    outputs: Sequence[str]
    border: int | None  # outside the picture, see `cut`
    margin: float  # see `Reader`
    flat: bool  # keypoints in the plane, one channel of the first output for each

    def region_of(self, person: Person) -> Region:
        """Where to look for a detected person."""

    def bodies(self, outputs: Outputs, places: Sequence[Region]) -> list[Body]:
        """One body for each of N places."""


class BlazePoseDecoder(Decoder):
    """Landmarks with depth, world coordinates, and the region of the next picture."""

    outputs = ("landmarks", "presence", "heatmap", "world")
    border = None
    margin = BLAZEPOSE_MARGIN
    flat = False

    @override
    def region_of(self, person: Person) -> Region:
        return region_of_person(person)

    @override
    def bodies(self, outputs: Outputs, places: Sequence[Region]) -> list[Body]:
        found = decode_landmarks(outputs["landmarks"], outputs["heatmap"], outputs["world"], list(places))
        presences = outputs["presence"][:, 0].tolist()
        return [
            Body.of_landmarks(landmarks, presence)
            for landmarks, presence in zip(found, presences, strict=True)
        ]


class KeypointDecoder(Decoder):
    """Keypoints in the plane, each with a score, in an upright region of the network's shape."""

    margin = MARGIN
    flat = True

    def __init__(
        self,
        entry: Entry,
        outputs: Sequence[str],
        decode: Callable[[Outputs], Keypoints],
        threshold: float,
    ) -> None:
        """`threshold`: a keypoint is placed from this score on."""
        self.outputs = outputs
        self.border = entry.input.pad
        self._entry = entry
        self._skeleton = skeleton_of(entry)
        self._shape = Shape(
            entry.input.width / entry.input.height, float(entry.parameters.get("box_scale", BOX_SCALE))
        )
        self._decode = decode
        self._threshold = threshold

    @override
    def region_of(self, person: Person) -> Region:
        return upright_region(person, self._shape)

    @override
    def bodies(self, outputs: Outputs, places: Sequence[Region]) -> list[Body]:
        found = self._decode(outputs)
        check_points(self._entry, self._skeleton, found)
        return [self._body(found, index, place) for index, place in enumerate(places)]

    def _body(self, found: Keypoints, index: int, place: Region) -> Body:
        points, scores = place.to_picture(found.points[index]), found.scores[index]
        placed = scores >= self._threshold
        following = region_around(points[placed], place.rotation, self._shape) if placed.any() else place
        unknown = np.full(len(scores), np.nan, np.float32)
        return Body(points, scores, unknown, None, placed, following, float(found.presence[index]))


def heatmap_decoder(entry: Entry, settings: Pose) -> Decoder:
    """For HRNet, ViTPose and their kin.

    Raises:
        ModelError: the model's parameters do not fit `HeatmapLayout`.
    """
    given = {name: value for name, value in entry.parameters.items() if name != "box_scale"}
    known = {"input_px": (entry.input.width, entry.input.height)}
    try:
        layout = msgspec.convert({**given, **known}, HeatmapLayout, strict=False)
    except msgspec.ValidationError as error:
        raise ModelError(f"model {entry.name}: parameters: {error}") from error
    return KeypointDecoder(
        entry, ("heatmaps",), lambda outputs: decode_heatmaps(outputs["heatmaps"], layout), settings.keypoint
    )


def simcc_decoder(entry: Entry, settings: Pose) -> Decoder:
    """For RTMPose."""
    return KeypointDecoder(
        entry, ("x", "y"), lambda outputs: decode_simcc(outputs["x"], outputs["y"]), settings.keypoint
    )


class TopDown(Reader):
    """Looks at each person's region: that of the last frame's landmarks, or of a detection."""

    def __init__(self, settings: Pose, model: Model, decoder: Decoder) -> None:
        """The model takes regions that show one person.

        Raises:
            ModelError: it does not, or its entry does not fit its decoder.
        """
        check_fit(model.entry, whole_picture=False)
        self.skeleton = skeleton_of(model.entry)
        self.margin = decoder.margin
        self._presence = settings.presence
        self._limit = most_people(
            settings, self.skeleton, COLUMNS_IN_PLANE if decoder.flat else COLUMNS_IN_SPACE
        )
        self._model = model
        self._decoder = decoder
        self._joints = joints_of(self.skeleton)

    @override
    def look(self, works: Sequence[Work[People]]) -> list[list[Seen | Memory]]:
        plans = [
            regions_to_look_at(work.state, work.message, self._limit, self._decoder.region_of)
            for work in works
        ]
        seen = iter(self._read(works, plans))
        return [
            self._judge(work, [_best(seen, memory) for memory in plan])
            for work, plan in zip(works, plans, strict=True)
        ]

    def _read(self, works: Sequence[Work[People]], plans: Sequence[list[Memory]]) -> list[Seen]:
        """What is seen at all places of all plans, at once."""
        looks = [(memory, place) for plan in plans for memory in plan for place in memory.places()]
        if not looks:
            return []
        wanted, border = self._model.entry.input, self._decoder.border
        pictures = (
            crop
            for work, plan in zip(works, plans, strict=True)
            for crop in crops(work, [place for memory in plan for place in memory.places()], wanted, border)
        )
        outputs = self._model.run(pictures, self._decoder.outputs, len(looks))
        bodies = self._decoder.bodies(outputs, [place for _, place in looks])
        return [Seen(*look, body) for look, body in zip(looks, bodies, strict=True)]

    def _judge(self, work: Work[People], looked: list[Seen]) -> list[Seen | Memory]:
        present = [
            seen
            for seen in looked
            if seen.body.score >= self._presence and is_in_picture(seen.body, work.message)
        ]
        kept = without_duplicates(present, self._joints)
        return [
            seen if seen in kept else seen.memory for seen in looked if seen in kept or seen not in present
        ]


def _best(seen: Iterator[Seen], memory: Memory) -> Seen:
    """Of the looks for one person, taken off the front of `seen`, the one that shows a body most surely."""
    return max(itertools.islice(seen, len(memory.places())), key=lambda look: look.body.score)
