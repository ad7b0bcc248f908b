"""Publishing: complete, single, in order, whatever happens to publishers, stages and the server."""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from services.ingest.playing.publisher import Job, Publisher
from services.ingest.reading.sources import open_source
from shared import messages
from shared.bus.frames import encode_jpeg
from shared.bus.topology import CHAIN, FRAMES, LAST, Link
from shared.bus.transport import (
    START,
    Budget,
    Commit,
    Finished,
    Output,
    Publication,
    Published,
    SourceTransport,
    TransportError,
)
from shared.settings import Camera
from shared.statistics import cpu_key
from tests.conftest import Transport, TransportFactory
from tests.services.ingest.clips import KINDS, damage, make
from tests.services.ingest.stored import Stored, on_the_bus

NAME = "room"
ROOMY = Budget(window=1000, retention_ms=600_000, retention_bytes=50_000_000)
NARROW = Budget(window=4, retention_ms=600_000, retention_bytes=50_000_000)
DEADLINE_S = 20.0


def expected(camera: Camera, end: str = "end of file") -> list[Stored]:
    reader = open_source(camera, None)
    whole = [
        Stored(1, seq, captured.pts_us, encode_jpeg(captured.image, camera.jpeg_quality))
        for seq, captured in enumerate(reader)
    ]
    reader.close()
    return [*whole, Stored(1, len(whole), whole[-1].pts_us, b"", end)]


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it does not happen"
        time.sleep(0.002)


@contextmanager
def publishing(
    camera: Camera, transport: SourceTransport, budget: Budget = ROOMY
) -> Iterator[threading.Thread]:
    """A publisher in a thread; leaving stops it as a worker would."""
    stop = threading.Event()
    thread = threading.Thread(target=Publisher(Job(camera, budget), transport, stop).run)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


