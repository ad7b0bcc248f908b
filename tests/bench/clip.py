"""The clip that everyone analyses: 640x480, one person, as long as asked for."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from shared.scene.scene import Scene
from shared.scene.url import parse

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("KINESTREAM_DATA", ROOT.parent / "shared/data"))
REAL = DATA / "clips/gmdcsa24/s3_adl_18.mp4"  # walks in and sits down on a bed

Picture = NDArray[np.uint8]  # (480, 640, 3), RGB

WIDTH_PX, HEIGHT_PX, FPS = 640, 480, 15
_BITS_PER_S = 4_000_000
_SCENE = f"synth://sit?size={WIDTH_PX}x{HEIGHT_PX}&fps={FPS}"


def make(path: Path, frames: int) -> str:
    """Write `frames` pictures to `path` (MPEG-4); returns what they show."""
    real = REAL.is_file()
    pictures = _looped(REAL) if real else _rendered()
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.bit_rate = _BITS_PER_S
        for picture in itertools.islice(pictures, frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
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
