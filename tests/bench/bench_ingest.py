"""What a camera costs in ingest, and the frame stores side by side: `python -m tests.bench.bench_ingest`.

Streams are played through the real publisher onto a real server: decode, make BGR, pack or put into shared
memory, publish. CPU time of the process and of the server; the stores take turns, medians are printed. Then a
clip goes through all workers with either store. Where the developer clips are, the streams are H.264 as
cameras made it; elsewhere MPEG-4, which FFmpeg can make without GPL code and which is cheaper to decode.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2

from services.ingest.playing.publisher import Job, Publisher
from shared.bus.connect import connect
from shared.bus.frames import FrameStore, FrameWriter, Image, Picture, RedisFrames
from shared.bus.redis_transport import RedisTransport
from shared.bus.server import EmbeddedServer
from shared.bus.shm import ShmFrames
from shared.bus.shm_folder import RingFolder, base_folder
from shared.bus.transport import Budget
from shared.settings import Bus, Camera, Frames
from shared.statistics import cpu_key
from shared.worker.allocation import keep_freed_memory
from tests.bench import clip, pipeline
from tests.bench.clip import FPS
from tests.bench.command import ROOT

_FOLDER = ROOT / "build/bench"
_STREAMS = {  # real ones of 15 pictures a second, Main profile, by width and height
    (640, 480): "clips/gmdcsa24/s3_adl_18.mp4",  # 1.6 Mbit/s
    (1280, 720): "clips/gmdcsa24/s3_adl_15.mp4",  # 4.3 Mbit/s
}
_STORES = ("redis", "shm")
_PARTS = ("compute", "codec", "bus")
_ENDLESS = Budget(window=1 << 30, retention_ms=3_600_000, retention_bytes=1 << 40)
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class _Unread:
    """A store as in service, of whose pictures nobody waits for the end: no stage runs here."""

    def __init__(self, store: FrameStore) -> None:
        self._store = store
        self.get: Callable[[bytes], Picture] = store.get
        self.held = store.held

    def writer(self, camera: str, window: int) -> FrameWriter:
        return _UnreadWriter(self._store.writer(camera, Bus().window), window)


class _UnreadWriter:
    def __init__(self, writer: FrameWriter, window: int) -> None:
        self._writer = writer
        self.window = window
        self.close = writer.close

    def put(self, image: Image, quality: int, seq: int) -> bytes:
        return self._writer.put(image, quality, seq)


@dataclass(frozen=True)
class Lap:
    """Milliseconds of CPU time per frame."""

    process_ms: float
    server_ms: float
    parts_ms: tuple[float, ...]

    @property
    def per_core(self) -> float:
        """Cameras that fill one core, when the server has another one."""
        return 1000 / (FPS * self.process_ms)

    @property
    def per_core_with_server(self) -> float:
        return 1000 / (FPS * (self.process_ms + self.server_ms))


@contextmanager
def _store(name: str) -> Iterator[FrameStore]:
    if name == "redis":
        yield RedisFrames()
        return
    settings = Frames()
    with tempfile.TemporaryDirectory(dir=base_folder(None)) as folder:
        yield ShmFrames(RingFolder(Path(folder)), round(settings.shm_mb * 1e6))


def _server_s(server: EmbeddedServer) -> float:
    """CPU time of the server so far. Source: proc_pid_stat(5), fields 14 and 15."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _lap(path: Path, least: int, pictures: FrameStore) -> Lap:
    """Play the stream again and again, until at least so many pictures are published."""
    camera = Camera(name="bench", source=str(path))
    with EmbeddedServer(1024) as server, connect(server.url) as client:
        bus = RedisTransport(client, 1)
        before_s, server_before_s = time.process_time(), _server_s(server)
        while (frames := bus.source(camera.name).seq + 1) < least:
            bus.begin(camera.name)
            Publisher(Job(camera, _ENDLESS), bus, threading.Event(), frames=_Unread(pictures)).run()
        process_s, server_s = time.process_time() - before_s, _server_s(server) - server_before_s
        counts = bus.overview().counts
    parts = tuple(counts.get(cpu_key("ingest", part), 0) / 1000 / frames for part in _PARTS)
    return Lap(1000 * process_s / frames, 1000 * server_s / frames, parts)


