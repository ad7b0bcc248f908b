import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.bench.command import CommandError
from tests.bench.tracking import report
from tests.bench.tracking.contest import Child, Entrant, compete, objective, ours, peers
from tests.bench.tracking.grids import GRIDS, combinations
from tests.bench.tracking.ours import BUILDS
from tests.bench.tracking.sequences import DANCES, FAMILIES, JUDGED, TUNING, Clip, crowds, dances

ENTRANTS = (
    Entrant("ours sort", "ours sort", {}),
    Entrant("ours crowd", "ours crowd", {"shown_s": 0.2}),
)


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return list(itertools.islice(crowds(TUNING[:1], part=0.1), 2))


@pytest.fixture
def home() -> Iterator[Child]:
    with ours() as child:
        yield child


def test_a_clip_gives_the_same_results_every_time(home: Child, clips: list[Clip]) -> None:
    first, again = (home.run(ENTRANTS[1], clips[1]) for _ in range(2))
    assert first.said.boxes.tobytes() == again.said.boxes.tobytes()
    assert np.array_equal(first.said.ids, again.said.ids)
    assert first.step_ns.size == clips[1].pts_us.size
    assert first.step_ns.min() > 0


def test_a_contest_without_peers_fills_every_table(clips: list[Clip]) -> None:
    records = compete(ENTRANTS, clips, rounds=2, python=None)
    for record in records:
        assert 0.4 < objective(record.measured) <= 1
        assert [len(rounds) for rounds in record.rounds_ns.values()] == [2, 2]
    for table in (report.accuracy, report.families, report.speeds):
        lines = list(table(records))
        assert len(lines) == 2 + len(ENTRANTS)
        assert len({line.count("|") for line in lines}) == 1
    assert not list(report.advantages(records))
    walk = report.as_json(records)[0]["families"]["walk 5"]
    assert 0 < walk["hota"] <= 1
    assert walk["updates_per_s"] > 0


def test_a_child_that_fails_says_on_what(home: Child, clips: list[Clip]) -> None:
    with pytest.raises(CommandError, match=r"nobody on walk-5-101: KeyError: 'nobody'"):
        home.run(Entrant("nobody", "nobody", {}), clips[0])


def test_an_environment_that_lacks_something_is_reported(clips: list[Clip], tmp_path: Path) -> None:
    with (
        Child(sys.executable, "tests.bench.tracking.absent") as child,
        pytest.raises(CommandError, match=r"No module named tests\.bench\.tracking\.absent"),
    ):
        child.run(ENTRANTS[0], clips[0])
    with pytest.raises(CommandError, match="make bench-tracking"):
        peers(tmp_path / "python")


def test_no_clip_is_both_tuned_on_and_judged_by() -> None:
    assert not set(TUNING) & set(JUDGED)
    assert len(TUNING) == len(JUDGED)


def test_every_family_gives_a_clip_with_detections() -> None:
    made = [*crowds(JUDGED[:1], part=0.02), *dances(JUDGED[:1], part=0.02)]
    assert [clip.family for clip in made] == [*FAMILIES, *DANCES]
    assert all(clip.scores.size and clip.truth.ids.size for clip in made)


def test_a_pass_over_a_grid_tries_few_settings() -> None:
    assert all(4 <= combinations(grid) <= 14 for grid in GRIDS.values())
    assert not set(GRIDS) & set(BUILDS)
