"""Networks that find everybody in the whole picture: PoseNet, and BodyPix with it."""

from collections.abc import Mapping, Sequence

import numpy as np
from typing_extensions import override

from services.pose.bodies import MARGIN, SQUARE, Body, region_around
from services.pose.people import COLUMNS_IN_PLANE, Memory, People, Seen, is_in_picture, nearest
from services.pose.readers import Reader, check_fit, check_points, crops, most_people, skeleton_of
from shared.messages import Frame
from shared.models.running import Model
from shared.settings import Pose
from shared.vision.boxes import Floats
from shared.vision.decoding.keypoints import Keypoints
from shared.vision.decoding.posenet import PoseNetLayout, decode_one, decode_people
from shared.vision.regions import Region, framed
from shared.worker import Work

_OUTPUTS = ("heatmaps", "short_offsets", "mid_offsets")


class WholePicture(Reader):
    """Looks at every picture, whether somebody was detected or not: the network finds people by itself.

    Who was seen before only matters for the filters.
    """

    margin = MARGIN

    def __init__(self, settings: Pose, model: Model) -> None:
        """The model takes whole pictures.

        Raises:
            ModelError: it does not, or its entry does not fit its decoder.
        """
        check_fit(model.entry, whole_picture=True)
        self.skeleton = skeleton_of(model.entry)
        self._settings = settings
        self._model = model
        self._alone = model.entry.parameters.get("people") == "one"
        self._layout = PoseNetLayout(
            (model.entry.input.width, model.entry.input.height),
            stride=round(float(model.entry.parameters.get("stride", PoseNetLayout.stride))),
            score=settings.presence,
            most=most_people(settings, self.skeleton, COLUMNS_IN_PLANE),
        )

    @override
    def look(self, works: Sequence[Work[People]]) -> list[list[Seen | Memory]]:
        if not works:
            return []
        wanted = self._model.entry.input
        places = [framed(work.message.width_px, work.message.height_px, wanted) for work in works]
        pictures = (
            crop
            for work, place in zip(works, places, strict=True)
            for crop in crops(work, [place], wanted, wanted.pad)
        )
        found = self._people(self._model.run(pictures, _OUTPUTS, len(works)))
        return [
            self._recognise(work, self._bodies(people, place, work.message))
            for work, place, people in zip(works, places, found, strict=True)
        ]

    def _people(self, outputs: Mapping[str, Floats]) -> list[Keypoints]:
        """Who is in each picture, the surest first."""
        heatmaps, short_offsets, mid_offsets = (outputs[name] for name in _OUTPUTS)
        if self._alone:
            lone = decode_one(heatmaps, short_offsets, self._layout)
            found = [
                lone.only([row] if lone.presence[row] >= self._layout.score else [])
                for row in range(len(heatmaps))
            ]
        else:
            found = decode_people(heatmaps, short_offsets, mid_offsets, self._layout)
        for people in found:
            check_points(self._model.entry, self.skeleton, people)
        return found

    def _bodies(self, people: Keypoints, place: Region, message: Frame) -> list[Body]:
        bodies = [self._body(people, index, place) for index in range(len(people.points))]
        return [body for body in bodies if is_in_picture(body, message)]

    def _body(self, people: Keypoints, index: int, place: Region) -> Body:
        points, scores = place.to_picture(people.points[index]), people.scores[index]
        placed = scores >= self._settings.keypoint
        following = region_around(points[placed] if placed.any() else points, 0.0, SQUARE)
        unknown = np.full(len(scores), np.nan, np.float32)
        return Body(points, scores, unknown, None, placed, following, float(people.presence[index]))

    def _recognise(self, work: Work[People], bodies: list[Body]) -> list[Seen | Memory]:
        """Give each body, the surest first, to the person who was last seen nearest to it."""
        followed = list(work.state.followed)
        left = list(range(len(followed)))
        looked: dict[int, Seen | Memory] = dict(enumerate(followed))
        for body in bodies:
            near = nearest([followed[place] for place in left], body.following)
            known = len(looked) if near is None else left.pop(near)
            memory = Memory(body.following, work.message.pts_us) if near is None else followed[known]
            looked[known] = Seen(memory, body.following, body)
        return list(looked.values())