def _print(title: str, laps: dict[str, list[Lap]]) -> None:
    print(f"\n{title}; CPU ms per frame")
    print(
        f"{'store':8}{'decode':>8}{'pack':>8}{'bus':>8}{'process':>9}{'server':>8}"
        f"{'cameras per core':>24}{'server included':>17}"
    )
    for name, taken in laps.items():
        parts = "".join(
            f"{statistics.median(each):8.2f}" for each in zip(*(x.parts_ms for x in taken), strict=True)
        )
        process_ms = statistics.median(lap.process_ms for lap in taken)
        server_ms = statistics.median(lap.server_ms for lap in taken)
        per_core = sorted(lap.per_core for lap in taken)
        span = f"{statistics.median(per_core):.1f} ({per_core[0]:.1f}-{per_core[-1]:.1f})"
        both = statistics.median(lap.per_core_with_server for lap in taken)
        print(f"{name:8}{parts}{process_ms:9.2f}{server_ms:8.2f}{span:>24}{both:17.1f}")


def _stream(size: tuple[int, int], frames: int) -> tuple[Path, str]:
    real = clip.DATA / _STREAMS[size]
    if real.is_file():
        return real, f"H.264 of a real camera ({real.name})"
    path = _FOLDER / f"ingest-{size[0]}x{size[1]}-{frames}.mp4"
    return path, f"MPEG-4, {clip.make(path, frames, size)}"


def measure(rounds: int, frames: int) -> None:
    """Both stores in turn, at both sizes; milliseconds of CPU time per frame."""
    for size in _STREAMS:
        path, shown = _stream(size, frames)
        laps: dict[str, list[Lap]] = {name: [] for name in _STORES}
        with ExitStack() as stack:
            stores = {name: stack.enter_context(_store(name)) for name in _STORES}
            for store in stores.values():
                _lap(path, 1, store)  # what is done once is not measured
            for _ in range(rounds):
                for name, taken in laps.items():
                    taken.append(_lap(path, frames, stores[name]))
        _print(f"{size[0]}x{size[1]} at {FPS}/s, {shown}", laps)


def measure_runs(rounds: int, frames: int) -> None:
    """`kinestream run` over the clip of the comparison, with both stores in turn."""
    path = _FOLDER / f"clip-{frames}.mp4"
    clip.make(path, frames)
    laps: dict[str, list[pipeline.PipelineLap]] = {name: [] for name in _STORES}
    for _ in range(rounds):
        for name, taken in laps.items():
            taken.append(pipeline.lap(path, frames, _FOLDER, {"KINESTREAM_FRAMES__STORE": name}))
    print(f"\n`kinestream run`, {clip.WIDTH_PX}x{clip.HEIGHT_PX}, {frames} frames, all workers")
    print(f"{'store':8}{'frames/s':>20}{'CPU ms per frame':>20}{'bus + codec + server':>24}")
    for name, taken in laps.items():
        speed = _span([lap.frames / lap.streaming_s for lap in taken])
        cpu = _span([1000 * lap.cost.cpu_s / lap.frames for lap in taken])
        carried = _span([1000 * lap.transport_s / lap.frames for lap in taken])
        print(f"{name:8}{speed:>20}{cpu:>20}{carried:>24}")


def _span(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_ingest")
    parser.add_argument("--rounds", type=int, default=5, help="laps of each store")
    parser.add_argument("--frames", type=int, default=300, help="pictures of a lap")
    parser.add_argument("--no-run", action="store_true", help="ingest alone")
    options = parser.parse_args()
    keep_freed_memory()  # as the worker does
    cv2.setNumThreads(1)
    measure(options.rounds, options.frames)
    if not options.no_run:
        measure_runs(max(1, options.rounds // 2), 2 * options.frames)
    return 0


if __name__ == "__main__":
    sys.exit(main())
