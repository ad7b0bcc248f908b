"""Following a stream of subscribers, from a place of one's own."""

import time
from collections.abc import Iterator

import typer

from services.console.errors import BadInputError
from shared.bus.redis_transport import RedisTransport
from shared.bus.topology import Channel
from shared.bus.transport import START, TransportError

_PAGE = 256
_WAIT_MS = 1000
_RETRY_S = 1.0


def entries_of(
    bus: RedisTransport, channel: Channel, after: str, *, follow: bool
) -> Iterator[tuple[str, bytes]]:
    """Entries (id, JSON) behind `after` ("0": all, "$": new ones); for ever where it follows.

    Raises:
        BadInputError: `after` is no place.
        TransportError: the server is away, and nobody follows.
    """
    position = _place(bus, after)
    while True:
        try:
            entries = bus.events(position, count=_PAGE, block_ms=_WAIT_MS if follow else 0, channel=channel)
        except TransportError as error:
            if not follow:
                raise
            typer.echo(f"kinestream: {error}; waiting for it", err=True)
            time.sleep(_RETRY_S)
            continue
        for entry_id, data in entries:
            yield entry_id, data
            position = entry_id
        if not entries and not follow:
            return


def _place(bus: RedisTransport, after: str) -> str:
    if after == "$":  # a fixed place: "$" again at every read would lose what comes in between
        return f"{bus.now_ms() - 1}-0"
    if after == "0":
        return START
    time_ms, _, number = after.partition("-")
    if not (time_ms.isdecimal() and (number or "0").isdecimal()):
        raise BadInputError(f"--from {after}: give an entry id such as 1700000000000-0, or 0, or $")
    return after
