"""ffmpeg as a camera: it encodes made pictures and sends them somewhere, until it is killed half-way.

libx264 (GPL) is part of Debian's ffmpeg, which only these tests use.
"""

import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from tests.servers.painting import Look, Room

_CODED = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p")
_END_S = 5.0


def require() -> str:
    """The program's path; skips the test where it is not installed."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("no ffmpeg: apt install ffmpeg")
    return program


class Publisher:
    """Feeds ffmpeg with numbered pictures; can be killed and started again, the numbers go on.

    Args:
        output: ffmpeg's arguments behind the encoder's.
        fps: pictures a second.
        key_every: pictures from one key picture to the next.
    """

    WIDTH, HEIGHT = 320, 240

    def __init__(self, output: Sequence[str], *, fps: int = 15, key_every: int = 15) -> None:
        self.look: Look = "moving"
        self.sending = True
        self.number = 0
        self._fps = fps
        size = f"{self.WIDTH}x{self.HEIGHT}"
        raw = (
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p",
            "-video_size",
            size,
            "-framerate",
            str(fps),
            "-i",
            "-",
        )
        self._command = [require(), "-loglevel", "quiet", *raw, *_CODED, "-g", str(key_every), *output]
        self._room = Room(self.WIDTH, self.HEIGHT)
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._feed, daemon=True)

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """In the middle of whatever it writes."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()

    def _feed(self) -> None:
        due_s = time.monotonic()
        while not self._stop.wait(max(0.0, due_s - time.monotonic())):
            due_s += 1 / self._fps
            self.number += self.look != "frozen"
            process = self._process
            if process is None or process.stdin is None or not self.sending:
                continue
            with suppress(OSError, ValueError):  # it was killed just now
                process.stdin.write(self._room.picture(self.number, self.look))
                process.stdin.flush()

    def __enter__(self) -> Self:
        self.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.kill()
        self._thread.join(_END_S)


def to_hls(folder: Path) -> list[str]:
    """Segments of one second and a playlist `live.m3u8`."""
    flags = "delete_segments+append_list+omit_endlist+temp_file"
    playlist = str(folder / "live.m3u8")
    return ["-f", "hls", "-hls_time", "1", "-hls_list_size", "4", "-hls_flags", flags, playlist]
