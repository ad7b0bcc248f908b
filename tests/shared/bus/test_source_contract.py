"""What ingest and people's commands may expect of a transport, of each kind."""

from dataclasses import replace
from functools import partial

import pytest

from shared.bus.keep import Keep
from shared.bus.topology import CHAIN, partition_of
from shared.bus.transport import START, Budget, Publication, Published, Source
from tests.conftest import Transport, TransportFactory
from tests.shared.bus.play import ROOMY, drain, eventually, feed, let_age, publication, read, step

KB = b"x" * 1000


@pytest.fixture
def one(make_transport: TransportFactory) -> Transport:
    """One partition that keeps frames for an hour."""
    return make_transport(1, keep=Keep(frames_ms=3_600_000))


def test_a_source_that_never_began_is_ended(one: Transport) -> None:
    assert one.source("a") == Source(run=0, seq=-1, position=b"", ended=True, finished_seq=-1)
    assert one.publish(publication("a", 0, 0), ROOMY) is Published.STALE


def test_a_message_moves_its_source(one: Transport) -> None:
    assert one.begin("a") == Source(1, -1, b"", ended=False)
    assert one.publish(publication("a", 1, 0), ROOMY) is Published.DONE
    assert one.source("a") == Source(1, 0, b"at 0", ended=False)
    assert one.publish(publication("a", 1, 1, ends=True), ROOMY) is Published.DONE
    assert one.source("a") == Source(1, 1, b"at 1", ended=True)
    assert one.publish(publication("a", 1, 2), ROOMY) is Published.STALE


def test_what_a_message_counts_is_added_when_it_is_stored_and_only_then(one: Transport) -> None:
    one.begin("a")
    first, second = publication("a", 1, 0), publication("a", 1, 1)
    assert one.publish(replace(first, counts={"x": 3, "y": 1}), ROOMY) is Published.DONE
    assert one.publish(replace(first, counts={"x": 100}), ROOMY) is Published.STALE
    assert one.publish(replace(second, counts={"x": 4}), ROOMY) is Published.DONE
    assert one.overview().counts == {"x": 7, "y": 1}


def test_a_new_run_counts_messages_on(one: Transport) -> None:
    feed(one, "a", 3)
    drain(one, 0)
    assert one.begin("a") == Source(2, 2, b"", ended=False, finished_seq=2)
    assert one.publish(publication("a", 2, 3), ROOMY) is Published.DONE


def test_of_two_who_begin_after_the_same_run_one_does(one: Transport) -> None:
    first, second = one.begin("a", after=0), one.begin("a", after=0)
    assert first == second == Source(1, -1, b"", ended=False)


@pytest.mark.parametrize(("run", "seq"), [(1, 0), (1, 2), (2, 1), (0, 1), (1, 7)])
def test_who_does_not_stand_where_the_source_does_is_refused(one: Transport, run: int, seq: int) -> None:
    feed(one, "a", 1)
    assert one.publish(publication("a", run, seq), ROOMY) is Published.STALE
    assert len(read(one, "detector", 0, START)) == 1


def test_no_more_messages_than_the_window_are_in_flight(one: Transport) -> None:
    tight = replace(ROOMY, window=3)
    feed(one, "a", 3, budget=tight)
    assert one.publish(publication("a", 1, 3), tight) is Published.WINDOW
    feed(one, "b", 3, budget=tight)
    drain(one, 0)
    assert one.source("a").finished_seq == 2
    assert one.publish(publication("a", 1, 3), tight) is Published.DONE


def test_unfinished_frames_fill_the_byte_budget(one: Transport) -> None:
    budget = Budget(window=100, retention_ms=3_600_000, retention_bytes=5_000)
    feed(one, "a", 4, budget=budget, picture=KB)
    assert one.publish(publication("a", 1, 4, picture=KB), budget) is Published.BYTES
    assert len(read(one, "detector", 0, START)) == 4


def test_finished_frames_give_way_to_the_byte_budget(one: Transport) -> None:
    budget = Budget(window=100, retention_ms=3_600_000, retention_bytes=5_000)
    feed(one, "a", 4, budget=budget, picture=KB)
    drain(one, 0, ("detector", "pose", "segmentation", "tracker"))
    step(one, "actions", 0, count=2)
    for seq, left in ((4, [1, 2, 3, 4]), (5, [2, 3, 4, 5])):
        assert one.publish(publication("a", 1, seq, picture=KB), budget) is Published.DONE
        assert [e.header.seq for e in read(one, "detector", 0, START) if e.header] == left
    assert one.publish(publication("a", 1, 6, picture=KB), budget) is Published.BYTES


