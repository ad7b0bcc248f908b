"""What a worker does with good messages, bad messages and a server that is not there."""

from collections.abc import Callable, Sequence

import pytest

from shared.bus.frames import PictureError
from shared.bus.memory import MemoryTransport
from shared.bus.topology import partition_of
from shared.messages import End, Frame, Tombstone, decode
from shared.metrics import StageMetrics
from shared.worker.dead_letters import TooManyDeadLettersError
from shared.worker.loop import DEATHS_TO_CAUTION, TRIES_TO_BURY, Options, Worker
from shared.worker.stage import Done, PassThrough, Work, passed_on
from tests.shared.worker.toys import (
    PARTITIONS,
    Diary,
    Everything,
    Seen,
    drain,
    feed,
    frame,
    publish,
    remembered,
    worker,
    written,
)


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bus(clock: Clock) -> MemoryTransport:
    return MemoryTransport(PARTITIONS, clock)


def test_every_frame_is_processed_once_in_order_with_the_memory_of_those_before(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 9)
    feed(bus, "hall", 7)
    drain(worker(bus, Diary()))
    assert remembered(bus, "kitchen") == list(range(9))
    assert remembered(bus, "hall") == list(range(7))


def test_a_batch_holds_at_most_one_frame_of_each_camera(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 4)
    feed(bus, "hall", 4)
    stage = Diary()
    drain(worker(bus, stage))
    assert max(stage.batches) == 2


def test_prefetching_changes_nothing_but_the_waiting(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 40)
    drain(worker(bus, Diary(), prefetch=True))
    assert remembered(bus, "kitchen") == list(range(40))


def test_a_successor_goes_on_from_the_checkpoint(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 9)
    first = worker(bus, Diary(), batch=2)
    first.step()
    drain(worker(bus, Diary()))
    assert remembered(bus, "kitchen") == list(range(9))


def test_two_workers_that_fight_neither_lose_nor_double(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 20)
    drain(worker(bus, Diary(), batch=3), worker(bus, Diary(), batch=2))
    assert remembered(bus, "kitchen") == list(range(20))


def test_the_end_of_a_run_travels_on_and_the_camera_is_forgotten(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 3)
    feed(bus, "kitchen", 3)
    drain(worker(bus, Diary()))
    assert remembered(bus, "kitchen") == [0, 1, 2, 0, 1, 2]
    assert [m.run for m in written(bus, "kitchen") if isinstance(m, End)] == [1, 2]
    assert bus.load("detector", partition_of("kitchen", PARTITIONS)).states == {}


def test_a_new_run_without_an_end_starts_afresh(bus: MemoryTransport) -> None:
    for run in (1, 2):
        source = bus.begin("kitchen")
        publish(bus, frame("kitchen", source.seq + 1, run=run))
    drain(worker(bus, Diary()))
    assert remembered(bus, "kitchen") == [0, 0]


def fail_on(seq: int) -> Callable[[Frame], None]:
    def hook(message: Frame) -> None:
        if message.seq == seq:
            raise ZeroDivisionError("no such thing")

    return hook


def test_one_poison_message_costs_one_dead_letter(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 9)
    drain(worker(bus, Diary(hook=fail_on(5))))
    assert remembered(bus, "kitchen") == list(range(8))
    [letter] = bus.letters()
    assert letter.letter.error == "ZeroDivisionError: no such thing"
    assert "in hook" in letter.letter.traceback
    assert decode(letter.letter.payload) == frame("kitchen", 5)


def test_a_tombstone_stands_where_the_poison_was(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 9)
    drain(worker(bus, Diary(hook=fail_on(5))))
    assert [m.seq for m in written(bus, "kitchen")] == list(range(10))
    [stone] = [m for m in written(bus, "kitchen") if isinstance(m, Tombstone)]
    assert (stone.seq, stone.stage, stone.frame_id != "") == (5, "detector", True)


def test_who_fails_after_others_moved_on_buries_nothing(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 9)

    def overtaken(message: Frame) -> None:
        drain(worker(bus, Diary()))
        raise PictureError("its picture is gone, as the others are through with it")

    worker(bus, Diary(hook=overtaken)).step()
    assert bus.letters() == []
    assert remembered(bus, "kitchen") == list(range(9))


@pytest.mark.parametrize("junk", [b"", b"\xc1", b"\x80", b"\x93\x01\x02\x03"])
def test_bytes_that_are_no_message_leave_a_tombstone(bus: MemoryTransport, junk: bytes) -> None:
    source = bus.begin("kitchen")
    publish(bus, frame("kitchen", 0, run=source.run), data=junk)
    publish(bus, frame("kitchen", 1, run=source.run))
    drain(worker(bus, Diary()))
    assert [type(m) for m in written(bus, "kitchen")] == [Tombstone, Frame]
    assert bus.letters()[0].letter.payload == junk


