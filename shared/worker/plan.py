"""What the commit of one partition will hold: gathered while its batch is processed, in the input's order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.bus.topology import FRAMES, LAST, LINKS, Link, is_final
from shared.bus.transport import Commit, DeadLetter, Finished, Header, Output
from shared.messages import Frame, Message, Tombstone, encode
from shared.statistics import camera_frames_key, camera_skipped_key, camera_tombstones_key, cpu_key, noted_key
from shared.worker.intake import Slot
from shared.worker.lane import Lane
from shared.worker.meter import Meter

MAX_COMMIT_BYTES = 1_000_000


class OversizeError(ValueError):
    """A batch whose output does not fit one commit: take fewer messages at a time."""


@dataclass
class Plan:
    """One partition's share of a batch, and what follows from it.

    Attributes:
        link: the stage's place in the chain.
        slots: the input, in order.
        outputs: messages by the input's entry id.
        dead: what could not be processed.
        owners: whose memories have changed.
        counts: by key of `shared.statistics`.
    """

    link: Link
    slots: Sequence[Slot]
    outputs: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)
    owners: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, key: str, number: int = 1) -> None:
        """Count so many more."""
        self.counts[key] = self.counts.get(key, 0) + number

    def note(self, counts: Mapping[str, int]) -> None:
        """What the stage itself has counted."""
        for what, number in counts.items():
            self.count(noted_key(self.link.stage, what), number)

    def count_through(self, message: Message) -> None:
        """Count, for its camera, what has come through the whole chain, and what became of it on the way."""
        if self.link is not LAST:
            return
        camera = message.camera
        if isinstance(message, Frame):
            self.count(camera_frames_key(camera))
            for stage in LINKS.keys() & message.skipped:
                self.count(camera_skipped_key(camera, stage))
        elif isinstance(message, Tombstone) and message.stage in LINKS:
            self.count(camera_tombstones_key(camera, message.stage))

    def bury(self, slot: Slot, error: str, trace: str) -> None:
        """A dead letter of a message, and a tombstone for the stages behind this one."""
        header, stage = slot.entry.header, self.link.stage
        self.dead.append(DeadLetter(stage, slot.entry.id, header, error, trace, slot.entry.data))
        self.count(f"{stage}:dead")
        if header is None:
            return
        if self.link is LAST:
            self.count(camera_tombstones_key(header.camera, stage))
        if is_final(self.link):
            return
        self.outputs[slot.entry.id] = (
            Tombstone(
                camera=header.camera,
                run=header.run,
                seq=header.seq,
                pts_us=header.pts_us,
                frame_id=_frame_id(slot, self.link),
                stage=stage,
                error=error,
            ),
        )

    def commit(self, lane: Lane[Any], meter: Meter) -> Commit:
        """From where the lane stands to behind the last slot, with the time that `meter` has measured.

        Raises:
            OversizeError: take fewer slots at a time.
            ValueError: an owner's memory is larger than a checkpoint may be.
        """
        messages = (message for slot in self.slots for message in self.outputs.get(slot.entry.id, ()))
        outputs = [_packed(message) for message in messages]
        if len(self.slots) > 1 and sum(len(output.data) for output in outputs) > MAX_COMMIT_BYTES:
            raise OversizeError(f"{len(self.slots)} messages exceed {MAX_COMMIT_BYTES} bytes")
        for part, spent_us in meter.take_us().items():
            self.count(cpu_key(self.link.stage, part), spent_us)
        return Commit(
            stage=self.link.stage,
            partition=lane.partition,
            expected=lane.cursor,
            cursor=self.slots[-1].entry.id,
            entries_read=lane.entries_read + len(self.slots),
            outputs=outputs,
            states=lane.checkpoints(self.owners),
            dead=self.dead,
            finished=_finished(self.slots) if self.link is LAST else (),
            counts=self.counts,
        )


def _frame_id(slot: Slot, link: Link) -> str:
    if slot.message is not None:
        return slot.message.frame_id
    return slot.entry.id if link.reads == FRAMES else ""


def _packed(message: Message) -> Output:
    header = Header(message.camera, message.run, message.seq, message.pts_us)
    return Output(header, encode(message))


def _finished(slots: Iterable[Slot]) -> list[Finished]:
    """How far each camera has come: by the header, which even a broken message has."""
    last: dict[str, Finished] = {}
    frame_id = ""
    for slot in slots:
        if slot.message is not None and slot.message.frame_id:
            frame_id = slot.message.frame_id
        header = slot.entry.header
        if header is not None:
            last[header.camera] = Finished(header.camera, header.run, header.seq, frame_id)
    return list(last.values())
