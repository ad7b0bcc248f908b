"""Looks for a secret wherever Kinestream leaves traces: logs, metrics, the bus, command lines.

places = leaks.found(SECRET, leaks.gather(logs=[log], bus=server.url, metrics=["http://127.0.0.1:9000/metrics"]))
assert places == []
"""

import base64
import os
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import redis

from shared.bus.connect import connect

_TIMEOUT_S = 5.0

Traces = Mapping[str, bytes]  # where -> what was found there


def gather(*, logs: Iterable[Path] = (), bus: str = "", metrics: Iterable[str] = (), pid: int = 0) -> Traces:
    """Everything that can be read from outside at this moment.

    Args:
        logs: files, and folders with all that is in them.
        bus: URL of the server; every key with every value.
        metrics: URLs of metrics pages.
        pid: its command line and those of all its descendants; 0: this process's.
    """
    traces = {f"log {path}": path.read_bytes() for place in logs for path in _files(place)}
    for url in metrics:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as page:
            traces[f"metrics {url}"] = page.read()
    if bus:
        with connect(bus) as client:
            traces |= dict(_stored(client))
    return traces | dict(_command_lines(pid or os.getpid()))


def found(secret: str, traces: Traces, user: str = "user") -> list[str]:
    """Where the secret stands: as it is, as in a URL, or as HTTP sends it."""
    login = base64.b64encode(f"{user}:{secret}".encode())
    shapes = {secret.encode(), quote(secret, safe="").encode(), login}
    return sorted(where for where, what in traces.items() if any(shape in what for shape in shapes))


def _files(place: Path) -> Iterator[Path]:
    yield from (path for path in sorted(place.rglob("*")) if path.is_file()) if place.is_dir() else (place,)


def _stored(client: redis.Redis) -> Iterator[tuple[str, bytes]]:
    """Every key's name and value; a dump would be compressed, so each type is read as its own."""
    readers: dict[object, Callable[[bytes], Any]] = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"stream": client.xrange,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    for key in client.scan_iter():
        yield f"bus key {key!r}", key + b" " + b" ".join(_flat(readers[client.type(key)](key)))


def _flat(value: Any) -> Iterator[bytes]:
    """The byte strings inside a reply."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _flat(pair)
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from _flat(part)


def _command_lines(pid: int) -> Iterator[tuple[str, bytes]]:
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        for name in ("cmdline", "comm"):
            try:
                yield f"/proc/{each.pid}/{name}", Path(f"/proc/{each.pid}/{name}").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                break  # it ended just now
