"""Where sequences, their results and their detections are found."""

from pathlib import Path

import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.tracking.sequences import detections_of, find_sequences, results_of
from tests.services.evaluate.tracking.films import text

LABEL = "1,1,0,0,9,9,1,-1,-1,-1"


def made(folder: Path, place: str = "gt/gt.txt") -> Path:
    text(folder / place, LABEL)
    return folder


@pytest.mark.parametrize("place", ["gt/gt.txt", "gt.txt"])
def test_a_folder_is_one_sequence_or_holds_some(tmp_path: Path, place: str) -> None:
    made(tmp_path / "set" / "b", place)
    made(tmp_path / "set" / "a", place)
    text(tmp_path / "set" / "none" / "notes.txt")
    assert [each.name for each in find_sequences(tmp_path / "set")] == ["a", "b"]
    (alone,) = find_sequences(tmp_path / "set" / "a")
    assert (alone.name, alone.truth) == ("a", tmp_path / "set" / "a" / place)
    assert (alone.frames, alone.rate_hz) == (None, None)


def test_seqinfo_tells_length_and_rate(tmp_path: Path) -> None:
    text(made(tmp_path / "a") / "seqinfo.ini", "[Sequence]", "name=a", "seqLength=71", "frameRate=25")
    (alone,) = find_sequences(tmp_path / "a")
    assert (alone.frames, alone.rate_hz) == (71, 25.0)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("seqLength=71",), "is not a seqinfo.ini"),
        (("[Sequence]", "seqLength=many"), "is not a seqinfo.ini"),
        (("[Sequence]", "seqLength=0"), "seqLength 0 is wrong"),
        (("[Sequence]", "frameRate=nan"), "frameRate nan is wrong"),
    ],
)
def test_a_wrong_seqinfo_is_told(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    text(made(tmp_path / "a") / "seqinfo.ini", *lines)
    with pytest.raises(EvaluationError, match=words):
        find_sequences(tmp_path / "a")


def test_where_nothing_is_labelled_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"holds no gt/gt\.txt or gt\.txt, nor does any folder in it"):
        find_sequences(tmp_path)
    with pytest.raises(EvaluationError, match="is not a folder"):
        find_sequences(tmp_path / "none")
    with pytest.raises(EvaluationError, match="nothing to score: give a FOLDER"):
        find_sequences(None)


def test_results_are_a_file_a_folder_or_a_name_beside_the_labels(tmp_path: Path) -> None:
    (film,) = find_sequences(made(tmp_path / "a"))
    plain, nested = text(tmp_path / "mine" / "a.txt"), text(tmp_path / "kit" / "data" / "a.txt")
    beside = text(tmp_path / "a" / "test.txt")
    assert results_of(film, plain, alone=True) == plain
    assert results_of(film, tmp_path / "mine", alone=False) == plain
    assert results_of(film, tmp_path / "kit", alone=False) == nested
    assert results_of(film, Path("test.txt"), alone=False) == beside


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("one.txt", "is one file for several sequences: give a folder with NAME.txt"),
        ("mine", "holds nothing for a: there is no "),
        ("none", "is not there: is the path right"),
    ],
)
def test_results_that_are_not_there_are_told(tmp_path: Path, given: str, words: str) -> None:
    (film,) = find_sequences(made(tmp_path / "a"))
    text(tmp_path / "one.txt")
    (tmp_path / "mine").mkdir()
    with pytest.raises(EvaluationError, match=words):
        results_of(film, tmp_path / given, alone=False)
    with pytest.raises(EvaluationError, match=r"test\.txt holds nothing for a"):
        results_of(film, Path("test.txt"), alone=True)


def test_detections_lie_in_det_or_beside_the_labels(tmp_path: Path) -> None:
    (film,) = find_sequences(made(tmp_path / "a"))
    with pytest.raises(
        EvaluationError, match=r"holds no det/det\.txt or det\.txt: give others as --detections"
    ):
        detections_of(film)
    beside = text(tmp_path / "a" / "det.txt")
    assert detections_of(film) == beside
    assert detections_of(film) != text(tmp_path / "a" / "det" / "det.txt")
    assert detections_of(film) == tmp_path / "a" / "det" / "det.txt"
