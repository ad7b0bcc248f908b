"""The clips that are measured with: one person in a room, as long as asked for."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from shared.scene.scene import Scene
from shared.scene.url import parse

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("KINESTREAM_DATA", ROOT.parent / "shared/data"))
REAL = DATA / "clips/gmdcsa24/s3_adl_18.mp4"  # walks in and sits down on a bed

Picture = NDArray[np.uint8]  # (H, W, 3), RGB

WIDTH_PX, HEIGHT_PX, FPS = 640, 480, 15
_BITS_PER_PIXEL = 0.87  # 4 Mbit/s at 640x480
_SCENE = f"synth://sit?size={WIDTH_PX}x{HEIGHT_PX}&fps={FPS}"


def make(path: Path, frames: int, size: tuple[int, int] = (WIDTH_PX, HEIGHT_PX)) -> str:
    """Write `frames` pictures of `size` (width, height) to `path` (MPEG-4); returns what they show."""
    real = REAL.is_file()
    pictures = _looped(REAL) if real else _rendered()
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        stream.bit_rate = round(_BITS_PER_PIXEL * size[0] * size[1] * FPS)
        for picture in itertools.islice(pictures, frames):
            scaled = np.asarray(cv2.resize(picture, size), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scaled, format="rgb24")))
        container.mux(stream.encode())
    return f"{REAL.name}, a real room, played over and over" if real else "the rendered room"


def _looped(source: Path) -> Iterator[Picture]:
    while True:
        with av.open(source) as container:
            for frame in container.decode(video=0):
                yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def _rendered() -> Iterator[Picture]:
    scene = Scene(parse(_SCENE))
    for index in itertools.cycle(range(scene.frame_count)):
        yield np.ascontiguousarray(scene.render(index)[:, :, ::-1])
