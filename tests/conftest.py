"""Real servers and clocks for every test. A server is started once and emptied for each test that uses it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from shared.bus.connect import connect
from shared.bus.keep import DEFAULT_KEEP, Keep
from shared.bus.memory import MemoryTransport
from shared.bus.redis_transport import RedisTransport
from shared.bus.server import EmbeddedServer, Persistence

MEMORY_MB = 128
BINARIES: Mapping[str, Path | None] = {"valkey": None, "redis": Path("/usr/bin/redis-server")}

Transport = MemoryTransport | RedisTransport


class ServerFactory(Protocol):
    def __call__(
        self,
        memory_mb: int = MEMORY_MB,
        *,
        binary: Path | None = None,
        persistence: Persistence | None = None,
    ) -> EmbeddedServer: ...


class TransportFactory(Protocol):
    def __call__(
        self,
        partitions: int = 2,
        *,
        keep: Keep = DEFAULT_KEEP,
        pinned: Mapping[str, int] | None = None,
        spare_bytes: int = 0,
    ) -> Transport: ...


class Clock:
    """Time that moves when a test says so."""

    def __init__(self, now_ms: int = 1_000_000) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        return self.ms

    def now_s(self) -> float:
        return self.ms / 1000

    def advance(self, ms: int) -> None:
        self.ms += ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def redis_server() -> Iterator[ServerFactory]:
    """Starts servers of a test's own; they stop with it."""
    with ExitStack() as stack:

        def start(
            memory_mb: int = MEMORY_MB,
            *,
            binary: Path | None = None,
            persistence: Persistence | None = None,
        ) -> EmbeddedServer:
            return stack.enter_context(EmbeddedServer(memory_mb, binary=binary, persistence=persistence))

        yield start


@pytest.fixture(scope="session")
def shared_servers() -> Iterator[Callable[[str], EmbeddedServer]]:
    """The session's server of a flavour, started when first wanted."""
    started: dict[str, EmbeddedServer] = {}
    with ExitStack() as stack:

        def of(flavour: str) -> EmbeddedServer:
            binary = BINARIES[flavour]
            if binary is not None and not binary.exists():
                pytest.skip(f"{binary} is not installed")
            if flavour not in started:
                started[flavour] = stack.enter_context(EmbeddedServer(MEMORY_MB, binary=binary))
            return started[flavour]

        yield of


@pytest.fixture(params=sorted(BINARIES))
def server_url(
    request: pytest.FixtureRequest, shared_servers: Callable[[str], EmbeddedServer]
) -> Iterator[str]:
    """An empty server, of each flavour that is installed."""
    url = shared_servers(request.param).url
    with connect(url) as client:
        client.flushall()
        yield url
        client.config_set("maxmemory", f"{MEMORY_MB}mb")


@pytest.fixture(params=["memory", *sorted(BINARIES)])
def make_transport(
    request: pytest.FixtureRequest, shared_servers: Callable[[str], EmbeddedServer]
) -> Iterator[TransportFactory]:
    """Makes transports on one empty bus of each kind; `spare_bytes` limits what may still be stored."""
    with ExitStack() as stack:
        if request.param == "memory":
            yield _memory_transport
            return
        client = stack.enter_context(connect(shared_servers(request.param).url))
        client.flushall()

        def make(
            partitions: int = 2,
            *,
            keep: Keep = DEFAULT_KEEP,
            pinned: Mapping[str, int] | None = None,
            spare_bytes: int = 0,
        ) -> Transport:
            transport = RedisTransport(client, partitions, keep=keep, pinned=pinned)
            if spare_bytes:
                used = transport.overview().memory_used
                client.config_set("maxmemory", round((used + spare_bytes) / 0.8))
                stack.callback(client.config_set, "maxmemory", f"{MEMORY_MB}mb")
            return transport

        yield make


def _memory_transport(
    partitions: int = 2,
    *,
    keep: Keep = DEFAULT_KEEP,
    pinned: Mapping[str, int] | None = None,
    spare_bytes: int = 0,
) -> Transport:
    return MemoryTransport(
        partitions,
        lambda: time.time_ns() // 1_000_000,
        keep=keep,
        pinned=pinned,
        memory_limit=round(spare_bytes / 0.8),
    )


@pytest.fixture
def transport(make_transport: TransportFactory) -> Transport:
    """A transport of each kind over two partitions."""
    return make_transport()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: with several processes, none is left alone with them at the end."""
    items.sort(key=lambda item: "pipeline" not in item.path.parts)
