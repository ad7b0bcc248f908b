"""One partition as its owner sees it: where the stage stands and what it remembers, by camera or venue."""

import logging
from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

from shared.bus.transport import Position
from shared.worker.stage import Stage

S = TypeVar("S")


class Memory(msgspec.Struct, Generic[S]):
    """What a stage knows of an owner, and in which run it learnt that (see `shared.worker.stage.Owner`)."""

    run: int
    state: S


class _Checkpoint(msgspec.Struct, array_like=True):
    run: int
    state: msgspec.Raw
    version: int = 1


_log = logging.getLogger(__name__)
_encoder = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(_Checkpoint).decode


class Lane(Generic[S]):
    """A partition's position and the memories of its owners; changed in place while a batch is processed."""

    def __init__(self, partition: int, position: Position, stage: Stage[S]) -> None:
        """Unpack the checkpoints of `position`.

        What another version of the stage remembered means something else: that owner begins anew, and a log
        line says so.
        """
        self.partition = partition
        self.cursor = position.cursor
        self.entries_read = position.entries_read
        self.memories: dict[str, Memory[S]] = {}
        self._most_bytes = stage.most_bytes
        self._version = stage.state_version
        for owner, data in position.states.items():
            memory = _remembered(data, stage)
            if memory is None:
                _log.warning("%s: another version's memory of %s is left: it begins anew", stage.name, owner)
            else:
                self.memories[owner] = memory

    def checkpoints(self, owners: set[str]) -> Mapping[str, bytes | None]:
        """The packed memories of `owners`; None for one that was forgotten.

        Raises:
            ValueError: a stage remembers more of one owner than a checkpoint may hold.
        """
        return {owner: self._pack(owner) for owner in sorted(owners)}

    def _pack(self, owner: str) -> bytes | None:
        memory = self.memories.get(owner)
        if memory is None:
            return None
        state = msgspec.Raw(_encoder.encode(memory.state))
        data = _encoder.encode(_Checkpoint(memory.run, state, self._version))
        if len(data) > self._most_bytes:
            raise ValueError(f"the state of {owner} takes {len(data)} bytes, over {self._most_bytes}")
        return data


def _remembered(data: bytes, stage: Stage[S]) -> Memory[S] | None:
    """A checkpoint of this version of the stage; None where it is of another one."""
    try:
        stored = _unpack(data)
        if stored.version != stage.state_version and stage.state_type is not msgspec.Raw:
            return None
        return Memory(stored.run, msgspec.msgpack.decode(stored.state, type=stage.state_type))
    except msgspec.DecodeError:
        return None
