"""Which stage reads and writes which stream, and to which partition a camera belongs."""

import zlib
from dataclasses import dataclass

FRAMES = "frames"
EVENTS = "events"


@dataclass(frozen=True)
class Link:
    """One stage's place in the chain; `enriches` says that a frame may pass it untouched when it is late
    or dead.
    """

    stage: str
    reads: str
    writes: str
    enriches: bool


CHAIN = (
    Link("detector", FRAMES, "detections", enriches=True),
    Link("pose", "detections", "poses", enriches=False),
    Link("segmentation", "poses", "segments", enriches=True),
    Link("tracker", "segments", "tracks", enriches=False),
    Link("actions", "tracks", EVENTS, enriches=False),
)
LINKS = {link.stage: link for link in CHAIN}
LAST = CHAIN[-1]
STAGES = ("ingest", *LINKS)  # everybody a picture passes, in order


def partition_of(camera: str, partitions: int) -> int:
    """The partition of a camera that names none itself."""
    return zlib.crc32(camera.encode()) % partitions


def before(stage: str) -> Link | None:
    """The stage whose output `stage` reads; None for the first."""
    reads = LINKS[stage].reads
    return next((link for link in CHAIN if link.writes == reads), None)
