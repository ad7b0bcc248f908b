"""Which stage reads and writes which stream, what subscribers read, and which partition is a camera's."""

import zlib
from dataclasses import dataclass

FRAMES = "frames"
EVENTS = "events"
PLACES = "places"


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
# Beside the chain: nothing waits for them, and nobody reads on from what they write.
BRANCHES = (Link("venue", "tracks", PLACES, enriches=False),)
LINKS = {link.stage: link for link in (*CHAIN, *BRANCHES)}
LAST = CHAIN[-1]
STAGES = ("ingest", *(link.stage for link in CHAIN))  # everybody a picture passes, in order


@dataclass(frozen=True)
class Channel:
    """A stream of the partitions, and the one stream of subscribers that a relay merges it into."""

    reads: str
    key: str

    @property
    def cursors(self) -> str:
        """The hash with the relay's cursors, in the slot of `key`."""
        return f"{{{self.key}}}:cursors"


EVENT_CHANNEL = Channel(EVENTS, "ks:events")
VENUE_CHANNEL = Channel(PLACES, "ks:venue")
CHANNELS = (EVENT_CHANNEL, VENUE_CHANNEL)


def partition_of(camera: str, partitions: int) -> int:
    """The partition of a camera that names none itself."""
    return zlib.crc32(camera.encode()) % partitions


def is_final(link: Link) -> bool:
    """Whether no stage reads what this one writes."""
    return all(other.reads != link.writes for other in CHAIN)


def beside(stage: str) -> tuple[Link, ...]:
    """Who else reads the input of `stage`."""
    reads = LINKS[stage].reads
    return tuple(link for link in LINKS.values() if link.reads == reads and link.stage != stage)


def before(stage: str) -> Link | None:
    """The stage whose output `stage` reads; None for the first."""
    reads = LINKS[stage].reads
    return next((link for link in CHAIN if link.writes == reads), None)
