"""What stages may expect of a transport, of each kind."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.bus.keep import Keep
from shared.bus.transport import START, Commit, DeadLetter, Finished, Header, Outcome, Output, Position
from tests.conftest import Transport, TransportFactory
from tests.shared.bus.play import ROOMY, drain, feed, let_age, publication, read, step

LETTER = DeadLetter("detector", "1-1", Header("a", 1, 0, 5), "it broke", "line 1\nline 2", b"\x00payload")


@pytest.fixture
def one(make_transport: TransportFactory) -> Transport:
    """One partition."""
    return make_transport(1)


def first_commit(transport: Transport, **changes: Any) -> Commit:
    """The detector's step over three fresh messages of camera a."""
    feed(transport, "a", 3)
    entries = read(transport, "detector", 0, START)
    return replace(Commit("detector", 0, START, entries[-1].id, 3), **changes)


def test_a_new_stage_starts_at_the_beginning(one: Transport) -> None:
    assert one.load("pose", 0) == Position(START, 0, {}, 0)


def test_messages_come_in_the_order_they_were_published(one: Transport) -> None:
    feed(one, "a", 5)
    feed(one, "b", 5)
    entries = read(one, "detector", 0, START)
    assert [(e.header.camera, e.header.seq) for e in entries if e.header] == [
        *(("a", i) for i in range(5)),
        *(("b", i) for i in range(5)),
    ]
    assert [e.data for e in entries][:2] == [b"a 0", b"a 1"]


def test_the_frames_stream_carries_the_picture_and_later_streams_do_not(one: Transport) -> None:
    feed(one, "a", 1)
    step(one, "detector", 0)
    assert [e.picture for e in read(one, "detector", 0, START)] == [b"picture"]
    assert [e.picture for e in read(one, "pose", 0, START)] == [None]


def test_a_read_takes_up_to_count_entries_of_each_partition(transport: Transport) -> None:
    cameras = {transport.assign(name): name for name in map(str, range(20))}
    for camera in cameras.values():
        feed(transport, camera, 4)
    batch = transport.read("detector", {0: START, 1: START}, count=3, block_ms=0)
    assert {p: [e.header.camera for e in es if e.header] for p, es in batch.entries.items()} == {
        p: [camera] * 3 for p, camera in cameras.items()
    }


def test_a_read_tells_the_clock_of_the_server(one: Transport) -> None:
    before = one.now_ms()
    assert before <= one.read("detector", {0: START}, count=1, block_ms=0).now_ms <= one.now_ms()


def test_a_read_that_finds_nothing_waits_and_returns_nothing(one: Transport) -> None:
    started = time.monotonic()
    assert one.read("detector", {0: START}, count=1, block_ms=50).entries == {}
    assert 0.045 <= time.monotonic() - started < 5


def test_a_waiting_read_returns_with_the_first_message(one: Transport) -> None:
    found: list[bytes] = []
    reader = threading.Thread(
        target=lambda: found.extend(
            e.data for e in one.read("detector", {0: START}, count=5, block_ms=2000).entries.get(0, ())
        )
    )
    started = time.monotonic()
    reader.start()
    feed(one, "a", 1)
    reader.join()
    assert found == [b"a 0"]
    assert time.monotonic() - started < 1.5


def test_where_a_stage_stands_is_told_without_counting_an_owner(one: Transport) -> None:
    whole = first_commit(one)
    assert one.commit(whole) is Outcome.DONE
    assert one.cursors("detector", [0]) == {0: whole.cursor}
    assert one.cursors("pose", [0]) == {0: START}
    assert one.load("pose", 0).deaths == 0


def test_a_batch_with_a_gap_is_refused(one: Transport) -> None:
    """As read by who stood still while others trimmed, before the server went back to where it stood."""
    whole = first_commit(one)
    assert one.commit(replace(whole, entries_read=2)) is Outcome.ROLLED_BACK
    assert one.commit(replace(whole, entries_read=4)) is Outcome.ROLLED_BACK
    assert one.commit(whole) is Outcome.DONE


def test_a_commit_never_leads_back(one: Transport) -> None:
    whole = first_commit(one)
    assert one.commit(whole) is Outcome.DONE
    first = read(one, "detector", 0, START)[0].id
    for cursor in (first, whole.cursor):
        back = replace(whole, expected=whole.cursor, cursor=cursor, entries_read=4)
        assert one.commit(back) is Outcome.STALE


