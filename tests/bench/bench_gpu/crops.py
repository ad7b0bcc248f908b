"""What the networks see: crops of the clips of KINESTREAM_DATA, or of rendered rooms, always the same."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from shared.bus.frames import Image
from shared.models.registry import Entry
from shared.models.running.runs import Batch
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.vision.regions import Region, cut, framed

_SEED = 4
_SCENES = ("synth://walk?people=3&size=1280x720", "synth://fall_sideways?size=1280x720")
_PICTURES = 12  # of each scene or clip
_EVERY = 15  # frames between two of them


class Recording:
    """Pictures in memory, and regions of them that show a person or what is around one."""

    def __init__(self) -> None:
        """Read the clips that are there, or render."""
        folder = Path(os.environ.get("KINESTREAM_DATA", "")) / "clips/gmdcsa24"
        clips = sorted(folder.glob("*.mp4")) if "KINESTREAM_DATA" in os.environ else []
        self.origin = f"{len(clips)} clips of {folder}" if clips else f"rendered: {', '.join(_SCENES)}"
        self._seen = list(itertools.chain(*map(_of_clip, clips) if clips else map(_of_scene, _SCENES)))

    def crops(self, entry: Entry, count: int) -> Iterator[Batch]:
        """`count` pictures as the network of `entry` wants them, cut when they are asked for."""
        generator = np.random.default_rng(_SEED)
        size = (entry.input.height, entry.input.width)
        for image, place in itertools.islice(itertools.cycle(self._seen), count):
            height_px, width_px = image.shape[:2]
            if entry.input.fit != "region":
                yield cut(image, framed(width_px, height_px, entry.input), size, border=entry.input.pad)
                continue
            shift, turn = generator.normal(0, 0.05 * place.size_px, 2), generator.normal(0, 0.1)
            aspect = size[1] / size[0]
            yield cut(
                image, Region(place.x + shift[0], place.y + shift[1], place.size_px, turn, aspect), size
            )


def _of_scene(url: str) -> Iterator[tuple[Image, Region]]:
    scene = Scene(parse(url))
    for index in range(0, min(scene.frame_count, _PICTURES * _EVERY), _EVERY):
        image = scene.render(index)
        boxes = [person.full_box for person in scene.truth(index).persons]
        for x0, y0, x1, y1 in boxes or [(0.0, 0.0, float(image.shape[1]), float(image.shape[0]))]:
            yield image, Region((x0 + x1) / 2, (y0 + y1) / 2, 1.25 * max(x1 - x0, y1 - y0), 0.0)


def _of_clip(path: Path) -> Iterator[tuple[Image, Region]]:
    with av.open(str(path)) as container:
        for frame in itertools.islice(container.decode(video=0), 0, _PICTURES * _EVERY, _EVERY):
            image = np.asarray(cv2.cvtColor(frame.to_ndarray(format="rgb24"), cv2.COLOR_RGB2BGR), np.uint8)
            height_px, width_px = image.shape[:2]
            yield image, Region(width_px / 2, height_px / 2, 0.8 * height_px, 0.0)
