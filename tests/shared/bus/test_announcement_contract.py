"""What ingest and the monitor may expect when they tell events of a camera, of each kind of transport."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from shared.bus.transport import Announcement, Header, Output, Published, Watch
from tests.conftest import Transport, TransportFactory
from tests.shared.bus.play import ROOMY, drain, feed, publication, step


@pytest.fixture
def one(make_transport: TransportFactory) -> Transport:
    return make_transport(1)


def told(*texts: str) -> tuple[Output, ...]:
    return tuple(Output(Header("a", 1, i, 10 * i), text.encode()) for i, text in enumerate(texts))


def events_of(transport: Transport) -> list[str]:
    entries = transport.read_events({0: "0-0"}, count=1000, block_ms=0)
    return [entry.data.decode() for entry in entries.get(0, ())]


def test_a_message_brings_its_camera_s_report_and_events(one: Transport) -> None:
    one.begin("a")
    bringing = replace(publication("a", 1, 0), report=b"dark", events=told("e0", "e1"), counts={"x": 2})
    assert one.publish(bringing, ROOMY) is Published.DONE
    assert one.source("a").report == b"dark"
    assert events_of(one) == ["e0", "e1"]
    assert one.overview().counts == {"x": 2}
    assert one.overview().sources["a"].report == b"dark"


def test_a_message_without_a_report_leaves_it(one: Transport) -> None:
    one.begin("a")
    one.publish(replace(publication("a", 1, 0), report=b"first"), ROOMY)
    one.publish(publication("a", 1, 1), ROOMY)
    assert one.source("a").report == b"first"
    one.publish(replace(publication("a", 1, 2), report=b""), ROOMY)
    assert one.source("a").report == b""


@pytest.mark.parametrize(("seq", "outcome"), [(1, Published.STALE), (3, Published.WINDOW)])
def test_a_refused_message_tells_nothing(one: Transport, seq: int, outcome: Published) -> None:
    feed(one, "a", 3)
    refused = replace(publication("a", 1, seq), report=b"new", events=told("e"))
    assert one.publish(refused, replace(ROOMY, window=3)) is outcome
    assert one.source("a").report == b""
    assert events_of(one) == []


def test_a_report_follows_the_one_it_was_made_from(one: Transport) -> None:
    one.begin("a")
    assert one.report(Announcement("a", b"", b"stalled", told("e0")))
    assert not one.report(Announcement("a", b"", b"stalled", told("doubled")))
    assert one.report(Announcement("a", b"stalled", b"back", told("e1")))
    assert (one.source("a").report, events_of(one)) == (b"back", ["e0", "e1"])


def test_a_message_outdates_what_was_made_from_the_report_before(one: Transport) -> None:
    one.begin("a")
    one.publish(replace(publication("a", 1, 0), report=b"fine"), ROOMY)
    assert not one.report(Announcement("a", b"", b"stalled", told("stale")))
    assert events_of(one) == []


def test_a_report_survives_the_next_run(one: Transport) -> None:
    one.begin("a")
    one.report(Announcement("a", b"", b"fine"))
    assert one.begin("a").report == b"fine"


def test_the_monitor_s_standing_is_its_own(one: Transport) -> None:
    one.begin("a")
    assert one.announce(Announcement("a", b"", b"lost", told("e0")))
    assert not one.announce(Announcement("a", b"", b"lost", told("doubled")))
    assert one.watch().standings == {"a": b"lost"}
    assert one.source("a").report == b""
    assert one.announce(Announcement("a", b"lost", b"", told("e1")))
    assert one.watch().standings == {}
    assert events_of(one) == ["e0", "e1"]


def test_of_many_monitors_that_tell_the_same_one_is_heard(one: Transport) -> None:
    monitors = 4
    ready = threading.Barrier(monitors)

    def tell(_: int) -> list[bool]:
        heard = []
        for i in range(30):
            ready.wait(10)
            before = b"" if i == 0 else b"%d" % (i - 1)
            heard.append(one.announce(Announcement("a", before, b"%d" % i, told(str(i)))))
        return heard

    with ThreadPoolExecutor(monitors) as pool:
        heard = list(pool.map(tell, range(monitors)))
    assert [sum(turn) for turn in zip(*heard, strict=True)] == [1] * 30
    assert events_of(one) == [str(i) for i in range(30)]


def test_a_watch_sees_holders_what_waits_and_what_was_dropped(one: Transport) -> None:
    assert empty(one.watch())
    feed(one, "a", 2)
    one.dropped("a", "window", 3)
    assert one.acquire("pose", 0, "me", 60_000)
    assert one.acquire("ingest", 0, "camera-reader", 60_000)
    step(one, "detector", 0, count=1)
    seen = one.watch()
    assert seen.holders == {("pose", 0): "me", ("ingest", 0): "camera-reader"}
    assert set(seen.waiting_since_ms) == {("detector", 0), ("pose", 0)}
    assert all(seen.now_ms - 60_000 < since <= seen.now_ms for since in seen.waiting_since_ms.values())
    assert seen.drops == {("a", "window"): 3}
    assert seen.counts == {"detector:frames": 1}
    assert (seen.sources["a"].seq, seen.sources["a"].finished_seq) == (1, -1)
    drain(one, 0)
    assert one.watch().waiting_since_ms == {}


def empty(watch: Watch) -> bool:
    parts = (watch.sources, watch.counts, watch.drops, watch.holders, watch.waiting_since_ms, watch.standings)
    return not any(parts)
