"""What ingest has put on the bus, as stages see it."""

from dataclasses import dataclass

from shared import messages
from shared.bus.transport import START, Entry
from tests.conftest import Transport


@dataclass(frozen=True)
class Stored:
    """One message as stages see it."""

    run: int
    seq: int
    pts_us: int
    picture: bytes
    end: str = ""


def stored(entry: Entry) -> Stored:
    message = messages.decode(entry.data)
    assert entry.header is not None
    assert (entry.header.run, entry.header.seq) == (message.run, message.seq)
    end = message.reason if isinstance(message, messages.End) else ""
    return Stored(message.run, message.seq, message.pts_us, entry.picture or b"", end)


def on_the_bus(transport: Transport, camera: str = "room") -> list[Stored]:
    """What ingest has published of a camera."""
    partition = transport.assign(camera)
    batch = transport.read("detector", {partition: START}, count=10_000, block_ms=1)
    return [stored(entry) for entry in batch.entries.get(partition, ())]
