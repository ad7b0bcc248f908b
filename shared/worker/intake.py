"""Entries on their way into a stage: read, unpacked, and joined with their pictures."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.bus.frames import FrameStore, Picture
from shared.bus.topology import FRAMES, LINKS
from shared.bus.transport import Entry, StageTransport
from shared.messages import AnyMessage, Event, Frame, Message, decode
from shared.worker.meter import Meter
from shared.worker.stage import Stage


class ForeignEntryError(ValueError):
    """An entry that is not a message for a stage, or does not match the header it came with."""


@dataclass(frozen=True)
class Slot:
    """One entry of a partition with what it holds: a message, or the error that kept it from being one."""

    partition: int
    entry: Entry
    message: Message | None
    picture: Picture | None
    error: ValueError | None = None


@dataclass(frozen=True)
class Intake:
    """What was read behind each partition's cursor. `server_now_ms` tells the server's clock as time goes
    on.
    """

    cursors: Mapping[int, str]
    slots: Mapping[int, Sequence[Slot]]
    read_ms: int
    read_at_s: float

    def server_now_ms(self) -> float:
        return self.read_ms + (time.monotonic() - self.read_at_s) * 1000


@dataclass(frozen=True)
class Reader:
    """Reads a stage's input: up to `count` entries per partition, waiting up to `block_ms` for the first."""

    transport: StageTransport
    stage: Stage[Any]
    frames: FrameStore
    meter: Meter
    count: int
    block_ms: int

    def take_in(self, cursors: Mapping[int, str]) -> Intake:
        """What follows the cursors, with its pictures. Changes nothing; safe in a thread of its own."""
        with self.meter.part("bus"):
            batch = self.transport.read(self.stage.name, cursors, count=self.count, block_ms=self.block_ms)
        read_at_s = time.monotonic()
        holds_frames = LINKS[self.stage.name].reads == FRAMES
        slots: dict[int, Sequence[Slot]] = {}
        for partition, entries in batch.entries.items():
            with self.meter.part("codec"):
                opened = [_open(partition, entry, holds_frames) for entry in entries]
            with self.meter.part("bus"):
                slots[partition] = self._with_pictures(partition, opened)
        return Intake(dict(cursors), slots, batch.now_ms, read_at_s)

    def _with_pictures(self, partition: int, slots: Sequence[Slot]) -> Sequence[Slot]:
        """Give each frame that wants it its picture: from the entry itself, or fetched in one round trip."""
        wanted = [s for s in slots if isinstance(s.message, Frame) and self.stage.wants_picture(s.message)]
        missing = [s for s in wanted if s.entry.picture is None and s.message is not None]
        ids = [s.message.frame_id for s in missing if s.message is not None]
        bodies = dict(zip(ids, self.transport.fetch(partition, ids), strict=True)) if ids else {}

        def picture(slot: Slot) -> Picture | None:
            assert slot.message is not None
            body = slot.entry.picture or bodies.get(slot.message.frame_id)
            return None if body is None else self.frames.get(body)

        joined = {id(slot): picture(slot) for slot in wanted}
        return [Slot(s.partition, s.entry, s.message, joined.get(id(s)), s.error) for s in slots]


def _open(partition: int, entry: Entry, holds_frames: bool) -> Slot:
    try:
        message = _matching(entry, decode(entry.data))
    except ValueError as error:
        return Slot(partition, entry, None, None, error)
    if holds_frames:
        message = msgspec.structs.replace(message, frame_id=entry.id)
    return Slot(partition, entry, message, None)


def _matching(entry: Entry, message: AnyMessage) -> Message:
    header = entry.header
    if header is None or isinstance(message, Event):
        raise ForeignEntryError("the entry is not a message for a stage")
    if (header.camera, header.run, header.seq) != (message.camera, message.run, message.seq):
        raise ForeignEntryError("the header and the message name different places")
    return message
