"""Entries on their way into a stage: read, waited for, unpacked, and joined with their pictures."""

import itertools
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from shared.bus.frames import FrameStore, Picture
from shared.bus.topology import FRAMES, LINKS
from shared.bus.transport import Entry, StageTransport
from shared.messages import AnyMessage, Event, Frame, Message, decode
from shared.worker.meter import Meter
from shared.worker.stage import Stage

_LOOKS = 8  # during a wait, ...
_LOOK_MS = (1.0, 10.0)  # ... but no more and no less often than this


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
    on; `waited_s` was spent on filling the batch after the first message had come.
    """

    cursors: Mapping[int, str]
    slots: Mapping[int, Sequence[Slot]]
    read_ms: int
    read_at_s: float
    waited_s: float = 0.0

    def server_now_ms(self) -> float:
        return self.read_ms + (time.monotonic() - self.read_at_s) * 1000


@dataclass(frozen=True)
class Filling:
    """How many entries of all partitions a batch should have, and how long to wait for them.

    `deadline_ms`: no live frame waits longer than half of what is left of this age, and none that is past it.
    """

    entries: int = 1
    wait_ms: int = 0
    deadline_ms: int | None = None

    @property
    def look_s(self) -> float:
        """So often it looks for more."""
        return min(max(self.wait_ms / _LOOKS, _LOOK_MS[0]), _LOOK_MS[1]) / 1000

    def patience_s(self, slots: Iterable[Slot], now_ms: float) -> float:
        """How long the batch may wait for others, as these entries see it."""
        ages = (age_ms(s.message, now_ms) for s in slots if isinstance(s.message, Frame) and s.message.live)
        deadline_ms = math.inf if self.deadline_ms is None else self.deadline_ms
        return (
            min(self.wait_ms, max(0.0, min(((deadline_ms - age) / 2 for age in ages), default=math.inf)))
            / 1000
        )


@dataclass(frozen=True)
class Reader:
    """Reads a stage's input: up to `count` entries per partition, waiting up to `block_ms` for the first."""

    transport: StageTransport
    stage: Stage[Any]
    frames: FrameStore
    meter: Meter
    count: int
    block_ms: int
    filling: Filling = Filling()

    def take_in(self, cursors: Mapping[int, str]) -> Intake:
        """What follows the cursors, with its pictures. Changes nothing; safe in a thread of its own."""
        intake = self._read(cursors, self.block_ms)
        if any(intake.slots.values()):
            intake = self._filled(intake)
        with self.meter.part("bus"):
            joined = {p: self._with_pictures(p, slots) for p, slots in intake.slots.items()}
        return replace(intake, slots=joined)

    def _read(self, cursors: Mapping[int, str], block_ms: int) -> Intake:
        with self.meter.part("bus"):
            batch = self.transport.read(self.stage.name, cursors, count=self.count, block_ms=block_ms)
        read_at_s = time.monotonic()
        holds_frames = LINKS[self.stage.name].reads == FRAMES
        with self.meter.part("codec"):
            slots = {p: [_open(p, entry, holds_frames) for entry in es] for p, es in batch.entries.items()}
        return Intake(dict(cursors), slots, batch.now_ms, read_at_s)

    def _filled(self, intake: Intake) -> Intake:
        """Wait for what follows in any partition until the batch is full, or one of it has waited enough.

        Each partition's entries stay all that follows its cursor, in order. It looks now and then instead of
        blocking: a server with nothing else to do ends a blocking read up to 100 ms late (`hz` 10; measured
        with Valkey 9: BLOCK 5 takes 101 ms), while a look costs 0.1 ms.
        """
        gathered = {partition: list(slots) for partition, slots in intake.slots.items()}
        latest, until_s = intake, math.inf
        while sum(map(len, gathered.values())) < self.filling.entries:
            fresh = itertools.chain(*latest.slots.values())
            until_s = min(until_s, latest.read_at_s + self.filling.patience_s(fresh, latest.server_now_ms()))
            left_s = until_s - time.monotonic()
            behind = self._behind(intake.cursors, gathered)
            if left_s <= 0 or not behind:
                break
            time.sleep(min(left_s, self.filling.look_s))
            latest = self._read(behind, 0)
            for partition, slots in latest.slots.items():
                held = gathered.setdefault(partition, [])
                held += slots[: self.count - len(held)]
        waited_s = latest.read_at_s - intake.read_at_s
        read_ms, read_at_s = latest.read_ms, latest.read_at_s
        return replace(intake, slots=gathered, read_ms=read_ms, read_at_s=read_at_s, waited_s=waited_s)

    def _behind(self, cursors: Mapping[int, str], gathered: Mapping[int, Sequence[Slot]]) -> dict[int, str]:
        """Where to go on reading: behind what was gathered, in the partitions that may give more."""
        places = {partition: slots[-1].entry.id for partition, slots in gathered.items() if slots}
        full = {partition for partition, slots in gathered.items() if len(slots) >= self.count}
        return {p: places.get(p, cursor) for p, cursor in cursors.items() if p not in full}

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


def age_ms(message: Frame, now_ms: float) -> float:
    """How long ago, by the server's clock, the frame's picture was stored."""
    return now_ms - int(message.frame_id.partition("-")[0] or 0)


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
