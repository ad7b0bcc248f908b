"""Masks of every segmentation model: time per person, overlap with the truth and with BlazePose's mask.

`python -m tests.bench.bench_masks [--picture FILE]`; with `--picture` only the picture of the README of
services/segmentation is drawn. The truth is that of drawn scenes, with true poses; the pictures are those of
KINESTREAM_DATA, with the poses of our own stages.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np

from services.detector.stage import build as build_detector
from services.pose.stage import build as build_pose
from services.segmentation.stage import SegmentationStage
from services.segmentation.stage import build as build_segmentation
from shared.bus.frames import Image
from shared.messages import Frame
from shared.models import registry
from shared.models.errors import ModelError
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Runtime, Segmentation, Settings
from shared.vision.drawing import annotate
from tests.models_fixture import DATA
from tests.services.footage import frame_of, run_one
from tests.services.segmentation.truth import overlap, silhouette, true_poses

_REFERENCE = "blazepose-full-mask"
_SCENES = ("walk", "sit", "bend", "fall_forward", "fall_backward", "fall_sideways", "lie_on_bed")
_CROWDS = ("walk?seed=1&height=1.2&people=6", "walk?seed=2&height=1.2&people=6")
_FRAMES = 10  # of each scene
_LEAST_PX = 200  # of a person that shows at all
_HIDDEN = (0.15, 0.4)  # share of a person behind others
_ROUNDS = 5


@dataclass(frozen=True)
class Shot:
    """A picture with poses, and the true masks' scene, if it has one."""

    image: Image
    message: Frame
    scene: Scene | None = None
    index: int = 0


def models() -> list[str]:
    """The models that segment people, as the registry has them."""
    wanted = ("person segmentation", "part segmentation")
    return [
        entry.name for entry in registry.load().models if entry.task in wanted or entry.name.endswith("-mask")
    ]


def stage_of(model: str) -> SegmentationStage:
    runtime = Runtime(providers=("cpu",), threads=1)
    return build_segmentation(Settings(runtime=runtime, segmentation=Segmentation(model=model)))


def drawn(urls: tuple[str, ...]) -> Iterator[Shot]:
    """Frames spread over scenes, with true poses."""
    for url in urls:
        scene = Scene(parse(f"synth://{url}"))
        for index in range(20, scene.frame_count, max(1, scene.frame_count // _FRAMES)):
            image = scene.render(index)
            message = true_poses(frame_of(image), scene, index)
            if message.persons:
                yield Shot(image, message, scene, index)


def photographed() -> Iterator[Shot]:
    """The pictures of the test data, with the poses that our stages find."""
    settings = Settings(runtime=Runtime(providers=("cpu",), threads=1))
    detector, pose = build_detector(settings), build_pose(settings)
    for path in sorted((DATA / "pose").glob("*.jpg")):
        image = cv2.imread(str(path))
        if image is None:
            raise SystemExit(f"{path} is no picture")
        picture = image.astype(np.uint8, copy=False)
        found, _ = run_one(detector, frame_of(picture), detector.fresh(), picture)
        posed, _ = run_one(pose, found, pose.fresh(), picture)
        if posed.persons:
            yield Shot(picture, posed)


def truths(stage: SegmentationStage, shots: list[Shot]) -> list[tuple[float, float]]:
    """Hidden share and overlap with the truth of everybody who shows."""
    rows = []
    for shot in shots:
        assert shot.scene is not None
        found, _ = run_one(stage, shot.message, stage.fresh(), shot.image)
        for person, true in zip(found.persons, shot.scene.truth(shot.index).persons, strict=True):
            if true.mask.sum() >= _LEAST_PX:
                hidden = 1 - true.mask.sum() / max(true.silhouette.sum(), 1)
                rows.append((float(hidden), overlap(person, true, found)))
    return rows


def likeness(stage: SegmentationStage, reference: SegmentationStage, shots: list[Shot]) -> list[float]:
    """Overlap of each person's mask with the reference's."""
    overlaps = []
    for shot in shots:
        both = [run_one(each, shot.message, each.fresh(), shot.image)[0] for each in (stage, reference)]
        for mine, theirs in zip(both[0].persons, both[1].persons, strict=True):
            first, second = silhouette(mine, shot.message), silhouette(theirs, shot.message)
            overlaps.append(float((first & second).sum() / max((first | second).sum(), 1)))
    return overlaps


def milliseconds(stage: SegmentationStage, shots: list[Shot]) -> float:
    """Process time per person, best of some rounds, of all that the stage does."""
    people = sum(len(shot.message.persons) for shot in shots)
    best = float("inf")
    for _ in range(_ROUNDS):
        started = time.process_time()
        for shot in shots:
            run_one(stage, shot.message, stage.fresh(), shot.image)
        best = min(best, time.process_time() - started)
    return 1000 * best / people


def picture() -> Image:
    """One scene as each model sees it, from left to right."""
    scene = Scene(parse("synth://bend?noise=0"))
    image = scene.render(75)
    message = true_poses(frame_of(image), scene, 75)
    x0, y0, x1, y1 = (round(edge) for edge in message.persons[0].box)
    shown = (slice(max(y0 - 20, 0), y1 + 20), slice(max(x0 - 50, 0), x1 + 50))
    parts = []
    for model in ("selfie", _REFERENCE, "bodypix-640x480"):
        stage = stage_of(model)
        found, _ = run_one(stage, message, stage.fresh(), image)
        bare = tuple(msgspec.structs.replace(person, score=0.99) for person in found.persons)
        parts.append(annotate(image, msgspec.structs.replace(found, persons=bare))[shown])
    return np.asarray(np.hstack(parts), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_masks")
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.picture:
        cv2.imwrite(str(options.picture), picture())
        return
    alone, crowd = list(drawn(_SCENES)), list(drawn(_CROWDS))
    photos = list(photographed()) if (DATA / "pose").is_dir() else []
    reference = stage_of(_REFERENCE)
    print(f"{'model':20s} ms/person  truth  in a crowd  hidden 15-40 %  against {_REFERENCE}")
    for model in models():
        try:
            stage = stage_of(model)
        except ModelError as error:
            print(f"{model:20s} {error}", file=sys.stderr)
            continue
        by_itself = [iou for _, iou in truths(stage, alone)]
        among = truths(stage, crowd)
        hidden = [iou for share, iou in among if _HIDDEN[0] <= share < _HIDDEN[1]]
        like = likeness(stage, reference, photos)
        print(
            f"{model:20s} {milliseconds(stage, alone[:20]):9.1f} {np.mean(by_itself):6.2f}"
            f" {np.mean([iou for _, iou in among]):11.2f} {np.mean(hidden):15.2f}"
            f"  {np.mean(like) if like else float('nan'):.2f} (least {min(like, default=float('nan')):.2f},"
            f" {len(like)} people)"
        )


if __name__ == "__main__":
    main()
