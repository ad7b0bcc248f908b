"""Whatever happens to the workers and the server, a venue's people are told as in an undisturbed run.

The real stage, relay and scripts on a real server; the stages before it pass on what two cameras see.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from shared.bus.connect import connect, open_bus
from shared.bus.server import EmbeddedServer
from shared.bus.topology import CHAIN, VENUE_CHANNEL
from shared.bus.transport import Header, Publication, TransportError
from shared.messages import Frame, Message, Places, encode
from shared.settings import Bus
from shared.statistics import dropped_key, frames_key
from shared.worker import Done, Stage, Work
from tests.pipeline.schedules import (
    CALM,
    PARTITIONS,
    Builder,
    Schedule,
    Trouble,
    Turn,
    relay_builder,
    stage_builder,
)
from tests.services.venue.films import URLS, film, stage
from tests.shared.worker.toys import BUDGET

SCHEDULES = 3
TURNS = 6000
PARTITION = 1
PATIENCE = 20_000  # rounds: the only worker of a stage may let go of the partition for hundreds of them

Story = list[bytes]
Counts = Mapping[str, int]


class Nothing(msgspec.Struct):
    """No memory."""


class Pass(Stage[Nothing]):
    """A stage of the chain that has nothing to add."""

    state_type = Nothing

    def __init__(self, name: str) -> None:
        self.name = name

    def fresh(self) -> Nothing:
        return Nothing()

    def wants_picture(self, message: Frame) -> bool:
        return False

    def process(self, works: Sequence[Work[Nothing]]) -> list[Done[Nothing]]:
        last = self.name == CHAIN[-1].stage
        return [Done(() if last else (work.message,), work.state) for work in works]

    def finish(self, state: Nothing) -> tuple[Message, ...]:
        return ()


def source_builder(camera: str) -> Builder:
    """A camera's film goes onto the bus, message by message, from where the server says that it is."""

    def build(transport: Any, generator: random.Random, trouble: Trouble) -> Turn:
        def turn() -> None:
            try:
                source = transport.begin(camera, 0)
                if source.seq + 1 < len(film(camera)):
                    message = film(camera)[source.seq + 1]
                    header = Header(camera, message.run, message.seq, message.pts_us)
                    ends = not isinstance(message, Frame)
                    transport.publish(Publication(header, encode(message), b"", b"", ends), BUDGET)
            except TransportError:
                return

        return turn

    return build


CAST: Mapping[str, tuple[Builder, int]] = {
    **{camera: (source_builder(camera), 2) for camera in URLS},
    **{link.stage: (stage_builder(partial(Pass, link.stage)), 1) for link in CHAIN},
    "venue": (stage_builder(stage), 3),
    "relay": (relay_builder(VENUE_CHANNEL), 2),
}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(memory_mb=128) as running:
        yield running


def play(
    server: EmbeddedServer, seed: int, trouble: Trouble, behind_most: int = 1000
) -> tuple[Story, Counts]:
    """What subscribers are told in one schedule, and what is counted."""
    client = connect(server.url)
    client.flushall()
    pinned = dict.fromkeys(URLS, PARTITION)
    bus = open_bus(Bus(url=SecretStr(server.url), partitions=PARTITIONS, behind_most=behind_most), pinned)
    bus.enroll("venue", PARTITION)
    cast = CAST if trouble is not CALM else {name: (build, 1) for name, (build, _) in CAST.items()}
    schedule = Schedule(seed, cast, client, bus, trouble)
    schedule.play(0 if trouble is CALM else TURNS, lambda: drained(bus), patience=PATIENCE)
    assert bus.letters() == []
    told = bus.events("0", count=10_000, block_ms=0, channel=VENUE_CHANNEL)
    return [data for _, data in told], bus.overview().counts


def drained(bus: Any) -> bool:
    overview = bus.overview()
    sources = overview.sources.values()
    through = len(sources) == len(URLS) and all(s.ended and s.finished_seq == s.seq for s in sources)
    cursors = bus.relay_cursors(VENUE_CHANNEL)
    waiting = bus.read_events(cursors, count=1, block_ms=0, channel=VENUE_CHANNEL)
    return through and not overview.lags["venue"] and not any(waiting.values())


@pytest.fixture(scope="module")
def undisturbed(server: EmbeddedServer) -> Story:
    story, counts = play(server, 0, CALM)
    assert dropped_key("venue") not in counts
    told = [msgspec.json.decode(data, type=Places) for data in story]
    assert {person.id for places in told for person in places.people} == {1}
    assert [farewell.id for places in told for farewell in places.left] == [1]
    return story


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_places_are_complete_single_and_in_order_whatever_happens(
    seed: int, server: EmbeddedServer, undisturbed: Story
) -> None:
    story, counts = play(server, seed, Trouble(kill=0.004, lost_reply=0.006))
    assert story == undisturbed
    assert dropped_key("venue") not in counts


@pytest.mark.parametrize("seed", range(2))
def test_what_a_venue_far_behind_loses_is_counted_to_the_message(seed: int, server: EmbeddedServer) -> None:
    story, counts = play(server, seed, Trouble(kill=0.01, pause=0.02), behind_most=5)
    frames = sum(len(film(camera)) - 1 for camera in URLS)
    assert 0 < counts[dropped_key("venue")] < frames
    ends = counts[frames_key("venue")] + counts[dropped_key("venue")] - frames
    assert 0 <= ends <= len(URLS)  # ends are no frames, but may be lost as well
    told = [msgspec.json.decode(data, type=Places) for data in story]
    places = [(each.camera, each.run, each.seq) for each in told]
    assert len(set(places)) == len(places)
