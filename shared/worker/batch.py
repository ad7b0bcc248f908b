"""From slots to commits: run a batch through the stage and gather what follows from it."""

import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from shared.bus.frames import PictureError
from shared.bus.topology import LAST, Link, is_final
from shared.bus.transport import Commit
from shared.messages import End, Event, Frame, Message, Trace
from shared.statistics import duration_key, frames_key, skipped_key
from shared.worker.intake import Slot, age_ms
from shared.worker.lane import Lane, Memory
from shared.worker.meter import Meter
from shared.worker.plan import Plan
from shared.worker.stage import Done, Owner, Stage, Work, passed_on

S = TypeVar("S")


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
        plans = {partition: Plan(self._link, taken) for partition, taken in slots.items()}
        queues: dict[tuple[int, str], deque[Slot]] = {}
        for plan in plans.values():
            for slot in plan.slots:
                if slot.message is None:
                    plan.bury(slot, f"{type(slot.error).__name__}: {slot.error}", "")
                elif (owner := self._stage.owner(slot.message)) is not None:
                    queues.setdefault((slot.partition, owner.name), deque()).append(slot)
        while queues:
            heads = [self._next_frame(queue, plans, lanes) for queue in queues.values()]
            self._round([slot for slot in heads if slot is not None], plans, lanes, now_ms)
            queues = {key: queue for key, queue in queues.items() if queue}
        with self._meter.part("codec"):
            return [plan.commit(lanes[partition], self._meter) for partition, plan in plans.items()]

    def bury(self, slot: Slot, lane: Lane[S], error: str, trace: str) -> Commit:
        """The commit that sends one message to the dead letters and a tombstone downstream."""
        plan = Plan(self._link, [slot])
        plan.bury(slot, error, trace)
        return plan.commit(lane, self._meter)

    def _next_frame(
        self, queue: deque[Slot], plans: Mapping[int, Plan], lanes: Mapping[int, Lane[S]]
    ) -> Slot | None:
        """Take the owner's messages up to and with its next frame; the others are dealt with here."""
        while queue:
            slot = queue.popleft()
            plan, memories = plans[slot.partition], lanes[slot.partition].memories
            message, owner = self._named(slot)
            plan.owners.add(owner.name)
            plan.count_through(message)
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
        self, message: Message, owner: Owner, plan: Plan, memories: dict[str, Memory[S]]
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
        plan.note(left.counts)
        return left.outputs

    def _onward(self, message: Message) -> tuple[Message, ...]:
        """Ends and tombstones travel to the last stage, which finishes them."""
        return () if is_final(self._link) else (message,)

    def _round(
        self,
        slots: Sequence[Slot],
        plans: Mapping[int, Plan],
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
        plans: Mapping[int, Plan],
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
        plan.note(result.counts)
        plan.outputs[slot.entry.id] += tuple(_traced(output, trace) for output in result.outputs)
        plan.count(frames_key(self._stage.name))
        plan.count(duration_key(self._stage.name, (trace.finished_us - trace.started_us) / 1000))

    def _account_pictures(self, works: Iterable[tuple[Slot, Work[S]]]) -> None:
        """Decoding a picture happens inside the stage, but it is codec time."""
        spent_ns = sum(work.picture.spent_ns for _, work in works if work.picture is not None)
        self._meter.add_ns("codec", spent_ns)
        self._meter.add_ns("compute", -spent_ns)


def error_lines(error: BaseException) -> tuple[str, str]:
    """An exception as one line and as a traceback."""
    return f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))


def _traced(output: Message, trace: Trace) -> Message:
    if isinstance(output, Frame | Event):
        return msgspec.structs.replace(output, trace=(*output.trace, trace))
    return output
