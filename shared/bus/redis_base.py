"""What every part of the Redis transport stands on: the client, the scripts, and errors in our own words."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import redis

from shared.bus.keep import DEFAULT_KEEP, Keep
from shared.bus.topology import partition_of
from shared.bus.transport import ServerRefusedError, TransportError
from shared.redaction import redacted_text

_PASSING = ("MISCONF", "NOREPLICAS", "BUSY ", "UNKILLABLE")

Argument = bytes | str | int


class MemoryFullError(TransportError):
    """The server is at its memory limit and refuses what is not allowed beyond it."""


def address_of(client: redis.Redis) -> str:
    """Where the server is, without any secret."""
    known = client.connection_pool.connection_kwargs
    if "path" in known:
        return f"unix://{known['path']}"
    return f"{known.get('host', 'localhost')}:{known.get('port', 6379)}"


def _told(client: redis.Redis, what: str, error: redis.RedisError) -> str:
    return f"{address_of(client)} {what}: {redacted_text(str(error))}"


@contextmanager
def translated(client: redis.Redis) -> Iterator[None]:
    """Turn the client's errors into the bus's.

    Raises:
        TransportError: it may work again by itself.
        ServerRefusedError: a person must act.
    """
    try:
        yield
    except (redis.AuthenticationError, redis.exceptions.AuthorizationError) as error:
        raise ServerRefusedError(_told(client, "refuses the user or password", error)) from None
    except redis.exceptions.NoPermissionError as error:
        raise ServerRefusedError(_told(client, "does not let this user work", error)) from None
    except (redis.ConnectionError, redis.TimeoutError, redis.InvalidResponse) as error:
        raise TransportError(_told(client, "does not answer", error)) from error
    except redis.OutOfMemoryError as error:
        raise MemoryFullError(_told(client, "is out of memory", error)) from error
    except (
        redis.ReadOnlyError,
        redis.exceptions.MasterDownError,
        redis.exceptions.ClusterDownError,
        redis.exceptions.TryAgainError,
    ) as error:
        raise TransportError(_told(client, "cannot write now", error)) from error
    except redis.ResponseError as error:
        if str(error).startswith(_PASSING):
            raise TransportError(_told(client, "cannot serve now", error)) from error
        raise


def _source_of(name: str) -> str:
    """A script with the shared functions behind its first line, which must stay first."""
    folder = files("shared.bus") / "scripts"
    first, rest = (folder / f"{name}.lua").read_text().split("\n", 1)
    return f"{first}\n{(folder / 'common.lua').read_text()}\n{rest}"


class RedisBase:
    """The client and the scripts.

    Args:
        client: from `shared.bus.connect.connect`: binary replies, and no retries, because a commit whose
            reply was lost must not be sent again.
        partitions: the count that the server stores.
        keep: what trimming leaves.
        pinned: cameras whose configuration names their partition.
    """

    def __init__(
        self,
        client: redis.Redis,
        partitions: int,
        *,
        keep: Keep = DEFAULT_KEEP,
        pinned: Mapping[str, int] | None = None,
    ) -> None:
        retry = client.get_retry()
        if retry is None or retry.get_retries() != 0:
            raise ValueError("the client retries commands by itself: make it with shared.bus.connect.connect")
        self.partitions = partitions
        self._client = client
        self._keep = keep
        self._pinned = dict(pinned or {})
        self._scripts: dict[str, Any] = {}

    def assign(self, camera: str) -> int:
        """The camera's partition."""
        pinned = self._pinned.get(camera)
        return partition_of(camera, self.partitions) if pinned is None else pinned % self.partitions

    def pin(self, pinned: Mapping[str, int]) -> None:
        """From now on these cameras, and no others, lie where they are said to."""
        self._pinned = dict(pinned)

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._client.close()

    def _run(self, name: str, keys: Sequence[str], *arguments: Argument) -> Any:
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = self._client.register_script(_source_of(name))
        with translated(self._client):
            return script(keys=keys, args=arguments)

    def _pipeline(self) -> Any:
        return self._client.pipeline(transaction=False)
