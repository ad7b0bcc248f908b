"""What a player does before it plays."""

import signal
import socket
from collections.abc import Iterator

import pytest

from services.ingest.playing.channel import Channel, Leave, Task, Token
from services.ingest.playing.player import EXIT_ORPHANED, play

TASK = Task({"name": "hall", "source": "nothing.mp4"}, {}, {}, {}, {})


@pytest.fixture(autouse=True)
def _signals_stay_as_they_are() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_task_that_was_taken_back_before_it_was_read_is_not_begun() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker = Channel(ours)
        for message in (Token(), TASK, Leave()):
            worker.send(message)
        assert play(theirs) == 0


def test_a_player_whose_worker_is_gone_begins_nothing() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        assert play(theirs) == EXIT_ORPHANED
