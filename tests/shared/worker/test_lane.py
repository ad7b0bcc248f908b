"""What a worker remembers comes back from its checkpoint, and never from another version's."""

import logging

import msgspec
import pytest

from shared.bus.transport import Position
from shared.worker.lane import Lane, Memory
from shared.worker.stage import PassThrough
from tests.shared.worker.toys import Diary, Seen


class NewDiary(Diary):
    state_version = 2


def stored(stage: Diary, pts_us: list[int]) -> bytes:
    lane = Lane(0, Position(), stage)
    lane.memories["hall"] = Memory(3, Seen(pts_us))
    data = lane.checkpoints({"hall"})["hall"]
    assert data is not None
    return data


@pytest.mark.parametrize("stage", [Diary(), NewDiary()])
def test_a_version_reads_what_it_wrote(stage: Diary) -> None:
    lane = Lane(0, Position(states={"hall": stored(stage, [1, 2])}), stage)
    assert lane.memories == {"hall": Memory(3, Seen([1, 2]))}


@pytest.mark.parametrize(
    ("data", "stage"),
    [
        (stored(Diary(), [1]), NewDiary()),
        (stored(NewDiary(), [1]), Diary()),
        (msgspec.msgpack.encode([3, {"other": 1}, 1]), Diary()),
        (msgspec.msgpack.encode("no checkpoint"), Diary()),
        (b"\xc1", Diary()),
    ],
)
def test_what_another_version_wrote_is_left_and_said(
    data: bytes, stage: Diary, caplog: pytest.LogCaptureFixture
) -> None:
    states = {"hall": data, "yard": stored(stage, [7])}
    with caplog.at_level(logging.WARNING):
        lane = Lane(0, Position(states=states), stage)
    assert lane.memories == {"yard": Memory(3, Seen([7]))}
    assert "another version's memory of hall is left" in caplog.text


def test_a_checkpoint_without_a_version_is_of_the_first_one() -> None:
    data = msgspec.msgpack.encode([3, {"pts_us": [5]}])
    assert Lane(0, Position(states={"hall": data}), Diary()).memories["hall"].state == Seen([5])


def test_a_stand_in_does_not_look_at_what_the_stage_remembered(caplog: pytest.LogCaptureFixture) -> None:
    Lane(0, Position(states={"hall": stored(NewDiary(), [1])}), PassThrough("detector"))
    assert not caplog.records