class Stages:
    """Everything behind ingest; it passes on what it gets, when it is told to."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._partition = transport.assign(NAME)
        self._frame_ids: dict[int, str] = {}

    def finish(self) -> int:
        """Pass on all that waits; how many messages left the last stage."""
        return min(self._step(link) for link in CHAIN)

    def _step(self, link: Link) -> int:
        place = self._transport.load(link.stage, self._partition)
        batch = self._transport.read(link.stage, {self._partition: place.cursor}, count=1000, block_ms=1)
        entries = batch.entries.get(self._partition, ())
        if not entries:
            return 0
        headers = [entry.header for entry in entries if entry.header is not None]
        if link.reads == FRAMES:
            self._frame_ids |= {h.seq: e.id for h, e in zip(headers, entries, strict=True)}
        last = headers[-1]
        outputs = [Output(h, e.data) for h, e in zip(headers, entries, strict=True)]
        finished = [Finished(last.camera, last.run, last.seq, self._frame_ids[last.seq])]
        self._transport.commit(
            Commit(
                link.stage,
                self._partition,
                place.cursor,
                entries[-1].id,
                place.entries_read + len(entries),
                outputs=() if link is LAST else outputs,
                finished=finished if link is LAST else (),
            )
        )
        return len(entries)


@pytest.fixture
def film(tmp_path: Path) -> Camera:
    return Camera(name=NAME, source=str(make(tmp_path, KINDS[0], 24)))


def has_come_to(transport: Transport, seq: int) -> bool:
    return transport.source(NAME).seq >= seq


def publish_whole(camera: Camera, transport: Transport) -> None:
    Publisher(Job(camera, ROOMY), transport, threading.Event()).run()


def test_a_film_is_published_whole_with_its_end(film: Camera, transport: Transport) -> None:
    publish_whole(film, transport)
    assert on_the_bus(transport) == expected(film)


def test_a_film_says_what_its_reading_packing_and_publishing_cost(film: Camera, transport: Transport) -> None:
    before_us = time.process_time_ns() // 1000
    publish_whole(film, transport)
    spent_us = time.process_time_ns() // 1000 - before_us
    counts = transport.overview().counts
    parts = [counts[cpu_key("ingest", part)] for part in ("compute", "codec", "bus")]
    assert all(part > 0 for part in parts)
    assert sum(parts) <= spent_us


def test_a_frame_says_what_it_is(film: Camera, transport: Transport) -> None:
    before_us = time.time_ns() // 1000
    publish_whole(film.model_copy(update={"crop": (0, 0, 50, 40)}), transport)
    partition = transport.assign(NAME)
    entry = transport.read("detector", {partition: START}, count=1, block_ms=1).entries[partition][0]
    frame = messages.decode(entry.data)
    assert isinstance(frame, messages.Frame)
    assert (frame.width_px, frame.height_px, frame.live) == (50, 40, False)
    (trace,) = frame.trace
    assert trace.stage == "ingest"
    assert before_us <= frame.captured_us <= trace.started_us <= trace.finished_us <= time.time_ns() // 1000


def test_an_ended_film_stays_ended_until_somebody_begins_it_again(film: Camera, transport: Transport) -> None:
    publish_whole(film, transport)
    once = on_the_bus(transport)
    publish_whole(film, transport)
    assert on_the_bus(transport) == once
    transport.begin(NAME)
    publish_whole(film, transport)
    again = on_the_bus(transport)[len(once) :]
    assert [(s.run, s.seq) for s in again] == [(2, len(once) + index) for index in range(len(once))]
    assert [(s.pts_us, s.picture) for s in again] == [(s.pts_us, s.picture) for s in once]


def test_publishers_that_take_over_from_each_other_publish_each_picture_once(
    film: Camera, transport: Transport
) -> None:
    for stop_at in (3, 4, 11, 12, 20):
        with publishing(film, transport):
            until(partial(has_come_to, transport, stop_at))
    publish_whole(film, transport)
    assert on_the_bus(transport) == expected(film)


def test_two_publishers_of_one_camera_never_interleave(film: Camera, transport: Transport) -> None:
    transport.begin(NAME)
    with publishing(film, transport) as one, publishing(film, transport) as other:
        until(lambda: not one.is_alive() and not other.is_alive())
    assert on_the_bus(transport) == expected(film)


class Wire:
    """A bus whose replies are seen, and lost at the publications numbered in `lost`: stored, but not told."""

    def __init__(self, transport: Transport, lost: Collection[int] = ()) -> None:
        self.outcomes: list[Published] = []
        self.partitions = transport.partitions
        self.assign, self.begin = transport.assign, transport.begin
        self.source, self.dropped = transport.source, transport.dropped
        self.report = transport.report
        self._transport = transport
        self._lost = lost

    def publish(self, publication: Publication, budget: Budget) -> Published:
        self.outcomes.append(self._transport.publish(publication, budget))
        if len(self.outcomes) in self._lost:
            raise TransportError("the reply is lost")
        return self.outcomes[-1]


def test_lost_replies_neither_lose_nor_double_a_picture(film: Camera, transport: Transport) -> None:
    Publisher(Job(film, ROOMY), Wire(transport, lost=(1, 6, 7, 20, 25)), threading.Event()).run()
    assert on_the_bus(transport) == expected(film)


def test_a_film_waits_for_the_stages(film: Camera, transport: Transport) -> None:
    came, stages = 0, Stages(transport)
    with publishing(film, transport, NARROW) as thread:
        until(lambda: transport.source(NAME).seq == 3)
        assert transport.source(NAME).seq - transport.source(NAME).finished_seq == NARROW.window
        while thread.is_alive():
            came += stages.finish()
            source = transport.source(NAME)
            assert source.seq - source.finished_seq <= NARROW.window
    came += stages.finish()
    assert came == len(expected(film))
    assert transport.source(NAME).ended


def drops(transport: Transport) -> dict[str, int]:
    return {reason: count for (camera, reason), count in transport.overview().drops.items() if camera == NAME}


def test_a_live_source_drops_what_finds_no_room_and_says_its_end(film: Camera, transport: Transport) -> None:
    live = film.model_copy(update={"real_time": True})
    stages = Stages(transport)
    with publishing(live, transport, NARROW) as thread:
        until(lambda: drops(transport) == {"window": 20})
        while thread.is_alive():
            stages.finish()
    source = transport.source(NAME)
    assert (source.ended, source.seq) == (True, 4)
    assert [s.pts_us for s in on_the_bus(transport) if not s.end] in ([], [0, 40_000, 80_000, 120_000])


def test_real_time_takes_the_films_own_time(film: Camera, transport: Transport) -> None:
    started_s = time.monotonic()
    publish_whole(film.model_copy(update={"real_time": True, "max_frames": 11}), transport)
    assert time.monotonic() - started_s >= 0.4
    assert len(on_the_bus(transport)) == 12


@pytest.mark.parametrize(("speed", "least_s"), [(2.0, 0.2), (1000.0, 0.0)])
def test_at_another_speed_nothing_is_dropped(
    film: Camera, transport: Transport, speed: float, least_s: float
) -> None:
    """Though at the higher one every picture comes late."""
    started_s = time.monotonic()
    publish_whole(film.model_copy(update={"speed": speed, "max_frames": 11}), transport)
    assert time.monotonic() - started_s >= least_s
    assert (len(on_the_bus(transport)), drops(transport)) == (12, {})


def test_a_film_waits_for_memory(make_transport: TransportFactory) -> None:
    film = Camera(name=NAME, source="synth://empty?size=320x240&noise=40&fps=15&duration=4", jpeg_quality=100)
    transport = make_transport(spare_bytes=1_500_000)
    stages, bus = Stages(transport), Wire(transport)
    with publishing(film, bus) as thread:
        until(lambda: Published.MEMORY in bus.outcomes)
        while thread.is_alive():
            stages.finish()
    assert drops(transport) == {}
    source = transport.source(NAME)
    assert (source.run, source.seq, source.ended) == (1, 60, True)


def test_damaged_pictures_are_counted(tmp_path: Path, transport: Transport) -> None:
    path = make(tmp_path, KINDS[5], 10)
    damage(path, 4)
    damage(path, 9)
    publish_whole(Camera(name=NAME, source=str(path)), transport)
    assert drops(transport) == {"corrupt": 2}
    assert len(on_the_bus(transport)) == 9


def test_a_film_that_is_gone_ends_with_the_reason(tmp_path: Path, transport: Transport) -> None:
    publish_whole(Camera(name=NAME, source=str(tmp_path / "gone.mp4")), transport)
    (end,) = on_the_bus(transport)
    assert end.end == f"no such file: {tmp_path / 'gone.mp4'}"


def test_a_camera_that_is_away_is_tried_again_and_never_ended(transport: Transport) -> None:
    away = Camera(name=NAME, source="http://127.0.0.1:9/main")
    with publishing(away, transport) as thread:
        until(lambda: transport.source(NAME).run == 1)
        thread.join(0.5)
        assert thread.is_alive()
    assert not transport.source(NAME).ended
    assert on_the_bus(transport) == []
