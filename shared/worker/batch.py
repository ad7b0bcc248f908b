"""From slots to commits: run a batch through the stage and gather what follows from it."""

import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from shared.bus.frames import PictureError
from shared.bus.topology import FRAMES, LAST, LINKS, Link, is_final
from shared.bus.transport import Commit, DeadLetter, Finished, Header, Output
from shared.messages import End, Event, Frame, Message, Tombstone, Trace, encode
from shared.statistics import (
    camera_frames_key,
    camera_skipped_key,
    camera_tombstones_key,
    cpu_key,
    duration_key,
    frames_key,
    noted_key,
    skipped_key,
)
from shared.worker.intake import Slot, age_ms
from shared.worker.lane import Lane, Memory
from shared.worker.meter import Meter
from shared.worker.stage import Done, Owner, Stage, Work, passed_on

S = TypeVar("S")

MAX_COMMIT_BYTES = 1_000_000


class OversizeError(ValueError):
    """A batch whose output does not fit one commit: take fewer messages at a time."""


@dataclass
class _Plan:
    """What one partition's commit will hold, in the order of its input."""

    slots: Sequence[Slot]
    outputs: dict[str, tuple[Message, ...]] = field(default_factory=dict)  # by input entry id
    dead: list[DeadLetter] = field(default_factory=list)
    owners: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, key: str, number: int = 1) -> None:
        self.counts[key] = self.counts.get(key, 0) + number

    def note(self, stage: str, counts: Mapping[str, int]) -> None:
        """What the stage itself has counted."""
        for what, number in counts.items():
            self.count(noted_key(stage, what), number)


