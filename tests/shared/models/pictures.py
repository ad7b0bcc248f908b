"""Pictures to show to models: drawn ones, and real ones from the test data."""

from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, 3) RGB


def noise(height: int, width: int, count: int) -> list[Picture]:
    """White noise: another picture for each place in the list."""
    generator = np.random.default_rng(7)
    return [generator.integers(0, 256, (height, width, 3), np.uint8) for _ in range(count)]


def drawn_person(height: int, width: int) -> Picture:
    """A person of ellipses before a graded wall."""
    ramp = np.linspace(90, 180, 512).astype(np.uint8)
    canvas = np.repeat(np.repeat(ramp[:, None, None], 512, 1), 3, 2).copy()
    for centre, axes, colour in (
        ((256, 110), (38, 48), (205, 160, 130)),
        ((256, 245), (62, 100), (40, 70, 150)),
        ((180, 240), (18, 95), (205, 160, 130)),
        ((332, 240), (18, 95), (205, 160, 130)),
        ((226, 410), (26, 95), (50, 50, 60)),
        ((286, 410), (26, 95), (50, 50, 60)),
    ):
        cv2.ellipse(canvas, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
    return _resized(canvas, height, width)


def photos(data_dir: Path, height: int, width: int) -> list[Picture]:
    """Every photo of people in the test data."""
    files = sorted((data_dir / "pose").glob("*.jpg"))
    return [_resized(_rgb(file), height, width) for file in files]


def _rgb(file: Path) -> Picture:
    picture = cv2.imread(str(file))
    assert picture is not None, file
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def clip_frames(data_dir: Path, height: int, width: int) -> list[Picture]:
    """Two frames of a clip: before somebody falls, and after."""
    with av.open(data_dir / "clips" / "gmdcsa24" / "s3_fall_15.mp4") as clip:
        frames = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in clip.decode(video=0)]
    return [_resized(frames[at], height, width) for at in (len(frames) // 6, len(frames) * 3 // 4)]


def _resized(picture: NDArray[np.uint8], height: int, width: int) -> Picture:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
