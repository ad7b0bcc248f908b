"""The rows, the table and what is kept, over made-up recordings."""

from functools import partial
from pathlib import Path

import msgspec
import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.events.labels import read_labels
from services.evaluate.events.recording import path_of, read_header
from services.evaluate.events.replaying import Recorded, Rulebook, find_recordings
from shared.messages import Frame
from shared.settings import Settings
from tests.bench.changes.__main__ import chosen, scored, table, wrong_falls
from tests.bench.changes.cuts import take_of
from tests.bench.changes.rows import ROWS, Changed, Row
from tests.bench.changes.views import VIEWS, Source
from tests.bench.stages import Film, kept
from tests.services.evaluate.events.made import FALLS, film_of, made_data_set
from tests.services.figures import STANDING, Figure


def recordings(folder: Path) -> tuple[Recorded, ...]:
    labels, tracks = made_data_set(folder)
    return tuple(find_recordings(read_labels(labels), tracks, labels.parent, Settings()))


def nobody(_film: Film, _rng: object) -> Film:
    return ()


def test_every_row_has_a_name_of_its_own() -> None:
    assert len({each.name for each in (*ROWS, *VIEWS)}) == len(ROWS) + len(VIEWS)


def test_random_rows_change_each_clip_in_the_same_way_each_time(tmp_path: Path) -> None:
    takes = [take_of(each) for each in recordings(tmp_path)]
    (row,) = chosen(ROWS, ["60 % of the poses lost"])
    once, again = list(row.takes(takes)), list(row.takes(takes))
    assert once == again
    gone = [[not frame.persons for frame in take.film] for take in once]
    assert gone[0] != gone[1], "each clip has its own chance"


@pytest.mark.parametrize(
    ("row", "cells", "wrong"),
    [
        (ROWS[0], "| 1 of 1 (.21-1.00) | 0 | 0.0 (0-1253) | 0.90 s | 0.90 s | 1/1 |", 0),
        (Row("blind", (nobody,)), "| 0 of 1 (.00-.79) | 0 | 0.0 (0-1253) | - | - | 0/1 |", 1),
    ],
    ids=["as recorded", "blind"],
)
def test_a_row_over_two_clips_counts_what_is_labelled_in_them(
    tmp_path: Path, row: Row, cells: str, wrong: int
) -> None:
    labels = read_labels(made_data_set(tmp_path)[0])
    scores = scored([Changed(row, recordings(tmp_path))], Rulebook.of(Settings()), labels)
    heading, _, one, together = table(scores)
    assert one.startswith(f"| {row.name} {cells}")
    assert together.startswith(f"| all together | {1 - wrong} of 1 | 0 | 0.0 |")
    assert {each.count("|") for each in (heading, one, together)} == {11}
    assert len(list(wrong_falls(scores))) == wrong


def test_a_row_without_takes_has_no_line(tmp_path: Path) -> None:
    labels = read_labels(made_data_set(tmp_path)[0])
    rows = chosen(ROWS, ["right after another clip"])
    scores = scored([Changed(rows[0], recordings(tmp_path)[:1])], Rulebook.of(Settings()), labels)
    assert len(list(table(scores))) == 3


def test_rows_are_chosen_by_name() -> None:
    assert chosen(ROWS, []) == list(ROWS)
    assert [row.name for row in chosen(ROWS, ["15 fps", "mirrored"])] == ["mirrored", "15 fps"]
    with pytest.raises(EvaluationError, match="there is no change 'mirored': did you mean 'mirrored'"):
        chosen(ROWS, ["mirored"])


def test_what_is_played_is_kept_until_the_view_or_the_options_change(tmp_path: Path) -> None:
    labels, _ = made_data_set(tmp_path)
    (recorded, _), source = recordings(tmp_path), Source(labels.parent, Settings())
    path, runs = path_of(tmp_path / "views", FALLS), list[str]()

    def play(why: str) -> list[Frame]:
        runs.append(why)
        return film_of(FALLS, Figure([(0.0, STANDING)]), 0.5)

    half, dark = (view for view in VIEWS if view.name in {"half", "dark"})
    film = kept(path, source.origin(recorded, half), partial(play, "first"))
    assert kept(path, source.origin(recorded, half), partial(play, "again")) == film
    kept(path, source.origin(recorded, dark), partial(play, "dark"))
    other = msgspec.structs.replace(source.origin(recorded, dark), code="other")
    kept(path, other, partial(play, "other code"))
    assert runs == ["first", "dark", "other code"]
    assert read_header(path).chain["camera.view"] == "dark"
