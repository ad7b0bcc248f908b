"""One partition as its owner sees it: where the stage stands and what it remembers, by camera or venue."""

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


_encoder = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(_Checkpoint).decode


class Lane(Generic[S]):
    """A partition's position and the memories of its owners; changed in place while a batch is processed."""

    def __init__(self, partition: int, position: Position, stage: Stage[S]) -> None:
        """Unpack the checkpoints of `position`."""
        decode = msgspec.msgpack.Decoder(stage.state_type).decode
        self.partition = partition
        self.cursor = position.cursor
        self.entries_read = position.entries_read
        self.memories: dict[str, Memory[S]] = {}
        self._most_bytes = stage.most_bytes
        for owner, data in position.states.items():
            stored = _unpack(data)
            self.memories[owner] = Memory(stored.run, decode(stored.state))

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
        data = _encoder.encode(_Checkpoint(memory.run, msgspec.Raw(_encoder.encode(memory.state))))
        if len(data) > self._most_bytes:
            raise ValueError(f"the state of {owner} takes {len(data)} bytes, over {self._most_bytes}")
        return data
