"""Leases on each kind of transport: who may work on what, and how workers come to share it fairly."""

import itertools
import threading
import time
from collections.abc import Sequence

import pytest

from shared.bus.leases import Leases, aim
from tests.conftest import Clock, Transport, TransportFactory
from tests.shared.bus.play import eventually

TTL_MS = 300


def test_a_lease_has_one_holder_until_it_is_released(transport: Transport) -> None:
    assert transport.acquire("pose", 0, "u", 60_000)
    assert transport.acquire("pose", 0, "u", 60_000)
    assert not transport.acquire("pose", 0, "v", 60_000)
    assert transport.acquire("pose", 1, "v", 60_000)
    assert transport.acquire("tracker", 0, "v", 60_000)
    transport.release("pose", 0, "v")
    assert not transport.acquire("pose", 0, "v", 60_000)
    transport.release("pose", 0, "u")
    assert transport.acquire("pose", 0, "v", 60_000)


def test_a_lease_ends_by_itself(transport: Transport) -> None:
    assert transport.acquire("pose", 0, "u", 20)
    eventually(lambda: transport.acquire("pose", 0, "v", 60_000))


def test_the_roll_names_the_living(transport: Transport) -> None:
    assert transport.enlist("pose", "v", 60_000) == ["v"]
    assert transport.enlist("pose", "u", 60_000) == ["u", "v"]
    assert transport.enlist("pose", "short", 20)
    assert transport.roll("tracker") == []
    eventually(lambda: transport.roll("pose") == ["u", "v"])
    transport.dismiss("pose", "v")
    transport.dismiss("pose", "nobody")
    assert transport.roll("pose") == ["u"]


@pytest.mark.parametrize("partitions", [1, 2, 7, 8])
@pytest.mark.parametrize("workers", [1, 2, 3, 8, 11])
def test_the_aims_share_all_partitions_fairly(partitions: int, workers: int) -> None:
    aims = [aim(partitions, workers, rank) for rank in range(workers)]
    assert sum(aims) == partitions
    assert max(aims) - min(aims) <= 1


def leases_of(transport: Transport, worker: str) -> Leases:
    """Leases that look at the server with every tick: the clock leaps."""
    leaps = itertools.count(step=TTL_MS)
    return Leases(transport, "pose", worker, TTL_MS, clock=lambda: float(next(leaps)))


def share(workers: Sequence[Leases]) -> list[int]:
    """How many partitions each owns after one tick each; nothing may be owned twice."""
    owned = [worker.tick() for worker in workers]
    return sorted(map(len, owned))


def test_workers_that_come_and_go_share_fairly(make_transport: TransportFactory) -> None:
    bus = make_transport(8)
    first, second, third = (leases_of(bus, name) for name in "abc")
    assert first.tick() == frozenset(range(8))
    eventually(lambda: share([first, second, third]) == [2, 3, 3])
    assert first.tick() | second.tick() | third.tick() == frozenset(range(8))
    second.release_all()
    eventually(lambda: share([first, third]) == [4, 4])
    assert first.tick() | third.tick() == frozenset(range(8))


def test_the_leases_of_a_killed_worker_are_taken(make_transport: TransportFactory) -> None:
    bus = make_transport(4)
    killed, alive = leases_of(bus, "a"), leases_of(bus, "b")
    eventually(lambda: share([killed, alive]) == [2, 2])
    started = time.monotonic()
    eventually(lambda: alive.tick() == frozenset(range(4)))
    assert time.monotonic() - started < 10 * TTL_MS / 1000


def test_a_lost_lease_is_dropped(transport: Transport) -> None:
    leases = leases_of(transport, "a")
    assert leases.tick() == {0, 1}
    transport.release("pose", 1, "a")
    assert transport.acquire("pose", 1, "thief", 60_000)
    assert leases.tick() == {0}


def test_more_workers_than_partitions_leave_some_idle(transport: Transport) -> None:
    workers = [leases_of(transport, name) for name in "abc"]
    eventually(lambda: share(workers) == [0, 1, 1])


def test_the_server_is_asked_a_few_times_per_ttl_only(transport: Transport, clock: Clock) -> None:
    leases = Leases(transport, "pose", "a", 60_000, clock.now_s)
    assert leases.tick() == {0, 1}
    transport.release("pose", 1, "a")
    assert leases.tick() == {0, 1}
    clock.advance(20_000)
    assert leases.tick() == {0, 1}
    assert not transport.acquire("pose", 1, "b", 60_000)


def test_the_thread_renews_while_the_loop_beats_and_not_longer(transport: Transport, clock: Clock) -> None:
    with Leases(transport, "pose", "a", TTL_MS, clock.now_s, patience=10) as leases:
        assert leases.tick() == {0, 1}
        waited = threading.Event()
        for _ in range(4):
            waited.wait(TTL_MS / 1000 / 2)
            assert not transport.acquire("pose", 0, "b", 60_000)
        clock.advance(11 * TTL_MS)  # the loop hangs
        eventually(lambda: transport.acquire("pose", 0, "b", 60_000))
        leases.beat()
        eventually(lambda: leases.tick() == {1})
    assert transport.acquire("pose", 1, "b", 60_000)
    assert transport.roll("pose") == []


def test_a_worker_that_breaks_keeps_its_leases_until_they_end(transport: Transport) -> None:
    def work() -> None:
        with Leases(transport, "pose", "a", 60_000, time.monotonic) as leases:
            assert leases.tick() == {0, 1}
            raise LookupError

    with pytest.raises(LookupError):
        work()
    assert not transport.acquire("pose", 0, "b", 60_000)


def test_a_worker_takes_only_the_partitions_that_there_is_work_in(
    make_transport: TransportFactory, clock: Clock
) -> None:
    transport = make_transport(8)
    first, second = (Leases(transport, "venue", name, TTL_MS, clock.now_s).only({5}) for name in "ab")
    assert first.tick() == {5}
    assert second.tick() == set()
    first.release_all()
    clock.advance(TTL_MS)
    assert second.tick() == {5}
