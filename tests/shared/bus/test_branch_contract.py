"""A stage beside the chain reads a stream that the chain reads, too, over each kind of transport."""

import pytest

from shared.bus.keep import Keep
from shared.bus.relay import Relay
from shared.bus.topology import VENUE_CHANNEL
from shared.bus.transport import START, Commit, Header, Outcome, Output, Position
from shared.messages import Placed, Places, encode
from shared.statistics import dropped_key
from tests.conftest import Transport, TransportFactory
from tests.shared.bus.play import drain, eventually, feed, read, step

BEFORE = ("detector", "pose", "segmentation", "tracker")
KEEP = Keep(behind_most=10)


@pytest.fixture
def one(make_transport: TransportFactory) -> Transport:
    """One partition, and a venue that may stand ten messages behind."""
    return make_transport(1, keep=KEEP)


def track(transport: Transport, count: int) -> None:
    """So many messages more lie in `tracks`."""
    feed(transport, "a", count)
    drain(transport, 0, BEFORE)


def kept(transport: Transport) -> int:
    return len(read(transport, "actions", 0, START, 1000))


def test_what_one_reader_has_read_stays_for_the_other(one: Transport) -> None:
    one.enroll("venue", 0)
    track(one, 6)
    assert step(one, "actions", 0) is Outcome.DONE
    assert [entry.data for entry in read(one, "venue", 0, START)] == [
        entry.data for entry in read(one, "actions", 0, START)
    ]
    assert kept(one) == 6
    assert step(one, "venue", 0, count=4) is Outcome.DONE
    assert kept(one) == 3  # the cursor's own entry stays
    assert one.overview().lags["venue"] == 2


def test_the_stream_ends_with_the_last_of_its_readers_whoever_that_is(one: Transport) -> None:
    one.enroll("venue", 0)
    track(one, 6)
    step(one, "venue", 0)
    assert kept(one) == 6
    step(one, "actions", 0)
    assert kept(one) == 1


def test_without_such_a_stage_nothing_is_kept_for_it(one: Transport) -> None:
    track(one, 30)
    step(one, "actions", 0)
    assert kept(one) == 1
    assert "venue" not in one.overview().lags
    assert "venue" not in one.overview().workers


def test_a_stage_that_comes_later_begins_with_what_is_left_and_its_lag_ends(one: Transport) -> None:
    track(one, 5)
    step(one, "actions", 0)
    assert one.load("venue", 0) == Position(START, 4, {}, 0)
    track(one, 3)
    assert one.overview().lags["venue"] == 4
    while step(one, "venue", 0) is not None:
        pass
    assert one.overview().lags["venue"] == 0


def test_one_that_stands_too_far_behind_loses_the_oldest_and_it_is_counted(one: Transport) -> None:
    one.enroll("venue", 0)
    track(one, 8)
    step(one, "actions", 0)
    assert dropped_key("venue") not in one.overview().counts
    for _ in range(4):
        track(one, 8)
        step(one, "actions", 0, count=3)
        step(one, "actions", 0)
    assert one.overview().counts[dropped_key("venue")] == 30
    assert one.overview().lags["venue"] == 10
    assert kept(one) == 11
    position = one.load("venue", 0)
    assert position.entries_read == 30
    assert [e.header.seq for e in read(one, "venue", 0, position.cursor) if e.header] == list(range(30, 40))


def test_who_was_reading_what_was_dropped_loads_anew_and_goes_on(one: Transport) -> None:
    one.enroll("venue", 0)
    track(one, 8)
    held = read(one, "venue", 0, START)
    stale = Commit("venue", 0, START, held[-1].id, 8, states={"hall": b"stale"})
    step(one, "actions", 0)
    track(one, 8)
    step(one, "actions", 0)
    assert one.commit(stale) is Outcome.STALE
    assert one.load("venue", 0).states == {}
    assert step(one, "venue", 0) is Outcome.DONE
    assert one.overview().lags["venue"] == 0


def test_the_chain_is_never_cut_by_what_the_branch_may_hold(one: Transport) -> None:
    one.enroll("venue", 0)
    track(one, 50)
    step(one, "venue", 0)
    assert len(read(one, "actions", 0, START, 1000)) == 50
    assert one.overview().lags["actions"] == 50


def test_a_sources_progress_does_not_wait_for_the_branch(one: Transport) -> None:
    one.enroll("venue", 0)
    feed(one, "a", 3)
    drain(one, 0)
    assert one.source("a").finished_seq == 2


def test_enrolling_twice_changes_nothing(one: Transport) -> None:
    track(one, 4)
    one.enroll("venue", 0)
    step(one, "venue", 0, count=2)
    before = one.cursors("venue", [0])
    one.enroll("venue", 0)
    assert one.cursors("venue", [0]) == before


def places(seq: int) -> bytes:
    person = Placed(1, (1.5, 2.0), 0.1, (0.5, 0.0), 0.5, 3.0, 1.0, 0, ("a",))
    return encode(
        Places(camera="a", run=1, seq=seq, pts_us=seq, venue="hall", at_us=seq * 100_000, people=(person,))
    )


def tell(transport: Transport, count: int) -> None:
    """Let the branch write `count` places, as one step."""
    track(transport, 1)
    position = transport.load("venue", 0)
    entries = read(transport, "venue", 0, position.cursor)
    outputs = [Output(Header("a", 1, i, i), places(i)) for i in range(count)]
    taken = position.entries_read + len(entries)
    commit = Commit("venue", 0, position.cursor, entries[-1].id, taken, outputs=outputs)
    assert transport.commit(commit) is Outcome.DONE


def test_places_reach_their_own_subscribers_once_and_no_others(one: Transport) -> None:
    tell(one, 3)
    relay = Relay(one, VENUE_CHANNEL)
    assert [relay.step(0), relay.step(0), Relay(one).step(0)] == [3, 0, 0]
    seen = one.events(START, count=10, block_ms=0, channel=VENUE_CHANNEL)
    assert [b'"at_us":%d,' % (i * 100_000) in data for i, (_, data) in enumerate(seen)] == [True] * 3
    assert one.events(START, count=10, block_ms=0) == []


def test_places_are_bounded_in_number_before_and_behind_the_relay(make_transport: TransportFactory) -> None:
    one = make_transport(1, keep=Keep(places_most=200))
    for _ in range(6):
        tell(one, 100)
        Relay(one, VENUE_CHANNEL).step(0)
        Relay(one, VENUE_CHANNEL).step(0)
    stored = one.read_events({0: START}, count=10_000, block_ms=0, channel=VENUE_CHANNEL)
    relayed = one.events(START, count=10_000, block_ms=0, channel=VENUE_CHANNEL)
    assert len(stored[0]) < 350  # whole nodes of the server's are dropped
    assert len(relayed) < 350


def test_places_that_are_too_old_are_dropped(make_transport: TransportFactory) -> None:
    one = make_transport(1, keep=Keep(places_ms=1000, places_most=100_000))
    for _ in range(4):
        tell(one, 200)
    old_ms = one.now_ms() + 1000
    eventually(lambda: one.now_ms() > old_ms)
    tell(one, 200)
    stored = one.read_events({0: START}, count=10_000, block_ms=0, channel=VENUE_CHANNEL)
    assert 200 <= len(stored[0]) < 400  # whole nodes of the server's are dropped
