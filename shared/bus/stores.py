"""Which frame store the configuration asks for."""

import os

from shared.bus.frames import REFERENCE, FrameStore, RedisFrames
from shared.bus.rings import Reference
from shared.bus.shm import ShmFrames
from shared.bus.shm_folder import FrameStoreError, RingFolder, base_folder
from shared.settings import Frames


def open_frames(frames: Frames) -> FrameStore:
    """The store for this process; `auto` is the server, as only `run` knows when memory is better.

    Raises:
        FrameStoreError: shared memory is asked for and cannot be used.
    """
    if frames.store != "shm":
        return RedisFrames()
    return ShmFrames(RingFolder(base_folder(frames.shm_dir)), round(frames.shm_mb * 1e6))


def open_written(frames: Frames, body: bytes) -> FrameStore:
    """The store that wrote `body`, for those who only look: `run` may have chosen one that no file names.

    Raises:
        FrameStoreError: shared memory cannot be used, or the picture is not in it.
    """
    if not body.startswith(REFERENCE):
        return RedisFrames()
    ring = Reference.unpack(body).ring
    base = base_folder(frames.shm_dir)
    own = base / f"kinestream-{os.getuid()}"
    for found in (own / ring, *own.glob(f"*/{own.name}/{ring}")):
        if found.is_file():
            return ShmFrames(RingFolder(found.parent.parent), round(frames.shm_mb * 1e6))
    raise FrameStoreError(
        f"the pictures are in shared memory, but not in {own}: this must run on their host, as the same user"
    )
