"""Messages between worker, nursery and players."""

import os
import socket
from collections.abc import Iterator

import pytest

from services.ingest.playing.channel import MAX_BYTES, Channel, ClosedError, Fork, Leave, Message, Task, Token


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    one, other = socket.socketpair()
    with one, other:
        yield Channel(one), Channel(other)


def task(size: int) -> Task:
    return Task({"name": "x" * size}, {}, {}, {}, {})


@pytest.mark.parametrize("sizes", [[], [10], [10, 300_000, 10], [900_000, 900_000]])
def test_messages_come_whole_and_in_order(ends: tuple[Channel, Channel], sizes: list[int]) -> None:
    one, other = ends
    sent = [task(size) for size in sizes]
    for message in sent:
        one.send(message)
    came: list[Message] = []
    while len(came) < len(sent):
        came += other.receive()
        one.flush()
    assert came == sent


def test_nobody_waits_for_who_does_not_read(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    one.send(task(900_000))
    for _ in range(10_000):
        one.offer(Token())
    came: list[Message] = []
    while not came:
        came += other.receive()
        one.flush()
    assert len(came) == 1
    one.offer(Token())
    assert other.receive() == [Token()]


def test_a_descriptor_comes_with_its_message(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    reading, writing = os.pipe()
    one.send_with(Fork(1), writing)
    os.close(writing)
    assert other.receive() == [Fork(1)]
    with os.fdopen(other.descriptors.popleft(), "wb") as pipe:
        pipe.write(b"here")
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"here"


def test_what_was_said_before_the_end_is_heard(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    one.send(Leave())
    one.close()
    assert other.receive() == [Leave()]
    with pytest.raises(ClosedError):
        other.receive()
    other.send(Token())  # to nobody: harmless


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ((MAX_BYTES + 1).to_bytes(4, "little"), "a message of 1000001 bytes"),
        (b"\x03\x00\x00\x00\xc1\xc1\xc1", "no message"),
        (b"\x01\x00\x00\x00\x01", "no message"),
    ],
)
def test_what_is_no_message_ends_the_talk(sent: bytes, complaint: str) -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(sent)
        with pytest.raises(ClosedError, match=complaint):
            Channel(other).receive()
