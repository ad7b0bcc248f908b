"""One partition as its owner sees it: where the stage stands and what it remembers of each camera."""

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

from shared.bus.transport import Position
from shared.worker.stage import Stage

S = TypeVar("S")

MAX_CHECKPOINT_BYTES = 65_536


class Memory(msgspec.Struct, Generic[S]):
    """What a stage knows of a camera, and in which run of its source it learnt that."""

    run: int
    state: S


class _Checkpoint(msgspec.Struct, array_like=True):
    run: int
    state: msgspec.Raw


_encoder = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(_Checkpoint).decode


class Lane(Generic[S]):
    """A partition's position and the memories of its cameras; changed in place while a batch is processed."""

    def __init__(self, partition: int, position: Position, stage: Stage[S]) -> None:
        """Unpack the checkpoints of `position`."""
        decode = msgspec.msgpack.Decoder(stage.state_type).decode
        self.partition = partition
        self.cursor = position.cursor
        self.entries_read = position.entries_read
        self.memories: dict[str, Memory[S]] = {}
        for camera, data in position.states.items():
            stored = _unpack(data)
            self.memories[camera] = Memory(stored.run, decode(stored.state))

    def checkpoints(self, cameras: set[str]) -> Mapping[str, bytes | None]:
        """The packed memories of `cameras`; None for one that was forgotten.

        Raises:
            ValueError: a stage remembers more of one camera than a checkpoint may hold.
        """
        return {camera: self._pack(camera) for camera in sorted(cameras)}

    def _pack(self, camera: str) -> bytes | None:
        memory = self.memories.get(camera)
        if memory is None:
            return None
        data = _encoder.encode(_Checkpoint(memory.run, msgspec.Raw(_encoder.encode(memory.state))))
        if len(data) > MAX_CHECKPOINT_BYTES:
            raise ValueError(f"the state of {camera} takes {len(data)} bytes, over {MAX_CHECKPOINT_BYTES}")
        return data