def test_one_frame_larger_than_the_budget_passes_alone(one: Transport) -> None:
    budget = Budget(window=100, retention_ms=3_600_000, retention_bytes=500)
    feed(one, "a", 1, budget=budget, picture=KB)
    assert one.publish(publication("a", 1, 1, picture=KB), budget) is Published.BYTES
    drain(one, 0)
    assert one.publish(publication("a", 1, 1, picture=KB), budget) is Published.DONE


def test_old_finished_frames_go_when_the_next_comes(one: Transport) -> None:
    feed(one, "a", 4)
    drain(one, 0, ("detector", "pose", "segmentation", "tracker"))
    step(one, "actions", 0, count=3)
    let_age(one)
    assert one.publish(publication("a", 1, 4), replace(ROOMY, retention_ms=0)) is Published.DONE
    assert [e.header.seq for e in read(one, "detector", 0, START) if e.header] == [3, 4]


def test_near_the_memory_limit_ingest_stops_and_the_rest_drains(make_transport: TransportFactory) -> None:
    one = make_transport(1, keep=Keep(frames_ms=3_600_000), spare_bytes=4_000_000)
    picture = b"x" * 100_000
    run, seq = one.begin("a").run, 0
    while (outcome := one.publish(publication("a", run, seq, picture=picture), ROOMY)) is Published.DONE:
        seq += 1
        assert seq < 1000
    assert outcome is Published.MEMORY
    drain(one, 0)
    assert one.source("a").finished_seq == seq - 1
    assert one.publish(publication("a", run, seq, picture=picture), ROOMY) is Published.DONE


def is_stored(transport: Transport, message: Publication) -> bool:
    return transport.publish(message, ROOMY) is Published.DONE


def test_old_frames_of_silent_partitions_give_way_to_the_memory_limit(
    make_transport: TransportFactory,
) -> None:
    two = make_transport(2, keep=Keep(frames_ms=500), pinned={"silent": 0, "a": 1}, spare_bytes=4_000_000)
    picture = b"x" * 100_000
    feed(two, "silent", 20, picture=picture)
    drain(two, 0)
    run = two.begin("a").run
    for seq in range(25):  # more than fits beside the silent ones
        message = publication("a", run, seq, picture=picture)
        eventually(partial(is_stored, two, message))


def test_a_camera_may_be_pinned_to_a_partition(make_transport: TransportFactory) -> None:
    away = 1 - partition_of("a", 2)
    pinned = make_transport(2, pinned={"a": away})
    assert pinned.assign("a") == away
    feed(pinned, "a", 1)
    assert read(pinned, "detector", away, START) != []


def test_an_overview_counts_everything(make_transport: TransportFactory) -> None:
    two = make_transport(2)
    cameras = {two.assign(name): name for name in map(str, range(20))}
    for camera in cameras.values():
        feed(two, camera, 3)
    assert step(two, "detector", 0, count=2) is not None
    two.dropped(cameras[0], "window")
    two.dropped(cameras[0], "window", 2)
    two.dropped(cameras[1], "late:ish")
    two.enlist("pose", "v", 60_000)
    two.enlist("pose", "u", 60_000)
    seen = two.overview()
    assert seen.sources == {camera: two.source(camera) for camera in cameras.values()}
    assert seen.counts == {"detector:frames": 2}
    assert seen.drops == {(cameras[0], "window"): 3, (cameras[1], "late:ish"): 1}
    assert seen.lags == {"detector": 4, "pose": 2, "segmentation": 0, "tracker": 0, "actions": 0}
    assert seen.workers == {link.stage: ["u", "v"] if link.stage == "pose" else [] for link in CHAIN}
    assert seen.memory_used > 0


def test_an_empty_bus_has_an_overview(transport: Transport) -> None:
    seen = transport.overview()
    assert (seen.sources, seen.counts, seen.drops, seen.dead) == ({}, {}, {}, 0)
    assert set(seen.lags.values()) == {0}
