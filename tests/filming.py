"""Scenes as video files."""

from pathlib import Path

import av

from shared.scene.scene import Scene
from shared.scene.url import parse

_BITS_PER_S = 4_000_000


def film_scene(url: str, path: Path) -> Path:
    """Write the scene of a `synth://` URL as MPEG-4; its frames keep their media times."""
    scene = Scene(parse(url))
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=round(scene.fps))
        stream.width, stream.height, stream.pix_fmt = scene.width_px, scene.height_px, "yuv420p"
        stream.bit_rate = _BITS_PER_S
        for index in range(scene.frame_count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scene.render(index), format="bgr24")))
        container.mux(stream.encode())
    return path
