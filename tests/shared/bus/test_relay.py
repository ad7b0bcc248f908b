"""The relay, over each kind of transport."""

import json
import threading
from collections.abc import Mapping

import pytest

from shared.bus.connect import connect
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Forward, Relay, flat_fields
from shared.bus.transport import START, Commit, Header, Outcome, Output, TransportError
from shared.messages import End, Event, EventKind, Message, Phase, encode
from tests.conftest import Transport, TransportFactory
from tests.shared.bus.play import eventually, feed, read, step


def event(camera: str, seq: int, zone: str | None = None) -> Event:
    return Event(
        camera=camera,
        run=1,
        seq=seq,
        pts_us=seq * 1000,
        id=f"{camera}-{seq}",
        update=0,
        kind=EventKind.FALL,
        phase=Phase.CONFIRMED,
        track=7,
        started_pts_us=0,
        raised_pts_us=None,
        captured_us=1,
        confidence=0.5,
        zone=zone,
    )


def raise_events(transport: Transport, camera: str, messages: list[Message | bytes]) -> None:
    """Let the last stage write `messages` into the camera's partition."""
    p = transport.assign(camera)
    feed(transport, camera, 1)
    for stage in ("detector", "pose", "segmentation", "tracker"):
        step(transport, stage, p)
    position = transport.load("actions", p)
    entry = read(transport, "actions", p, position.cursor)[-1]
    outputs = [
        Output(Header(camera, 1, i, 0), m if isinstance(m, bytes) else encode(m))
        for i, m in enumerate(messages)
    ]
    commit = Commit("actions", p, position.cursor, entry.id, position.entries_read + 1, outputs=outputs)
    assert transport.commit(commit) is Outcome.DONE


def relayed(transport: Transport) -> list[str]:
    return [json.loads(data)["id"] for _, data in transport.events(START, count=10_000, block_ms=0)]


def cameras_of(transport: Transport) -> Mapping[int, str]:
    """A camera for each partition."""
    return {transport.assign(name): name for name in map(str, range(100))}


def test_events_of_all_partitions_come_out_once_and_in_order(transport: Transport) -> None:
    cameras = cameras_of(transport)
    for camera in cameras.values():
        raise_events(transport, camera, [event(camera, i) for i in range(3)])
    relay = Relay(transport)
    assert [relay.step(0), relay.step(0)] == [6, 0]
    seen = relayed(transport)
    assert len(seen) == 6
    for camera in cameras.values():
        assert [i for i in seen if i.startswith(f"{camera}-")] == [f"{camera}-{i}" for i in range(3)]


def test_what_is_no_event_is_passed_over(transport: Transport) -> None:
    end = End(camera="a", run=1, seq=1, pts_us=0)
    raise_events(transport, "a", [event("a", 0), end, b"\xc1 nonsense", event("a", 3)])
    assert Relay(transport).step(0) == 2
    assert relayed(transport) == ["a-0", "a-3"]


def test_a_relay_that_was_overtaken_goes_on_from_there(transport: Transport) -> None:
    raise_events(transport, "a", [event("a", 0)])
    slow, fast = Relay(transport), Relay(transport)
    assert slow.step(0) == 1
    assert fast.step(0) == 0
    raise_events(transport, "a", [event("a", 1)])
    assert fast.step(0) == 1
    assert [slow.step(0), slow.step(0)] == [0, 0]
    raise_events(transport, "a", [event("a", 2)])
    assert slow.step(0) == 1
    assert relayed(transport) == ["a-0", "a-1", "a-2"]


def test_a_step_that_does_not_start_at_the_cursor_is_refused(transport: Transport) -> None:
    assert not transport.relay(Forward(0, "1-1", "2-2", [flat_fields(event("a", 0))]))
    assert relayed(transport) == []


def test_fighting_relays_lose_nothing_and_double_nothing(make_transport: TransportFactory) -> None:
    bus = make_transport(3)
    total, stop, forwarded = 60, threading.Event(), []

    def fight() -> None:
        relay = Relay(bus)
        while not stop.is_set():
            forwarded.append(relay.step(5))

    threads = [threading.Thread(target=fight) for _ in range(3)]
    for thread in threads:
        thread.start()
    cameras = cameras_of(bus)
    for i in range(total // 3):
        for camera in cameras.values():
            raise_events(bus, camera, [event(camera, i)])
    eventually(lambda: len(relayed(bus)) >= total)
    stop.set()
    for thread in threads:
        thread.join()
    assert sum(forwarded) == total
    seen = relayed(bus)
    for camera in cameras.values():
        mine = [i for i in seen if i.startswith(f"{camera}-")]
        assert mine == [f"{camera}-{i}" for i in range(total // 3)]


def test_a_subscriber_waits_for_what_comes_from_now_on(transport: Transport) -> None:
    raise_events(transport, "a", [event("a", 0)])
    relay = Relay(transport)
    relay.step(0)
    assert transport.events("$", count=10, block_ms=1) == []
    last = transport.events(START, count=10, block_ms=0)[-1][0]
    raise_events(transport, "a", [event("a", 1)])
    relay.step(0)
    assert [json.loads(data)["id"] for _, data in transport.events(last, count=10, block_ms=500)] == ["a-1"]


def test_any_redis_client_reads_the_flat_fields(server_url: str) -> None:
    with connect(server_url) as client:
        bus = RedisTransport(client, 1)
        raise_events(bus, "a", [event("a", 4, zone="bed")])
        Relay(bus).step(0)
        found = client.xrange("ks:events")
    ((_, fields),) = found
    whole = json.loads(fields.pop(b"json"))
    assert fields == {
        b"id": b"a-4",
        b"update": b"0",
        b"kind": b"fall",
        b"phase": b"confirmed",
        b"camera": b"a",
        b"track": b"7",
        b"zone": b"bed",
        b"pts_us": b"4000",
        b"confidence": b"0.5",
    }
    assert whole["zone"] == "bed"


def test_a_relay_starts_anew_after_an_error(transport: Transport) -> None:
    class Broken:
        """A transport whose next reply is lost after the step was taken."""

        partitions = transport.partitions
        relay_cursors = staticmethod(transport.relay_cursors)
        read_events = staticmethod(transport.read_events)
        breaks = True

        def relay(self, forward: Forward) -> bool:
            done = transport.relay(forward)
            if self.breaks:
                self.breaks = False
                raise TransportError("the reply is lost")
            return done

    raise_events(transport, "a", [event("a", 0)])
    relay = Relay(Broken())
    with pytest.raises(TransportError):
        relay.step(0)
    raise_events(transport, "a", [event("a", 1)])
    assert relay.step(0) == 1
    assert relayed(transport) == ["a-0", "a-1"]
