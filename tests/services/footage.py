"""Frames for the tests of the vision stages: scenes, still pictures and clips, as the stages get them."""

import os
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import msgspec
import numpy as np
import pytest

from shared.bus.frames import Image, Jpeg, encode_jpeg
from shared.messages import Array, Frame, Person
from shared.scene.scene import Scene
from shared.vision.skeletons import BLAZEPOSE_DETECTOR
from shared.worker import Done, Stage, Work
from shared.worker.stage import S

_DATA = Path(os.environ.get("KINESTREAM_DATA", Path(__file__).parents[3] / "shared" / "data"))


def data_file(name: str) -> Path:
    """A file of the test data; skips the test where there is none."""
    path = _DATA / name
    if not path.exists():
        pytest.skip(f"no {path}; set KINESTREAM_DATA")
    return path


def still(name: str) -> Image:
    """A picture of the test data, (H, W, 3) BGR."""
    image = cv2.imread(str(data_file(f"pose/{name}")))
    assert image is not None
    return image.astype(np.uint8, copy=False)


def clip(name: str) -> Iterator[tuple[int, Image]]:
    """Media time in microseconds and picture of each frame of a clip."""
    with av.open(str(data_file(f"clips/{name}"))) as container:
        stream = container.streams.video[0]
        for frame in container.decode(stream):
            assert frame.time is not None
            yield round(frame.time * 1e6), frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


def frame_of(image: Image, seq: int = 0, pts_us: int = 0, camera: str = "camera", run: int = 0) -> Frame:
    height_px, width_px = image.shape[:2]
    return Frame(
        camera=camera, run=run, seq=seq, pts_us=pts_us, captured_us=0, width_px=width_px, height_px=height_px
    )


def work_of(message: Frame, state: S, image: Image) -> Work[S]:
    """What a stage gets: the picture as JPEG."""
    return Work(message, state, Jpeg(encode_jpeg(image, 90)))


def run_one(stage: Stage[S], message: Frame, state: S, image: Image) -> tuple[Frame, S]:
    """One frame through a stage alone."""
    (done,) = stage.process([work_of(message, state, image)])
    return frame_in(done), done.state


def frame_in(done: Done[S]) -> Frame:
    (output,) = done.outputs
    assert isinstance(output, Frame)
    return output


def detected(x: float, y: float, radius: float) -> Person:
    """A person as the detector names one: hips at (x, y), upright, `radius` to the circle above the head."""
    keypoints = np.full((4, 5), np.nan, np.float32)
    keypoints[:, :2] = [(x, y), (x, y - radius), (x, y), (x, y - radius / 2)]
    box = (x - radius, y - radius, x + radius, y + radius)
    return Person(box, 0.9, skeleton=BLAZEPOSE_DETECTOR, keypoints=Array.of(keypoints))


def with_true_detections(message: Frame, scene: Scene, index: int) -> Frame:
    """Name everybody in a frame of a scene as a perfect detector would."""
    persons = []
    for person in scene.truth(index).persons:
        x, y = person.keypoints[23:25].mean(axis=0)
        x0, y0, x1, y1 = person.full_box
        persons.append(detected(float(x), float(y), 0.55 * max(x1 - x0, y1 - y0)))
    return msgspec.structs.replace(message, persons=tuple(persons))


def through_wire(state: S, state_type: type[S]) -> S:
    """A state written to a checkpoint and read again."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=state_type)
