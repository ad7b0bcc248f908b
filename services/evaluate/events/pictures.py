"""A few small pictures of a clip: where something begins, where somebody is called, and some in between."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from services.evaluate.events.labels import Clip
from services.evaluate.events.scoring import ClipScore
from shared.bus.frames import Image, encode_jpeg

MOST = 6
_HEIGHT_PX = 96
_QUALITY = 70
_LEAST_APART = 0.06  # of the clip's duration


@dataclass(frozen=True)
class Thumbnail:
    """A picture at a moment, as a `data:` URL."""

    at_s: float
    url: str


def moments(score: ClipScore, most: int = MOST) -> list[float]:
    """The seconds worth a picture, in order: beginnings, arrivals and alerts first, then evenly spread."""
    wanted = [each.wanted for each in score.verdicts if each.wanted is not None]
    raised = [each.incident.raised_s for each in score.verdicts if each.incident is not None]
    told = [time for time in raised if time is not None]
    keys = [time for each in wanted for time in (each.reached_s, each.begins_s)] + told
    spread = [score.duration_s * (number + 0.5) / most for number in range(most)]
    chosen: list[float] = []
    for time in (*sorted(keys), *spread):
        apart = all(abs(time - other) >= _LEAST_APART * score.duration_s for other in chosen)
        if apart and 0 <= time < score.duration_s and len(chosen) < most:
            chosen.append(time)
    return sorted(chosen)


def thumbnails(path: Path, clip: Clip, times_s: Sequence[float]) -> list[Thumbnail]:
    """The clip at these seconds, in order; none where it cannot be decoded: a report does without."""
    try:
        return list(_taken(path, clip, times_s))
    except (OSError, av.FFmpegError):
        return []


def _taken(path: Path, clip: Clip, times_s: Sequence[float]) -> Iterator[Thumbnail]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        first_s = float((stream.start_time or 0) * (stream.time_base or 0))
        for time_s in times_s:
            container.seek(round((first_s + time_s) * av.time_base), backward=True)
            for frame in container.decode(stream):
                if frame.time is not None and frame.time - first_s >= time_s - 0.5 / clip.fps:
                    image = frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
                    yield Thumbnail(time_s, _url(_small(image, clip)))
                    break


def _small(image: Image, clip: Clip) -> Image:
    if clip.crop_xyxy is not None:
        x0, y0, x1, y1 = clip.crop_xyxy
        image = image[y0:y1, x0:x1]
    width = round(image.shape[1] * _HEIGHT_PX / image.shape[0])
    small = cv2.resize(image, (width, _HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _url(image: Image) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(encode_jpeg(image, _QUALITY)).decode()
