"""Lost replies, rollbacks and servers that cannot serve."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from shared.bus.connect import connect
from shared.bus.redis_transport import RedisTransport
from shared.bus.server import EmbeddedServer, Persistence
from shared.bus.transport import (
    START,
    Commit,
    Outcome,
    Position,
    Published,
    TransportError,
)
from tests.conftest import BINARIES
from tests.shared.bus.fighter import chained, work
from tests.shared.bus.play import ROOMY, drain, feed, publication, read, step
from tests.shared.bus.wire import wired


def test_a_commit_whose_reply_is_lost_is_sent_once(
    server_url: str, client: redis.Redis, tmp_path: Path
) -> None:
    with wired(server_url, tmp_path) as (bus, wire):
        feed(bus, "a", 3)
        step(bus, "detector", 0, count=1)
        position = bus.load("detector", 0)
        entries = read(bus, "detector", 0, position.cursor)
        states, outputs = work(position, entries)
        commit = Commit("detector", 0, position.cursor, entries[-1].id, 3, outputs=outputs, states=states)
        client.config_resetstat()
        wire.swallow = True
        with pytest.raises(TransportError):
            bus.commit(commit)
        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == 1
        assert bus.load("detector", 0) == Position(commit.cursor, 3, states, 0)
        assert bus.commit(commit) is Outcome.STALE
        assert len(read(bus, "pose", 0, START)) == 3


class Crashing:
    """A server that can be thrown back to its last snapshot."""

    def __init__(self, folder: Path, binary: Path | None) -> None:
        self._server = EmbeddedServer(64, binary=binary, persistence=Persistence(folder, appendonly=False))
        self._open()

    def _open(self) -> None:
        self._server.start()
        self._client = connect(self._server.url)

    def bus(self) -> RedisTransport:
        return RedisTransport(self._client, 1)

    def save(self) -> None:
        self._client.save()

    def close(self) -> None:
        self._client.close()
        self._server.kill()
        self._server.stop()

    def crash(self) -> RedisTransport:
        self.close()
        self._open()
        return self.bus()


@pytest.fixture(params=sorted(BINARIES))
def crashing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crashing]:
    binary = BINARIES[request.param]
    if binary is not None and not binary.exists():
        pytest.skip(f"{binary} is not installed")
    server = Crashing(tmp_path, binary)
    yield server
    server.close()


def test_a_rollback_under_a_batch_is_noticed_and_all_comes_again(crashing: Crashing) -> None:
    bus = crashing.bus()
    feed(bus, "a", 2)
    crashing.save()
    for seq in range(2, 5):
        assert bus.publish(publication("a", 1, seq), ROOMY) is Published.DONE
    position = bus.load("detector", 0)
    entries = read(bus, "detector", 0, position.cursor)
    states, outputs = work(position, entries)
    commit = Commit("detector", 0, START, entries[-1].id, 5, outputs=outputs, states=states)

    bus = crashing.crash()
    assert bus.commit(commit) is Outcome.ROLLED_BACK
    assert bus.publish(publication("a", 1, 5), ROOMY) is Published.STALE
    assert bus.source("a").seq == 1
    for seq in range(2, 5):
        assert bus.publish(publication("a", 1, seq), ROOMY) is Published.DONE
    again = bus.load("detector", 0)
    entries = read(bus, "detector", 0, again.cursor)
    states, outputs = work(again, entries)
    redone = replace(commit, cursor=entries[-1].id, outputs=outputs, states=states)
    assert bus.commit(redone) is Outcome.DONE
    assert [e.data for e in read(bus, "pose", 0, START)] == chained([b"a %d" % i for i in range(5)], 1)


def test_a_rollback_behind_a_commit_makes_the_next_one_stale(crashing: Crashing) -> None:
    bus = crashing.bus()
    feed(bus, "a", 4)
    crashing.save()
    step(bus, "detector", 0, count=2)
    position = bus.load("detector", 0)
    entries = read(bus, "detector", 0, position.cursor)
    bus = crashing.crash()
    assert bus.commit(Commit("detector", 0, position.cursor, entries[-1].id, 4)) is Outcome.STALE
    assert bus.load("detector", 0).cursor == START
    drain(bus, 0)
    assert bus.source("a").finished_seq == 3


def test_a_server_that_stops_is_a_passing_error(tmp_path: Path) -> None:
    with EmbeddedServer(48) as server, connect(server.url) as client:
        bus = RedisTransport(client, 1)
        feed(bus, "a", 1)
        server.kill()
        calls: list[Callable[[], object]] = [
            bus.now_ms,
            bus.overview,
            bus.letters,
            lambda: bus.load("pose", 0),
            lambda: bus.read("pose", {0: START}, count=1, block_ms=0),
            lambda: bus.commit(Commit("pose", 0, START, "1-1", 1)),
            lambda: bus.fetch(0, ["1-1"]),
            lambda: bus.publish(publication("a", 1, 1), ROOMY),
            lambda: bus.acquire("pose", 0, "w", 1000),
            lambda: bus.dismiss("pose", "w"),
            lambda: bus.events("$", count=1, block_ms=1),
            bus.relay_cursors,
        ]
        for call in calls:
            with pytest.raises(TransportError, match="does not answer"):
                call()


def test_a_replica_cannot_be_written_for_now(client: redis.Redis) -> None:
    bus = RedisTransport(client, 1)
    feed(bus, "a", 1)
    try:
        client.slaveof("127.0.0.1", 1)
        with pytest.raises(TransportError, match="cannot"):
            bus.begin("a")
    finally:
        client.slaveof()
