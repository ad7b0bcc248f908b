"""Which frame store the configuration asks for."""

from shared.bus.frames import FrameStore, RedisFrames
from shared.bus.shm import ShmFrames
from shared.bus.shm_folder import RingFolder, base_folder
from shared.settings import Frames


def open_frames(frames: Frames) -> FrameStore:
    """The store for this process; `auto` is the server, as only `run` knows when memory is better.

    Raises:
        FrameStoreError: shared memory is asked for and cannot be used.
    """
    if frames.store != "shm":
        return RedisFrames()
    return ShmFrames(RingFolder(base_folder(frames.shm_dir)), round(frames.shm_mb * 1e6))