def test_a_worker_that_fails_on_everything_stops_instead_of_diverting_it(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 30)

    def broken(message: Frame) -> None:
        raise RuntimeError("bad deploy")

    with pytest.raises(TooManyDeadLettersError, match=r"more than 3 messages in a row failed.*bad deploy"):
        drain(worker(bus, Diary(hook=broken), dead_in_a_row=3))
    assert len(bus.letters()) == 3


class ProcessKilledError(BaseException):
    """As good as SIGKILL: nobody catches it, nothing is given back."""


def test_a_message_that_kills_the_process_is_buried_after_some_deaths(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 9)

    def killer(message: Frame) -> None:
        if message.seq == 5:
            raise ProcessKilledError

    deaths = 0
    for _ in range(20):
        try:
            drain(worker(bus, Diary(hook=killer)))
            break
        except ProcessKilledError:
            deaths += 1
    assert deaths <= DEATHS_TO_CAUTION + TRIES_TO_BURY
    assert remembered(bus, "kitchen") == list(range(8))
    [letter] = bus.letters()
    assert f"ended {TRIES_TO_BURY} times" in letter.letter.error


def test_a_live_frame_past_its_deadline_is_passed_on_untouched(bus: MemoryTransport, clock: Clock) -> None:
    feed(bus, "door", 3, live=True)
    clock.now_ms += 5_000
    drain(worker(bus, Diary(), deadline_ms=1_000))
    frames = [m for m in written(bus, "door") if isinstance(m, Frame)]
    assert [m.skipped for m in frames] == [("detector",)] * 3
    assert [m.persons for m in frames] == [()] * 3


def test_a_replay_is_never_skipped(bus: MemoryTransport, clock: Clock) -> None:
    feed(bus, "kitchen", 3)
    clock.now_ms += 5_000
    drain(worker(bus, Diary(), deadline_ms=1_000))
    assert remembered(bus, "kitchen") == [0, 1, 2]


def test_a_stand_in_passes_live_frames_and_waits_at_a_replay(bus: MemoryTransport) -> None:
    source = bus.begin("door")
    for seq, live in enumerate((True, True, False, True)):
        publish(bus, frame("door", seq, run=source.run, live=live))
    options = Options(batch=8, wait_ms=1, only_live=True, prefetch=False)
    stand_in = Worker(PassThrough("detector"), bus, Everything(), options, StageMetrics("detector"))
    for _ in range(5):
        stand_in.step()
    assert [m.seq for m in written(bus, "door")] == [0, 1]
    drain(worker(bus, Diary()))
    frames = [m for m in written(bus, "door") if isinstance(m, Frame)]
    assert [m.skipped for m in frames] == [("detector",), ("detector",), (), ()]
    assert [m.persons[0].score for m in frames[2:]] == [0, 1]


def test_a_stage_that_passes_a_frame_on_by_itself_keeps_its_memory(bus: MemoryTransport) -> None:
    class Glancing(Diary):
        def process(self, works: Sequence[Work[Seen]]) -> list[Done[Seen]]:
            done = super().process(works)
            untouched = [(passed_on(work.message, self.name),) for work in works]
            return [
                Done(outputs if work.message.seq == 1 else each.outputs, each.state)
                for work, each, outputs in zip(works, done, untouched, strict=True)
            ]

    feed(bus, "door", 3, live=True)
    drain(worker(bus, Glancing()))
    frames = [m for m in written(bus, "door") if isinstance(m, Frame)]
    assert [m.skipped for m in frames] == [(), ("detector",), ()]
    assert [m.persons[0].score for m in frames if m.persons] == [0, 2]
    counts = bus.overview().counts
    assert (counts["detector:frames"], counts["detector:skipped"]) == (2, 1)


def test_the_last_stage_counts_for_each_camera_what_came_through_and_what_did_not(
    bus: MemoryTransport, clock: Clock
) -> None:
    feed(bus, "kitchen", 9)
    feed(bus, "door", 4, live=True)
    clock.now_ms += 5_000
    late = worker(bus, Diary(), deadline_ms=1_000)
    poisoned = worker(bus, Diary("pose", hook=fail_on(5)))
    last = worker(bus, Diary("actions", hook=fail_on(7)))
    drain(late, poisoned, worker(bus, Diary("segmentation")), worker(bus, Diary("tracker")), last)
    counts = {key: count for key, count in bus.overview().counts.items() if key.startswith("camera:")}
    assert counts == {
        "camera:kitchen:frames": 7,
        "camera:kitchen:tombstones:pose": 1,
        "camera:kitchen:tombstones:actions": 1,
        "camera:door:frames": 4,
        "camera:door:skipped:detector": 4,
    }


def test_the_last_stage_finishes_what_came_through(bus: MemoryTransport) -> None:
    feed(bus, "kitchen", 3)
    drain(*(worker(bus, Diary(name)) for name in ("detector", "pose", "segmentation", "tracker", "actions")))
    source = bus.source("kitchen")
    assert source.ended
    assert source.finished_seq == source.seq == 3
