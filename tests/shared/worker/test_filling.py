"""Batches that wait a little for the messages of other cameras, on every transport."""

import threading
from collections.abc import Callable, Sequence

import msgspec
import pytest

from shared.bus.transport import Entry
from shared.metrics import registry
from shared.worker.intake import Filling, Slot
from tests.conftest import Transport, TransportFactory
from tests.shared.worker.toys import Diary, drain, feed, frame, publish, remembered, worker

LONG_MS = 60_000  # a test that waits so long fails
CAMERAS = ("kitchen", "hall", "door", "bath", "attic", "cellar")


@pytest.fixture
def beside() -> Callable[[Callable[[], None]], threading.Thread]:
    """Runs something beside the test."""

    def start(work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work)
        thread.start()
        return thread

    return start


def begin(bus: Transport, cameras: Sequence[str], *, live: bool = False) -> None:
    """One frame of each camera."""
    for camera in cameras:
        source = bus.begin(camera)
        publish(bus, frame(camera, source.seq + 1, run=source.run, live=live))


def test_a_batch_waits_for_frames_of_other_cameras_and_no_longer_than_it_must(
    transport: Transport, beside: Callable[[Callable[[], None]], threading.Thread]
) -> None:
    begin(transport, CAMERAS[:1])
    stage = Diary()
    others = beside(lambda: begin(transport, CAMERAS[1:4]))
    worker(transport, stage, fill=4, fill_ms=LONG_MS).step()
    others.join()
    assert stage.batches == [4]


def test_a_batch_goes_as_it_is_when_the_wait_is_over(transport: Transport) -> None:
    begin(transport, CAMERAS[:2])
    stage = Diary()
    worker(transport, stage, fill=32, fill_ms=20).step()
    assert stage.batches == [2]


def test_by_default_nothing_waits(transport: Transport) -> None:
    begin(transport, CAMERAS[:1])
    stage = Diary()
    worker(transport, stage, fill_ms=LONG_MS).step()
    assert stage.batches == [1]


@pytest.mark.parametrize(("live", "waits"), [(True, False), (False, True)])
def test_a_live_frame_past_its_deadline_waits_for_nobody(
    transport: Transport, live: bool, waits: bool
) -> None:
    begin(transport, CAMERAS[:1], live=live)
    before = registry.get_sample_value("kinestream_fill_seconds_total", {"stage": "detector"}) or 0.0
    worker(transport, Diary(), fill=4, fill_ms=100, deadline_ms=1).step()
    waited = (registry.get_sample_value("kinestream_fill_seconds_total", {"stage": "detector"}) or 0) - before
    assert (waited >= 0.09) is waits


def test_partitions_that_gave_all_they_may_are_not_waited_for(make_transport: TransportFactory) -> None:
    bus = make_transport(1)

    class Only:
        def tick(self) -> frozenset[int]:
            return frozenset({0})

        def beat(self) -> None:
            pass

    feed(bus, "kitchen", 9)
    stage = Diary()
    one = worker(bus, stage, batch=2, fill=8, fill_ms=LONG_MS)
    one._ownership = Only()
    one.step()
    assert stage.batches == [1, 1]


@pytest.mark.parametrize("prefetch", [False, True])
def test_filled_batches_keep_every_cameras_order_and_lose_and_double_nothing(
    transport: Transport, prefetch: bool, beside: Callable[[Callable[[], None]], threading.Thread]
) -> None:
    counts = {camera: 7 + 3 * place for place, camera in enumerate(CAMERAS)}

    def publish_all() -> None:
        for camera, count in counts.items():
            feed(transport, camera, count)

    publishing = beside(publish_all)
    workers = [
        worker(transport, Diary(), batch=5, wait_ms=0, fill=16, fill_ms=3, prefetch=prefetch)
        for _ in range(2)
    ]
    drain(*workers)
    publishing.join()
    drain(*workers)
    for one in workers:
        one._close()
    for camera, count in counts.items():
        assert remembered(transport, camera) == list(range(count))


def test_the_frames_of_each_round_are_counted(transport: Transport) -> None:
    begin(transport, CAMERAS[:3])
    labels = {"stage": "tracker"}
    names = ("kinestream_batch_frames_sum", "kinestream_batch_frames_count")
    before = [registry.get_sample_value(name, labels) or 0.0 for name in names]
    for stage in ("detector", "pose", "segmentation", "tracker"):
        worker(transport, Diary(stage)).step()
    after = [registry.get_sample_value(name, labels) or 0.0 for name in names]
    assert [late - early for early, late in zip(before, after, strict=True)] == [3, 1]


def slot(age_ms: int, *, live: bool) -> Slot:
    """A frame that was stored at 10,000 - `age_ms`."""
    message = frame("kitchen", 0, live=live)
    entry = Entry(f"{10_000 - age_ms}-0", None, b"")
    stored = msgspec.structs.replace(message, frame_id=entry.id)
    return Slot(0, entry, stored, None)


@pytest.mark.parametrize(
    ("filling", "slots", "patience_s"),
    [
        (Filling(8, 50), [], 0.05),
        (Filling(8, 50), [slot(5_000, live=True)], 0.05),  # no deadline: nothing is late
        (Filling(8, 50, 1_000), [slot(100, live=True)], 0.05),
        (Filling(8, 50, 1_000), [slot(960, live=True), slot(0, live=True)], 0.02),  # half of what is left
        (Filling(8, 50, 1_000), [slot(1_001, live=True)], 0.0),
        (Filling(8, 50, 1_000), [slot(1_001, live=False)], 0.05),  # a replay is never late
    ],
)
def test_the_wait_is_bounded_by_the_frame_that_has_least_time_left(
    filling: Filling, slots: list[Slot], patience_s: float
) -> None:
    assert filling.patience_s(slots, 10_000) == pytest.approx(patience_s)