def test_a_commit_moves_everything_at_once(one: Transport) -> None:
    commit = first_commit(
        one,
        outputs=[Output(Header("a", 1, i, i), b"out %d" % i) for i in range(3)],
        states={"a": b"state\x00\xff"},
        dead=[LETTER],
        counts={"detector:frames": 3},
    )
    assert one.commit(commit) is Outcome.DONE
    assert one.load("detector", 0) == Position(commit.cursor, 3, {"a": b"state\x00\xff"}, deaths=1)
    assert [e.data for e in read(one, "pose", 0, START)] == [b"out 0", b"out 1", b"out 2"]
    assert [letter.letter for letter in one.letters()] == [LETTER]
    assert one.overview().counts == {"detector:frames": 3}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"expected": "1-1"}, Outcome.STALE),
        ({"cursor": "1-1"}, Outcome.ROLLED_BACK),
        ({"cursor": "99999999999999-0"}, Outcome.ROLLED_BACK),
    ],
)
def test_a_refused_commit_changes_nothing(one: Transport, changes: dict[str, str], outcome: Outcome) -> None:
    commit = first_commit(
        one,
        outputs=[Output(Header("a", 1, 0, 0), b"out")],
        states={"a": b"state"},
        dead=[LETTER],
        counts={"n": 1},
        finished=[Finished("a", 1, 0, "")],
        **changes,
    )
    assert one.commit(commit) is outcome
    assert one.load("detector", 0) == Position()
    assert read(one, "pose", 0, START) == []
    assert (one.letters(), one.overview().counts, one.source("a").finished_seq) == ([], {}, -1)


def test_a_step_is_taken_once(one: Transport) -> None:
    commit = first_commit(one, outputs=[Output(Header("a", 1, 0, 0), b"out")])
    assert [one.commit(commit) for _ in range(3)] == [Outcome.DONE, Outcome.STALE, Outcome.STALE]
    assert len(read(one, "pose", 0, START)) == 1


def test_checkpoints_are_kept_per_stage_replaced_and_forgotten(one: Transport) -> None:
    feed(one, "a", 3)
    step(one, "detector", 0, count=1, states={"a": b"1", "b": b"1"})
    step(one, "pose", 0, count=1, states={"a": b"of pose"})
    step(one, "detector", 0, count=1, states={"a": b"2", "b": None, "c": None})
    assert one.load("detector", 0).states == {"a": b"2"}
    assert one.load("pose", 0).states == {"a": b"of pose"}


def test_reading_is_behind_the_slowest_reader_only(one: Transport) -> None:
    feed(one, "a", 6)
    step(one, "detector", 0)
    step(one, "pose", 0, count=4)
    kept = read(one, "pose", 0, START)
    assert [e.header.seq for e in kept if e.header] == [3, 4, 5]  # what is unread, and the cursor's own
    assert [e.header.seq for e in read(one, "detector", 0, START) if e.header] == list(range(6))


@pytest.mark.parametrize(("frames_ms", "left"), [(3_600_000, 6), (0, 2)])
def test_frames_are_kept_until_they_are_finished_and_old(
    make_transport: TransportFactory, frames_ms: int, left: int
) -> None:
    one = make_transport(1, keep=Keep(frames_ms=frames_ms))
    feed(one, "a", 6)
    drain(one, 0, ("detector", "pose", "segmentation", "tracker"))
    assert len(read(one, "detector", 0, START)) == 6
    let_age(one)
    step(one, "actions", 0, count=4)
    assert [e.header.seq for e in read(one, "detector", 0, START) if e.header] == list(range(6 - left, 6))


def test_a_fetch_returns_bodies_in_order_and_none_for_what_is_gone(make_transport: TransportFactory) -> None:
    one = make_transport(1, keep=Keep(frames_ms=0))
    source = one.begin("a")
    for seq in range(4):
        one.publish(publication("a", source.run, seq, picture=b"\xff\xd8 %d" % seq), ROOMY)
    ids = [e.id for e in read(one, "detector", 0, START)]
    drain(one, 0, ("detector", "pose", "segmentation", "tracker"))
    let_age(one)
    step(one, "actions", 0, count=2)
    asked = [ids[3], ids[0], "nonsense", "", ids[2], ids[3], "1-1"]
    assert one.fetch(0, asked) == [b"\xff\xd8 3", None, None, None, b"\xff\xd8 2", b"\xff\xd8 3", None]
    assert one.fetch(0, []) == []


