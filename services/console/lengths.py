"""How many frames a source is expected to have, for the progress bar; nothing else rests on it."""

import math

from services.ingest.reading.capture import SourceError
from services.ingest.reading.decoding import Decoder
from services.ingest.reading.opening import opening_of
from services.ingest.reading.sources import is_live
from shared.scene.url import SCHEME, parse
from shared.settings import Camera


def expected_frames(camera: Camera) -> int | None:
    """Frames from the camera's start to its end or limit; None where nobody knows."""
    length = _length(camera)
    limits = [n for n in (length, camera.max_frames) if n is not None]
    return min(limits) if limits else None


def _length(camera: Camera) -> int | None:
    if camera.source.startswith(f"{SCHEME}://"):
        # Renderer and SciPy take half a second to load, which no other source needs.
        from shared.scene.scene import Scene  # noqa: PLC0415

        scene = Scene(parse(camera.source))
        return max(scene.frame_count - math.ceil(camera.start_s * scene.fps), 0)
    if is_live(camera.source):
        return None
    try:
        decoder = Decoder(opening_of(camera.model_copy(update={"hwaccel": "none"})))
    except SourceError:
        return None
    try:
        if decoder.duration_us is None:
            return None
        return max(round((decoder.duration_us - camera.start_s * 1e6) / decoder.step_us), 1)
    finally:
        decoder.close()
