"""Where MOTChallenge folders keep what was labelled, detected and tracked."""

import configparser
from dataclasses import dataclass
from pathlib import Path

from services.evaluate.errors import EvaluationError

_TRUTHS = ("gt/gt.txt", "gt.txt")
_DETECTIONS = ("det/det.txt", "det.txt")
_ABOUT = "seqinfo.ini"


@dataclass(frozen=True)
class Sequence:
    """A film whose people are labelled.

    Attributes:
        name: of its folder.
        folder: where it is.
        truth: the file with the labels.
        frames: how many the film has, where seqinfo.ini tells.
        rate_hz: frames per second, where seqinfo.ini tells.
    """

    name: str
    folder: Path
    truth: Path
    frames: int | None
    rate_hz: float | None


def find_sequences(folder: Path | None) -> tuple[Sequence, ...]:
    """The sequence that `folder` is, or those in it, by name.

    Raises:
        EvaluationError: there is none, or its seqinfo.ini is wrong.
    """
    if folder is None:
        raise EvaluationError("nothing to score: give a FOLDER with gt.txt, or --demo")
    if not folder.is_dir():
        raise EvaluationError(
            f"{folder} is not a folder: give a sequence of MOTChallenge, or a folder of them"
        )
    found = _sequence(folder)
    if found is not None:
        return (found,)
    inside = (_sequence(each) for each in sorted(folder.iterdir()) if each.is_dir())
    sequences = tuple(each for each in inside if each is not None)
    if not sequences:
        raise EvaluationError(f"{folder} holds no gt/gt.txt or gt.txt, nor does any folder in it")
    return sequences


def results_of(sequence: Sequence, given: Path, alone: bool) -> Path:
    """The sequence's file among what was given for all: a file where it is `alone`, a folder with a text for
    each sequence (also in `data/`), or the name of a file beside each sequence's labels.

    Raises:
        EvaluationError: there is none.
    """
    if given.is_dir():
        return _first(
            sequence, given, (given / f"{sequence.name}.txt", given / "data" / f"{sequence.name}.txt")
        )
    if given.is_file():
        if not alone:
            raise EvaluationError(
                f"{given} is one file for several sequences: give a folder with NAME.txt for each"
            )
        return given
    if given.is_absolute():
        raise EvaluationError(f"{given} is not there: is the path right?")
    return _first(sequence, given, (sequence.folder / given,))


def detections_of(sequence: Sequence) -> Path:
    """The sequence's own detections.

    Raises:
        EvaluationError: there are none.
    """
    for place in _DETECTIONS:
        if (sequence.folder / place).is_file():
            return sequence.folder / place
    raise EvaluationError(
        f"{sequence.folder} holds no {' or '.join(_DETECTIONS)}: give others as --detections PATH"
    )


def _first(sequence: Sequence, given: Path, places: tuple[Path, ...]) -> Path:
    for place in places:
        if place.is_file():
            return place
    looked = " nor ".join(map(str, places))
    raise EvaluationError(f"{given} holds nothing for {sequence.name}: there is no {looked}")


def _sequence(folder: Path) -> Sequence | None:
    for place in _TRUTHS:
        if (folder / place).is_file():
            frames, rate_hz = _about(folder / _ABOUT)
            return Sequence(folder.resolve().name, folder, folder / place, frames, rate_hz)
    return None


def _about(path: Path) -> tuple[int | None, float | None]:
    """How many frames, and how many a second; None where a file does not tell."""
    if not path.is_file():
        return None, None
    about = configparser.ConfigParser(interpolation=None)
    try:
        about.read_string(path.read_text(encoding="utf-8-sig"))
        frames = about.getint("Sequence", "seqLength", fallback=None)
        rate_hz = about.getfloat("Sequence", "frameRate", fallback=None)
    except (configparser.Error, ValueError) as error:
        raise EvaluationError(f"{path} is not a seqinfo.ini: {error}") from None
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}") from None
    if frames is not None and frames < 1:
        raise EvaluationError(f"{path}: seqLength {frames} is wrong: give 1 or more")
    if rate_hz is not None and not 0 < rate_hz <= 1000:  # also NaN
        raise EvaluationError(f"{path}: frameRate {rate_hz:g} is wrong: give frames per second, at most 1000")
    return frames, rate_hz
