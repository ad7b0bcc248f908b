"""MOTChallenge text: what is read, what is refused, what is written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.evaluate.errors import EvaluationError
from services.evaluate.tracking.motchallenge import (
    UNKNOWN,
    Rows,
    Scale,
    read_detections,
    read_results,
    read_truth,
    write_results,
)
from tests.services.evaluate.tracking.films import text


def test_boxes_come_by_frame_as_corners(tmp_path: Path) -> None:
    rows = read_results(text(tmp_path / "r.txt", "2,7,10,20,30,40,.5,-1,-1,-1", "", "1,3,0.5,0,2,4"))
    assert rows.frames.tolist() == [1, 2]
    assert rows.ids.tolist() == [3, 7]
    assert rows.boxes.tolist() == [[0.5, 0, 2.5, 4], [10, 20, 40, 60]]
    assert rows.last_frame == 2
    assert [(span.start, span.stop) for span in rows.spans(3)] == [(0, 1), (1, 2), (2, 2)]


def test_spaces_may_stand_for_commas(tmp_path: Path) -> None:
    assert read_results(text(tmp_path / "r.txt", "1 3 0 0  2 4")).ids.tolist() == [3]


def test_labels_count_by_their_flag_and_by_their_class_where_there_is_one(tmp_path: Path) -> None:
    path = text(
        tmp_path / "gt.txt",
        "1,1,0,0,9,9,1,1,.5",  # a pedestrian, half visible
        "1,2,0,0,9,9,0,1,1",  # marked as not counting
        "1,3,0,0,9,9,1,7,1",  # somebody who stands for ever
        "1,4,0,0,9,9,1,7.5,5.5,0",  # ten columns: a place in the world, no class
        "1,5,0,0,9,9",
    )
    truth = read_truth(path)
    assert truth.counting.tolist() == [True, False, False, True, True]
    assert truth.classes.tolist() == [1, 1, 7, UNKNOWN, UNKNOWN]


def test_detections_have_scores_and_no_ids(tmp_path: Path) -> None:
    rows = read_detections(text(tmp_path / "d.txt", "1,5,0,0,9,9,.25", "1,5,0,0,9,9,1"))
    assert rows.ids.tolist() == [UNKNOWN, UNKNOWN]
    assert rows.scores.tolist() == [0.25, 1]


def test_detections_that_tell_no_score_are_sure(tmp_path: Path) -> None:
    rows = read_detections(text(tmp_path / "d.txt", "1,-1,0,0,9,9,-1,-1,-1,-1", "2,-1,0,0,9,9"))
    assert rows.scores.tolist() == [1, 1]


def test_scores_of_another_range_are_scaled_to_one(tmp_path: Path) -> None:
    path = text(tmp_path / "d.txt", "1,-1,0,0,9,9,-2", "1,-1,0,0,9,9,0.5", "1,-1,0,0,9,9,9")
    assert read_detections(path, scale=Scale(-1, 2)).scores.tolist() == [0, 0.5, 1]


@pytest.mark.parametrize("read", [read_truth, read_results, read_detections])
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,1,0,0,9", "2: has 5 columns, not 6 to 10: frame,id,left,top,width,height"),
        ("1,1,0,0,9,9,1,1,1,1,1", "2: has 11 columns"),
        ("1,1,0,0,nine,9", "2: 'nine' is not a number"),
        ("1,1,0,0,inf,9", "2: width inf is not finite"),
        ("1,1,-1e300,0,9,9", "2: left -1e+300 is outside any picture"),
        ("0,1,0,0,9,9", "2: frame 0 is wrong: frames are whole numbers from 1"),
        ("1.5,1,0,0,9,9", "2: frame 1.5 is wrong"),
        ("1e9,1,0,0,9,9", "2: frame 1e+09 is too large"),
        ("6,1,0,0,9,9", "2: frame 6 is after the last of the sequence, 5"),
        ("1,1,0,0,0,9", "2: width 0 is wrong: boxes are left,top,width,height, larger than 0"),
        ("1,1,0,0,9,-3", "2: height -3 is wrong"),
    ],
)
def test_a_wrong_line_is_named_with_its_fault(
    tmp_path: Path, read: Callable[[Path, int], Rows], line: str, words: str
) -> None:
    path = text(tmp_path / "wrong.txt", "1,9,0,0,9,9", line)
    with pytest.raises(EvaluationError) as caught:
        read(path, 5)
    assert f"{path}:{words}" in str(caught.value)


@pytest.mark.parametrize("read", [read_truth, read_results])
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,-1,0,0,9,9", "3: id -1 is nobody's: lines without ids are detections (--detections)"),
        ("1,2.5,0,0,9,9", "3: id 2.5 is wrong: ids are whole numbers"),
        ("1,9,5,5,9,9", "3: id 9 is there twice in its frame"),
    ],
)
def test_labels_and_results_have_each_id_once_in_a_frame(
    tmp_path: Path, read: Callable[[Path], Rows], line: str, words: str
) -> None:
    path = text(tmp_path / "wrong.txt", "1,9,0,0,9,9", "2,9,0,0,9,9", line)
    with pytest.raises(EvaluationError) as caught:
        read(path)
    assert f"{path}:{words}" in str(caught.value)


@pytest.mark.parametrize("kind", ["inf", "nan", "1.5", "-2", "1e300"])
def test_a_class_is_a_number_of_the_list(tmp_path: Path, kind: str) -> None:
    path = text(tmp_path / "gt.txt", "1,1,0,0,9,9,1,1,1", f"1,2,0,0,9,9,1,{kind},1")
    with pytest.raises(EvaluationError, match=r"gt\.txt:2: class .* is wrong: of nine columns the eighth"):
        read_truth(path)


def test_scores_outside_zero_to_one_ask_for_their_range(tmp_path: Path) -> None:
    path = text(tmp_path / "det.txt", "1,-1,0,0,9,9,0.4", "1,-1,0,0,9,9,37.5")
    with pytest.raises(
        EvaluationError, match=r"det\.txt:2: score 37\.5 is outside 0 to 1.*--scores LOW,HIGH"
    ):
        read_detections(path)


def test_files_that_are_no_text_or_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\xff")
    with pytest.raises(EvaluationError, match=r"picture\.txt is not MOTChallenge text"):
        read_results(tmp_path / "picture.txt")
    with pytest.raises(EvaluationError, match=r"none\.txt cannot be read: No such file"):
        read_results(tmp_path / "none.txt")
    with pytest.raises(EvaluationError, match=r"empty\.txt labels nobody"):
        read_truth(text(tmp_path / "empty.txt"))


def test_nobody_found_is_a_result(tmp_path: Path) -> None:
    assert len(read_results(text(tmp_path / "empty.txt"))) == 0


CENTS = st.integers(0, 200_000).map(lambda cents: cents / 100)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 9_000), CENTS, CENTS, st.integers(1, 500)),
        max_size=20,
        unique_by=lambda row: row[:2],
    )
)
def test_what_is_written_is_read_again(
    tmp_path: Path, rows: list[tuple[int, int, float, float, int]]
) -> None:
    table = np.array(sorted(rows, key=lambda row: row[0]), np.float64).reshape(-1, 5)
    boxes = np.column_stack((table[:, 2:4], table[:, 2:4] + table[:, 4:]))
    written = Rows(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        boxes,
        np.full(len(table), 0.5),
        np.full(len(table), UNKNOWN),
    )
    write_results(tmp_path / "new" / "r.txt", written)
    again = read_results(tmp_path / "new" / "r.txt")
    np.testing.assert_array_equal(again.frames, written.frames)
    np.testing.assert_array_equal(again.ids, written.ids)
    np.testing.assert_allclose(again.boxes, written.boxes, atol=1e-9)


def test_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    text(tmp_path / "file")
    rows = read_results(text(tmp_path / "r.txt", "1,1,0,0,9,9"))
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_results(tmp_path / "file" / "r.txt", rows)
