"""Another partition count: refused while anything is under way, else carried out whole."""

from collections.abc import Callable

import pytest
import redis
from pydantic import SecretStr

from shared.bus.connect import open_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Relay
from shared.bus.transport import START, Commit, DeadLetter, Outcome, Published, ServerRefusedError
from shared.settings import Bus
from tests.shared.bus.play import ROOMY, drain, feed, publication, read, step

Opener = Callable[[int], RedisTransport]


@pytest.fixture
def opened(server_url: str, client: redis.Redis) -> Opener:
    return lambda partitions: open_bus(Bus(url=SecretStr(server_url), partitions=partitions))


def finish(bus: RedisTransport, camera: str) -> None:
    """Publish the end of the camera's source and take everything through."""
    source = bus.source(camera)
    end = publication(camera, source.run, source.seq + 1, ends=True)
    assert bus.publish(end, ROOMY) is Published.DONE
    drain(bus, bus.assign(camera))


def leave_message(bus: RedisTransport) -> None:
    feed(bus, "a", 1)
    source = bus.source("a")
    bus.publish(publication("a", source.run, source.seq + 1, ends=True), ROOMY)


def leave_letter(bus: RedisTransport) -> None:
    feed(bus, "a", 1)
    p = bus.assign("a")
    step(bus, "detector", p, dead=(DeadLetter("detector", "1-1", None, "e", "t", b""),))
    finish(bus, "a")
    Relay(bus).step(0)


def leave_event(bus: RedisTransport) -> None:
    feed(bus, "a", 1)
    finish(bus, "a")


@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        (leave_message, "2 messages wait"),
        (lambda bus: bus.begin("a"), "1 sources run"),
        (lambda bus: bus.enlist("pose", "w", 60_000), "1 workers live"),
        (leave_letter, "1 dead letters are kept"),
        (leave_event, "1 partitions have events to relay"),
    ],
)
def test_a_count_that_differs_is_refused_while_something_is_under_way(
    opened: Opener, leave: Callable[[RedisTransport], object], reason: str
) -> None:
    leave(opened(3))
    with pytest.raises(ServerRefusedError, match=f"3 partitions, the configuration over 2, and {reason}"):
        opened(2)
    assert opened(3).partitions == 3


@pytest.mark.parametrize("after", [1, 2, 5, 8])
def test_a_drained_bus_takes_another_count_and_keeps_what_counts(opened: Opener, after: int) -> None:
    before = opened(4)
    cameras = list("abcdef")
    for camera in cameras:
        feed(before, camera, 3)
        finish(before, camera)
        before.dropped(camera, "window")
    while Relay(before).step(0) or before.read_events(before.relay_cursors(), count=1, block_ms=0):
        pass
    seen = before.overview()

    bus = opened(after)
    now = bus.overview()
    assert (now.sources, now.counts, now.drops) == (seen.sources, seen.counts, seen.drops)
    for camera in cameras:
        feed(bus, camera, 2)
        assert (bus.source(camera).run, bus.source(camera).seq) == (2, 5)
        finish(bus, camera)
        assert bus.source(camera).finished_seq == 6
    position = bus.load("detector", bus.assign("a"))
    assert position.entries_read == 3 * sum(bus.assign(c) == bus.assign("a") for c in cameras)
    again = Commit("detector", bus.assign("a"), START, read(bus, "detector", bus.assign("a"), START)[0].id, 1)
    assert bus.commit(again) is Outcome.STALE


def test_a_change_in_between_prevents_the_move(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = opened(2)
    feed(bus, "a", 1)
    finish(bus, "a")
    Relay(bus).step(0)

    def overtaken(before: RedisTransport) -> list[str]:
        before.begin("a")
        return []

    monkeypatch.setattr("shared.bus.repartition.pending", overtaken)
    with pytest.raises(ServerRefusedError, match="somebody else changes it now"):
        opened(3)
    assert opened(2).source("a").run == 2
