"""A worker for fights without leases."""

import random
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.bus.redis_transport import RedisTransport
from shared.bus.transport import (
    Commit,
    Entry,
    Outcome,
    Output,
    Position,
)


@dataclass
class Fighter:
    """A worker that stops anywhere, forgets everything and sometimes does not hear the answer.

    Its output is the camera's chained checksum of all messages so far, so one lost, doubled or moved message
    changes all that follow.
    """

    bus: RedisTransport
    stage: str
    rng: random.Random
    held: dict[int, Position] = field(default_factory=dict)
    pause: threading.Event = field(default_factory=threading.Event)

    def turn(self) -> None:
        p = self.rng.randrange(self.bus.partitions)
        position = self.held.pop(p, None) or self.bus.load(self.stage, p)
        found = self.bus.read(
            self.stage, {p: position.cursor}, count=self.rng.choice((1, 3, 8)), block_ms=1
        ).entries.get(p)
        if not found or self.rng.random() < 0.05:  # killed before the commit
            return
        states, outputs = work(position, found)
        if self.rng.random() < 0.1:
            self.pause.wait(self.rng.random() / 200)
        read_so_far = position.entries_read + len(found)
        commit = Commit(
            self.stage, p, position.cursor, found[-1].id, read_so_far, outputs=outputs, states=states
        )
        done = self.bus.commit(commit) is Outcome.DONE
        if done and self.rng.random() > 0.05:  # else killed behind the commit
            self.held[p] = Position(commit.cursor, read_so_far, {**position.states, **states})


def work(position: Position, entries: Sequence[Entry]) -> tuple[dict[str, bytes], list[Output]]:
    states = dict(position.states)
    outputs = []
    for entry in entries:
        assert entry.header is not None
        camera = entry.header.camera
        states[camera] = b"%d" % zlib.crc32(entry.data, int(states.get(camera, b"0")))
        outputs.append(Output(entry.header, states[camera]))
    return states, outputs


def chained(messages: list[bytes], stages: int) -> list[bytes]:
    for _ in range(stages):
        checksum, out = 0, []
        for message in messages:
            checksum = zlib.crc32(message, checksum)
            out.append(b"%d" % checksum)
        messages = out
    return messages