class Processor(Generic[S]):
    """Runs a stage over slots of several partitions, one frame of each owner of a memory at a time.

    It changes the lanes' memories but not their positions: that is for whoever commits.
    """

    def __init__(
        self,
        stage: Stage[S],
        link: Link,
        meter: Meter,
        *,
        deadline_ms: int | None = None,
        on_round: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`deadline_ms`: live frames older than this are passed on untouched; None: never. `on_round` is told
        how many frames the stage gets at once.
        """
        self._stage = stage
        self._link = link
        self._meter = meter
        self._deadline_ms = deadline_ms
        self._on_round = on_round

    def run(
        self, slots: Mapping[int, Sequence[Slot]], lanes: Mapping[int, Lane[S]], now_ms: Callable[[], float]
    ) -> list[Commit]:
        """One commit for each partition of `slots`.

        Raises:
            OversizeError: take the slots one at a time.
            Exception: whatever the stage raised; the memories of the lanes are spoilt then.
        """
        plans = {partition: _Plan(taken) for partition, taken in slots.items()}
        queues: dict[tuple[int, str], deque[Slot]] = {}
        for plan in plans.values():
            for slot in plan.slots:
                if slot.message is None:
                    self._bury_unread(plan, slot)
                elif (owner := self._stage.owner(slot.message)) is not None:
                    queues.setdefault((slot.partition, owner.name), deque()).append(slot)
        while queues:
            heads = [self._next_frame(queue, plans, lanes) for queue in queues.values()]
            self._round([slot for slot in heads if slot is not None], plans, lanes, now_ms)
            queues = {key: queue for key, queue in queues.items() if queue}
        with self._meter.part("codec"):
            return [self._commit(plan, lanes[partition]) for partition, plan in plans.items()]

    def bury(self, slot: Slot, lane: Lane[S], error: str, trace: str) -> Commit:
        """The commit that sends one message to the dead letters and a tombstone downstream."""
        plan = _Plan([slot])
        _bury(plan, slot, self._link, error, trace)
        return self._commit(plan, lane)

    def _bury_unread(self, plan: _Plan, slot: Slot) -> None:
        _bury(plan, slot, self._link, f"{type(slot.error).__name__}: {slot.error}", "")

    def _next_frame(
        self, queue: deque[Slot], plans: Mapping[int, _Plan], lanes: Mapping[int, Lane[S]]
    ) -> Slot | None:
        """Take the owner's messages up to and with its next frame; the others are dealt with here."""
        while queue:
            slot = queue.popleft()
            plan, memories = plans[slot.partition], lanes[slot.partition].memories
            message, owner = self._named(slot)
            plan.owners.add(owner.name)
            if self._link is LAST:
                _count_through(plan, message)
            farewell = self._farewell(message, owner, plan, memories)
            if isinstance(message, Frame):
                plan.outputs[slot.entry.id] = farewell
                return slot
            plan.outputs[slot.entry.id] = (*farewell, *self._onward(message))
        return None

    def _named(self, slot: Slot) -> tuple[Message, Owner]:
        assert slot.message is not None
        owner = self._stage.owner(slot.message)
        assert owner is not None  # the others are not queued
        return slot.message, owner

    def _farewell(
        self, message: Message, owner: Owner, plan: _Plan, memories: dict[str, Memory[S]]
    ) -> tuple[Message, ...]:
        """Flush a camera whose run is over, by its end or because a new one has begun, and forget it."""
        memory = memories.get(owner.name)
        if memory is None or not (isinstance(message, End) or memory.run != owner.run):
            return ()
        left = self._stage.leave(memory.state, message)
        if left.state is None:
            del memories[owner.name]
        else:
            memories[owner.name] = Memory(owner.run, left.state)
        plan.note(self._stage.name, left.counts)
        return left.outputs

    def _onward(self, message: Message) -> tuple[Message, ...]:
        """Ends and tombstones travel to the last stage, which finishes them."""
        return () if is_final(self._link) else (message,)

    def _round(
        self,
        slots: Sequence[Slot],
        plans: Mapping[int, _Plan],
        lanes: Mapping[int, Lane[S]],
        now_ms: Callable[[], float],
    ) -> None:
        works: list[tuple[Slot, Work[S]]] = []
        for slot in slots:
            message = slot.message
            assert isinstance(message, Frame)
            if self._late(message, now_ms()):
                plan = plans[slot.partition]
                plan.outputs[slot.entry.id] += (passed_on(message, self._stage.name),)
                plan.count(skipped_key(self._stage.name))
            else:
                works.append((slot, self._work(slot, message, lanes[slot.partition].memories)))
        if not works:
            return
        self._on_round(len(works))
        started_us = time.time_ns() // 1000
        with self._meter.part("compute"):
            done = self._stage.process([work for _, work in works])
        finished_us = time.time_ns() // 1000
        trace = Trace(self._stage.name, started_us, finished_us)
        for (slot, work), result in zip(works, done, strict=True):
            self._keep(slot, result, trace, plans, lanes)
            if self._link is LAST:
                plans[slot.partition].count(duration_key("latency", age_ms(work.message, now_ms())))
        self._account_pictures(works)

    def _work(self, slot: Slot, message: Frame, memories: Mapping[str, Memory[S]]) -> Work[S]:
        if slot.picture is None and self._stage.wants_picture(message):
            raise PictureError(f"the picture of frame {message.frame_id} is no longer kept")
        owner = self._stage.owner(message)
        memory = None if owner is None else memories.get(owner.name)
        return Work(message, self._stage.fresh() if memory is None else memory.state, slot.picture)

    def _late(self, message: Frame, now_ms: float) -> bool:
        if self._deadline_ms is None or not message.live:
            return False
        return age_ms(message, now_ms) > self._deadline_ms

    def _keep(
        self,
        slot: Slot,
        result: Done[S],
        trace: Trace,
        plans: Mapping[int, _Plan],
        lanes: Mapping[int, Lane[S]],
    ) -> None:
        plan, (_, owner) = plans[slot.partition], self._named(slot)
        memories = lanes[slot.partition].memories
        if any(isinstance(output, Frame) and self._stage.name in output.skipped for output in result.outputs):
            # Nobody worked on it; and what a stand-in remembers is no memory of the real stage.
            if self._stage.state_type is msgspec.Raw:
                memories.pop(owner.name, None)
            else:
                memories[owner.name] = Memory(owner.run, result.state)
            plan.outputs[slot.entry.id] += result.outputs
            plan.count(skipped_key(self._stage.name))
            return
        memories[owner.name] = Memory(owner.run, result.state)
        plan.note(self._stage.name, result.counts)
        plan.outputs[slot.entry.id] += tuple(_traced(output, trace) for output in result.outputs)
        plan.count(frames_key(self._stage.name))
        plan.count(duration_key(self._stage.name, (trace.finished_us - trace.started_us) / 1000))

    def _account_pictures(self, works: Iterable[tuple[Slot, Work[S]]]) -> None:
        """Decoding a picture happens inside the stage, but it is codec time."""
        spent_ns = sum(work.picture.spent_ns for _, work in works if work.picture is not None)
        self._meter.add_ns("codec", spent_ns)
        self._meter.add_ns("compute", -spent_ns)

    def _commit(self, plan: _Plan, lane: Lane[S]) -> Commit:
        outputs = [_packed(message) for slot in plan.slots for message in plan.outputs.get(slot.entry.id, ())]
        if len(plan.slots) > 1 and sum(len(output.data) for output in outputs) > MAX_COMMIT_BYTES:
            raise OversizeError(f"{len(plan.slots)} messages exceed {MAX_COMMIT_BYTES} bytes")
        for part, spent_us in self._meter.take_us().items():
            plan.count(cpu_key(self._stage.name, part), spent_us)
        return Commit(
            stage=self._stage.name,
            partition=lane.partition,
            expected=lane.cursor,
            cursor=plan.slots[-1].entry.id,
            entries_read=lane.entries_read + len(plan.slots),
            outputs=outputs,
            states=lane.checkpoints(plan.owners),
            dead=plan.dead,
            finished=_finished(plan.slots) if self._link is LAST else (),
            counts=plan.counts,
        )


def _count_through(plan: _Plan, message: Message) -> None:
    """Count, for its camera, what has come through the chain, and what became of it on the way."""
    camera = message.camera
    if isinstance(message, Frame):
        plan.count(camera_frames_key(camera))
        for stage in LINKS.keys() & message.skipped:
            plan.count(camera_skipped_key(camera, stage))
    elif isinstance(message, Tombstone) and message.stage in LINKS:
        plan.count(camera_tombstones_key(camera, message.stage))


def _bury(plan: _Plan, slot: Slot, link: Link, error: str, trace: str) -> None:
    header = slot.entry.header
    plan.dead.append(DeadLetter(link.stage, slot.entry.id, header, error, trace, slot.entry.data))
    plan.count(f"{link.stage}:dead")
    if header is None:
        return
    if link is LAST:
        plan.count(camera_tombstones_key(header.camera, link.stage))
    if is_final(link):
        return
    plan.outputs[slot.entry.id] = (
        Tombstone(
            camera=header.camera,
            run=header.run,
            seq=header.seq,
            pts_us=header.pts_us,
            frame_id=_frame_id(slot, link),
            stage=link.stage,
            error=error,
        ),
    )


def _frame_id(slot: Slot, link: Link) -> str:
    if slot.message is not None:
        return slot.message.frame_id
    return slot.entry.id if link.reads == FRAMES else ""


def error_lines(error: BaseException) -> tuple[str, str]:
    """An exception as one line and as a traceback."""
    return f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))


def _traced(output: Message, trace: Trace) -> Message:
    if isinstance(output, Frame | Event):
        return msgspec.structs.replace(output, trace=(*output.trace, trace))
    return output


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
