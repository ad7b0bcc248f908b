"""People of one picture by our networks and by MediaPipe Tasks, without any memory, and how far they are
apart.

Both see the same pixels. Ours are the functions of the stages: letterbox, detector, suppression, region,
crop, landmark network, refinement; nothing is followed or smoothed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from services.pose.tasks.bundle import DETECTOR
from services.pose.tasks.landmarker import Bundle, Landmarker
from shared.bus.frames import Image
from shared.models import cache, registry
from shared.models.running import open_model
from shared.settings import MediaPipe, Runtime
from shared.vision.blazepose import (
    DETECTOR_SIDE_PX,
    LANDMARK_SIDE_PX,
    Landmarks,
    decode_detections,
    decode_landmarks,
    region_of,
    sigmoid,
)
from shared.vision.boxes import Floats
from shared.vision.masks import Bits, resample
from shared.vision.regions import Region, cut, whole_picture
from tests.shared.models.litert import Reference

PICTURES = (
    "000000000785",
    "000000040083",
    "000000196141",
    "000000197388",
    "couple",
)  # of KINESTREAM_DATA/pose

Detect = Callable[[Image], Mapping[str, Floats]]  # (224, 224, 3) RGB to boxes and scores

_MOST = 10  # people of one picture
_PRESENCE = 0.5
_TASKS_IOU = 0.5  # boxes that overlap more are one person to the Tasks' detector; 0.3 in the older solutions


@dataclass(frozen=True, eq=False)
class Body:
    """One person: points (33, 2) and what the network says of the silhouette, (H, W) of the picture."""

    points: Floats
    mask: Bits


@dataclass(frozen=True, eq=False)
class Pair:
    """The same person by both: distances (33,) in px, and the overlap of the silhouettes in [0, 1]."""

    distances_px: Floats
    mask_iou: float


@dataclass(frozen=True)
class Compared:
    """One picture: how many people each side sees, and those who are the same."""

    ours: int
    theirs: int
    pairs: tuple[Pair, ...]


class Sides:
    """Both, opened once; people are detected from `score` on.

    With `litert` our detector network runs in LiteRT, which MediaPipe uses as well: its sums differ from ONNX
    Runtime's in the last bits, and a region that moves by 0.0001 px moves landmarks by up to 0.1 px.
    """

    def __init__(self, runtime: Runtime, bundle: Bundle, score: float, *, litert: bool = False) -> None:
        options = MediaPipe(
            running_mode="image",
            num_poses=_MOST,
            min_pose_detection_confidence=score,
            output_segmentation_masks=True,
        )
        self._score = score
        self._detect = _in_litert(runtime) if litert else _in_onnx_runtime(runtime)
        self._landmarks = open_model(registry.find("blazepose-full-mask"), runtime)
        self._tasks = Landmarker(options, bundle)

    def compare(self, image: Image) -> Compared:
        """Everybody in a picture (H, W, 3) BGR; people are paired by the nearest landmarks."""
        ours, theirs = self._ours(image), self._theirs(image)
        return Compared(len(ours), len(theirs), tuple(_pairs(ours, theirs)))

    def close(self) -> None:
        self._tasks.close()

    def _ours(self, image: Image) -> list[Body]:
        height, width = image.shape[:2]
        square = whole_picture(width, height)
        seen = cut(image, square, (DETECTOR_SIDE_PX, DETECTOR_SIDE_PX), border=0)
        answer = self._detect(seen)
        found = decode_detections(answer["boxes"][0], answer["scores"][0], square, self._score, _TASKS_IOU)
        regions = [region_of(points[0], points[1]) for points in found.keypoints]
        if not regions:
            return []
        side = (LANDMARK_SIDE_PX, LANDMARK_SIDE_PX)
        crops = np.stack([cut(image, region, side) for region in regions])
        wanted = ["landmarks", "presence", "heatmap", "world", "segmentation"]
        outputs = self._landmarks.run(crops, outputs=wanted)
        bodies = decode_landmarks(outputs["landmarks"], outputs["heatmap"], outputs["world"], regions)
        rows = zip(bodies, regions, outputs["segmentation"], outputs["presence"][:, 0], strict=True)
        return [_body(body, region, mask[0], image) for body, region, mask, sure in rows if sure >= _PRESENCE]

    def _theirs(self, image: Image) -> list[Body]:
        height, width = image.shape[:2]
        rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
        found = self._tasks.look(rgb, 0, 0.0)
        assert found is not None
        points = found.landmarks[..., :2] * np.array((width, height), np.float32)
        return [Body(each, mask >= 0.5) for each, mask in zip(points, found.masks, strict=True)]


def picture(data: Path, name: str) -> Image:
    """One of `PICTURES`, (H, W, 3) BGR, or FileNotFoundError."""
    path = data / "pose" / f"{name}.jpg"
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFoundError(path)
    return image.astype(np.uint8, copy=False)


def _in_onnx_runtime(runtime: Runtime) -> Detect:
    model = open_model(registry.find(DETECTOR), runtime)
    return lambda picture: model.run(picture[None], outputs=["boxes", "scores"])


def _in_litert(runtime: Runtime) -> Detect:
    entry = registry.find(DETECTOR)
    return Reference(cache.source_path(entry, runtime.models_dir).read_bytes(), entry, "xnnpack").run


def _body(body: Landmarks, region: Region, logits: Floats, image: Image) -> Body:
    height, width = image.shape[:2]
    pixels = (
        -0.5,
        -0.5,
        width - 0.5,
        height - 0.5,
    )  # a region's places count from the centre of the first pixel
    mask = resample(sigmoid(logits), region, pixels, (height, width))
    return Body(body.points[:, :2], mask >= 0.5)


def _pairs(ours: list[Body], theirs: list[Body]) -> Iterator[Pair]:
    left = list(ours)
    for their in theirs:
        if not left:
            return
        distances = [np.hypot(*(their.points - our.points).T) for our in left]
        nearest = int(np.argmin([each.mean() for each in distances]))
        our = left.pop(nearest)
        union = int((our.mask | their.mask).sum())
        yield Pair(distances[nearest], int((our.mask & their.mask).sum()) / union if union else 1.0)
