"""A server that went back, as after a failover, while nothing new comes that would be refused."""

from typing import Any

from shared.bus.connect import connect
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Forward, Relay
from shared.bus.topology import CHAIN
from shared.metrics import StageMetrics
from shared.worker.loop import Options, Worker
from tests.pipeline.schedules import restore, snapshot
from tests.shared.worker.toys import PARTITIONS, Diary, Everything, feed


def workers(bus: RedisTransport) -> list[Worker[Any]]:
    options = Options(batch=4, wait_ms=0, prefetch=False, verify_s=0)
    return [Worker(Diary(link.stage), bus, Everything(), options, StageMetrics(link.stage)) for link in CHAIN]


def test_workers_do_again_what_the_server_forgot(server_url: str) -> None:
    with connect(server_url) as client:
        bus = RedisTransport(client, PARTITIONS)
        feed(bus, "kitchen", 9)
        before = snapshot(client)
        running = workers(bus)
        settle(running)
        assert bus.source("kitchen").finished_seq == 9
        restore(client, before)
        settle(running)
        assert bus.source("kitchen").finished_seq == 9


def test_the_relay_forwards_again_what_the_server_forgot(server_url: str) -> None:
    with connect(server_url) as client:
        bus = RedisTransport(client, PARTITIONS)
        feed(bus, "kitchen", 3)
        settle(workers(bus))
        before = snapshot(client)
        relay = Relay(bus)
        relay.step(0)
        reached = bus.relay_cursors()
        assert reached != dict.fromkeys(range(PARTITIONS), "0-0")
        restore(client, before)
        for _ in range(3):
            relay.step(0)
        assert bus.relay_cursors() == reached


def test_the_relay_forwards_nothing_that_the_server_forgot(server_url: str) -> None:
    with connect(server_url) as client:
        bus = RedisTransport(client, PARTITIONS)
        feed(bus, "kitchen", 3)
        before = snapshot(client)
        settle(workers(bus))
        read = bus.read_events(bus.relay_cursors(), count=10, block_ms=0)
        [(partition, entries)] = [(p, found) for p, found in read.items() if found]
        restore(client, before)
        assert not bus.relay(Forward(partition, "0-0", entries[-1].id, [{"json": b"{}"}]))
        assert bus.events("0", count=10, block_ms=0) == []


def settle(running: list[Worker[Any]]) -> None:
    for _ in range(30):
        for worker in running:
            worker.step()
