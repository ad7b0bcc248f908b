"""Our networks beside MediaPipe Tasks: how far their landmarks are apart, and how long a frame takes.

`python -m tests.bench.bench_parity`. Needs the pictures of KINESTREAM_DATA; the speed is that of the stages,
without bus and other workers: ours is detector and pose.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from services.detector import stage as detector
from services.pose import stage as pose
from services.pose.tasks.bundle import bundle_of
from services.pose.tasks.landmarker import Bundle
from shared.bus.frames import Image
from shared.messages import Frame
from shared.settings import Detector, MediaPipe, Pose, Settings
from shared.worker import Stage, Work
from tests.bench import clip
from tests.bench.parity import PICTURES, Compared, Sides, picture
from tests.mediapipe_needs import missing

_FOLDER = clip.ROOT / "build/bench"
_SCORES = (0.5, 0.1)  # at 0.1 both find everybody in the crowded pictures, and some twice


class Raw:
    """A picture as the stages get it from shared memory."""

    spent_ns = 0

    def __init__(self, image: Image) -> None:
        self._image = image

    def bgr(self, reduce: int = 1) -> Image:
        return self._image if reduce == 1 else np.ascontiguousarray(self._image[::reduce, ::reduce])


def compare() -> None:
    """Print the distances of each picture, at each smallest score of a detection."""
    settings = Settings()
    bundle = Bundle(bundle_of(settings))
    for score, litert in itertools.product(_SCORES, (False, True)):
        engine = "LiteRT, as MediaPipe's" if litert else "ONNX Runtime"
        print(print(f"\npeople detected from {score:g} on, our detector in {engine}; px, worst mask overlap"))
        columns = ("mean", "median", "max", "> 0.5 px", "mask IoU")
        print(f"{'picture':16}{'ours':>6}{'theirs':>8}" + "".join(f"{column:>10}" for column in columns))
        sides = Sides(settings.runtime, bundle, score, litert=litert)
        compared = {name: sides.compare(picture(clip.DATA, name)) for name in PICTURES}
        sides.close()
        for name, each in compared.items():
            print(_row(name, [each]))
        print(_row("all", list(compared.values())))


def _row(name: str, compared: Sequence[Compared]) -> str:
    counts = f"{name:16}{sum(each.ours for each in compared):6}{sum(each.theirs for each in compared):8}"
    pairs = [pair for each in compared for pair in each.pairs]
    if not pairs:
        return f"{counts}{'-':>10}"
    px = np.concatenate([pair.distances_px for pair in pairs])
    iou = min(pair.mask_iou for pair in pairs)
    return f"{counts}{px.mean():10.4f}{np.median(px):10.4f}{px.max():10.3f}{(px > 0.5).sum():10}{iou:10.4f}"


def speed(frames: int) -> None:
    """Print how long the stages take for a frame, one thread inside a network, each backend alone."""
    path = _FOLDER / f"clip-{frames}.mp4"
    print(f"\n{frames} frames of {clip.WIDTH_PX}x{clip.HEIGHT_PX}: {clip.make(path, frames)}")
    print(f"{'stages':44}{'ms per frame':>14}{'p95':>8}{'CPU ms':>9}{'found in':>10}")
    images = list(_images(path))
    always, often = Detector(every_s=0), Detector()
    for title, settings in (
        ("ONNX: detector every 0.5 s, pose", Settings(detector=often)),
        ("ONNX: detector every frame, pose", Settings(detector=always)),
        ("MediaPipe: video, 1 person", _tasks(running_mode="video")),
        ("MediaPipe: video, 1 person, masks", _tasks(running_mode="video", output_segmentation_masks=True)),
        ("MediaPipe: video, up to 2 people", _tasks(running_mode="video", num_poses=2)),
        ("MediaPipe: live_stream, 1 person", _tasks(running_mode="live_stream")),
        ("MediaPipe: image, 1 person", _tasks(running_mode="image")),
    ):
        stages: list[Stage[Any]] = [] if settings.pose.backend == "mediapipe" else [detector.build(settings)]
        print(_timed(title, [*stages, pose.build(settings)], images))


def _tasks(**options: Any) -> Settings:
    return Settings(pose=Pose(backend="mediapipe", mediapipe=MediaPipe(**options)))


def _timed(title: str, stages: Sequence[Stage[Any]], images: Sequence[Image]) -> str:
    states = [stage.fresh() for stage in stages]
    spent_ms, found = [], 0
    cpu_s = time.process_time()
    for seq, image in enumerate(images):
        message = _message(seq, image)
        started_s = time.perf_counter()
        for index, stage in enumerate(stages):
            (done,) = stage.process([Work(message, states[index], Raw(image))])
            states[index] = done.state
            (message,) = (output for output in done.outputs if isinstance(output, Frame))
        spent_ms.append(1000 * (time.perf_counter() - started_s))
        found += bool(message.persons)
    cpu_ms = 1000 * (time.process_time() - cpu_s) / len(images)
    p95 = statistics.quantiles(spent_ms, n=20)[-1]
    return f"{title:44}{statistics.median(spent_ms):14.1f}{p95:8.1f}{cpu_ms:9.1f}{found:10}"


def _message(seq: int, image: Image) -> Frame:
    height_px, width_px = image.shape[:2]
    pts_us = seq * 1_000_000 // clip.FPS
    return Frame(
        camera="bench", run=0, seq=seq, pts_us=pts_us, captured_us=0, width_px=width_px, height_px=height_px
    )


def _images(path: Path) -> Iterator[Image]:
    with av.open(path) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_parity")
    parser.add_argument("--frames", type=int, default=150, help="length of the clip")
    options = parser.parse_args()
    if lack := missing():
        print(lack)
        return 0
    cv2.setNumThreads(1)
    print(f"MediaPipe {metadata.version('mediapipe')}, OpenCV {cv2.__version__}, NumPy {np.__version__}")
    parts: tuple[Callable[[], None], ...] = (compare, lambda: speed(options.frames))
    for part in parts:
        try:
            part()
        except FileNotFoundError as error:
            print(f"no {error}; set KINESTREAM_DATA")
    return 0


if __name__ == "__main__":
    sys.exit(main())