def test_events_are_not_trimmed_behind_anybody(one: Transport) -> None:
    feed(one, "a", 3)
    drain(one, 0)
    cursors = one.relay_cursors()
    assert [len(entries) for entries in one.read_events(cursors, count=10, block_ms=0).values()] == [3]


def test_a_letter_can_be_dropped_once(one: Transport) -> None:
    without_header = replace(LETTER, header=None, payload=b"")
    assert one.commit(first_commit(one, dead=[LETTER, without_header])) is Outcome.DONE
    letters = one.letters()
    assert [letter.letter for letter in letters] == [LETTER, without_header]
    assert one.drop_letter(0, letters[0].id)
    assert not one.drop_letter(0, letters[0].id)
    assert not one.drop_letter(0, "nonsense")
    assert [letter.letter for letter in one.letters()] == [without_header]
    assert one.overview().dead == 1


def test_owners_that_die_at_a_cursor_are_counted(one: Transport) -> None:
    feed(one, "a", 2)
    assert [one.load("detector", 0).deaths for _ in range(3)] == [0, 1, 2]
    step(one, "detector", 0, count=1)  # who took the step stands there now
    assert [one.load("detector", 0).deaths for _ in range(2)] == [1, 2]


def test_an_owner_that_releases_behind_its_step_is_no_death(one: Transport) -> None:
    feed(one, "a", 2)
    assert one.acquire("detector", 0, "w", 60_000)
    step(one, "detector", 0, count=1)
    one.release("detector", 0, "w")
    assert one.load("detector", 0).deaths == 0


def test_an_owner_that_releases_is_no_death(one: Transport) -> None:
    assert one.acquire("detector", 0, "w", 60_000)
    assert one.load("detector", 0).deaths == 0
    assert one.load("detector", 0).deaths == 1
    one.release("detector", 0, "w")
    one.release("detector", 0, "w")  # not ours any more: counts nothing
    assert one.load("detector", 0).deaths == 1


def test_lonely_tries_are_counted_per_entry_until_it_is_passed(one: Transport) -> None:
    feed(one, "a", 2)
    first, second = (e.id for e in read(one, "detector", 0, START))
    assert [one.tried("detector", 0, entry) for entry in (first, second, first)] == [0, 0, 1]
    assert one.tried("pose", 0, first) == 0
    step(one, "detector", 0, count=1)
    assert [one.tried("detector", 0, entry) for entry in (first, second)] == [0, 1]


@pytest.mark.parametrize("frame_id", ["", "nonsense", "1", "-", "1-99999999999999999999999"])
def test_a_strange_frame_id_trims_nothing(make_transport: TransportFactory, frame_id: str) -> None:
    one = make_transport(1, keep=Keep(frames_ms=0))
    assert one.commit(first_commit(one, finished=[Finished("a", 1, 2, frame_id)])) is Outcome.DONE
    assert one.source("a").finished_seq == 2
    assert len(read(one, "detector", 0, START)) == 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), state=st.binary(max_size=300), error=st.text(max_size=40))
def test_every_byte_survives(one: Transport, data: bytes, state: bytes, error: str) -> None:
    feed(one, "a", 1, picture=data)
    position = one.load("detector", 0)
    entry = read(one, "detector", 0, position.cursor)[-1]
    assert entry.header is not None
    letter = DeadLetter("detector", entry.id, entry.header, error, error, data)
    commit = Commit(
        "detector",
        0,
        position.cursor,
        entry.id,
        position.entries_read + 1,
        outputs=[Output(entry.header, data)],
        states={"a": state},
        dead=[letter],
    )
    assert one.commit(commit) is Outcome.DONE
    assert one.fetch(0, [entry.id]) == [data]
    assert one.load("detector", 0).states == {"a": state}
    assert one.letters()[-1].letter == letter
    assert read(one, "pose", 0, START)[-1].data == data
