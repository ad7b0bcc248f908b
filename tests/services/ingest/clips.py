"""Small films made for a test, and ways to damage them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import av
import numpy as np
from numpy.typing import NDArray

from services.ingest.reading.sources import Captured

WIDTH_PX, HEIGHT_PX, FPS = 96, 64, 25


@dataclass(frozen=True)
class Kind:
    """A container and a codec; `b_frames` makes decoding order differ from presentation."""

    suffix: str
    codec: str
    b_frames: int = 0
    pixels: str = "yuv420p"

    def __str__(self) -> str:
        return f"{self.codec}{self.suffix}"


KINDS = (
    Kind(".mp4", "mpeg4", 2),
    Kind(".mkv", "mpeg4", 2),
    Kind(".avi", "mpeg4", 2),
    Kind(".ts", "mpeg2video", 2),
    Kind(".m4v", "mpeg4", 2),  # raw: no time stamps, nowhere to seek
    Kind(".avi", "mjpeg", 0, "yuvj420p"),
)


def pictures(count: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures that all differ, and move, so that B-frames pay off."""
    noise = np.random.default_rng(7).integers(0, 255, (HEIGHT_PX, WIDTH_PX + count, 3)).astype(np.uint8)
    smooth = np.asarray((noise[:-1].astype(np.uint16) + noise[1:]) // 2, np.uint8)
    smooth = np.concatenate([smooth, smooth[-1:]])
    for index in range(count):
        yield np.ascontiguousarray(smooth[:, index : index + WIDTH_PX])


def make(folder: Path, kind: Kind, count: int = 40, name: str = "film") -> Path:
    """A film of `count` pictures at 25 per second, a keyframe at every tenth."""
    path = folder / f"{name}{kind.suffix}"
    options = {"movflags": "+faststart"} if kind.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        stream = cast("av.VideoStream", container.add_stream(kind.codec, rate=FPS))
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, kind.pixels
        stream.gop_size = 10
        stream.codec_context.max_b_frames = kind.b_frames
        for image in pictures(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def damage(path: Path, index: int) -> None:
    """Overwrite the packet of number `index` in decoding order."""
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][index]
        place, size = packet.pos, packet.size
    data = bytearray(path.read_bytes())
    start = data.index(bytes(packet), place or 0)
    data[start : start + size] = bytes(size)
    path.write_bytes(data)


def cut(path: Path, share: float) -> None:
    """Keep only the first `share` of the bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


@dataclass(frozen=True)
class Seen:
    """What a reader handed out, in a form that can be compared."""

    pts_us: int
    image: bytes
    position: bytes


def seen(captured: Captured) -> Seen:
    return Seen(captured.pts_us, captured.image.tobytes(), captured.position)
