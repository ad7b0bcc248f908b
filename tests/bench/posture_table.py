"""How often postures are right on labelled clips, beside the rules of tutorials.

    python -m tests.bench.posture_table LABELS TRACKS

LABELS is the clips' labels.json, TRACKS the folder that `kinestream eval events --record` filled. It prints
the table of shared/actions/README.md. Pictures count, not events. A posture must last to be settled:
ours may come up to `LATE_S` later.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from services.evaluate.errors import EvaluationError
from services.evaluate.events.labels import Label, read_labels
from services.evaluate.events.recording import path_of, read_recording
from shared.actions.baseline import Answer, Knee, classify, sits
from shared.messages import Frame
from shared.rules.moment import Moment, Posture
from tests.shared.actions.moments import moments

LATE_S = 0.3
_ON_FEET = frozenset({Posture.STANDING, Posture.WALKING})
_RIGHT: dict[str, tuple[frozenset[Posture], frozenset[Answer]]] = {
    "on the feet": (_ON_FEET, frozenset({Answer.STANDING, Answer.ARMS_RAISED})),
    "walking": (frozenset({Posture.WALKING}), frozenset({Answer.STANDING})),
    "sitting": (frozenset({Posture.SITTING}), frozenset({Answer.SITTING})),
    "bending": (frozenset({Posture.BENDING}), frozenset()),
    "squatting": (frozenset({Posture.SQUATTING}), frozenset()),
    "crawling": (frozenset({Posture.CRAWLING}), frozenset()),
    "lying": (frozenset({Posture.LYING}), frozenset()),
}
_STRETCHES = {
    "walking": ("walking", "start_s", "end_s"),
    "walk_reading": ("walking", "start_s", "end_s"),
    "raise_hands": ("on the feet", "start_s", "end_s"),
    "sitting": ("sitting", "start_s", "end_s"),
    "sit_down": ("sitting", "seated_s", "end_s"),
    "sit_up": ("sitting", "seated_s", "end_s"),
    "crawling": ("crawling", "start_s", "end_s"),
    "lying": ("lying", "start_s", "end_s"),
    "lie_down": ("lying", "settled_s", "end_s"),
}
_LOWEST = {"squat": "squatting", "bend": "bending", "bend_seated": "bending"}
_COLUMNS = (
    *("ours right", "wrong", "unknown", "angles right", "wrong", "unknown"),
    "knee rule right",
)
Stretch = tuple[str, float, float]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.posture_table")
    parser.add_argument("labels", type=Path)
    parser.add_argument("tracks", type=Path)
    options = parser.parse_args()
    counts = {kind: Counter[str]() for kind in _RIGHT}
    try:
        for name, clip in read_labels(options.labels).clips.items():
            stretches = [stretch for label in clip.events for stretch in stretches_of(label, clip.events)]
            path = path_of(options.tracks, name)
            if stretches and path.exists():
                count(read_recording(path)[1], stretches, counts)
    except EvaluationError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(rows(counts)))
    return 0


def stretches_of(label: Label, others: Sequence[Label]) -> Iterator[Stretch]:
    """What a label says of postures: kind, and first and last second."""
    if label.fall and label.settled_s is not None and label.last_on_ground_s is not None:
        yield "lying", label.settled_s, label.last_on_ground_s
    elif label.kind in _LOWEST and label.lowest_s is not None:
        yield _LOWEST[label.kind], *label.lowest_s
    elif label.kind in _STRETCHES:
        kind, first, last = _STRETCHES[label.kind]
        start_s, end_s = getattr(label, first), getattr(label, last)
        for other in others:  # bending forward on a chair is no clear sitting
            if other.kind == "bend_seated" and other.start_s is not None and other.upright_s is not None:
                yield kind, start_s, other.start_s
                start_s = other.upright_s
        yield kind, start_s, end_s


def count(frames: Sequence[Frame], stretches: Sequence[Stretch], counts: dict[str, Counter[str]]) -> None:
    """Add the pictures of one clip."""
    knee, seen = Knee(), moments(frames)[0]
    for place, moment in enumerate(seen):
        answer, seated = Answer.UNKNOWN, False
        if moment.body is not None:
            answer = classify(moment.body)
            seated, knee = sits(knee, moment.body, moment.pts_us)
        time_s = moment.pts_us / 1e6
        for kind, start_s, end_s in stretches:
            if start_s <= time_s <= end_s:
                counts[kind].update(_answers(kind, answer, seated))
                counts[kind][f"ours {_settled(kind, seen[place:])}"] += 1


def rows(counts: dict[str, Counter[str]]) -> Iterator[str]:
    """The table in Markdown."""
    yield f"| label | pictures | {' | '.join(_COLUMNS)} |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for kind, found in counts.items():
        ours = (found[f"ours {word}"] for word in ("right", "wrong", "unknown"))
        angles = (found[f"angles {word}"] for word in ("right", "wrong", "unknown"))
        cells = [
            *_shares(list(ours)),
            *_shares(list(angles)),
            *_shares([found["knee right"], found["knee wrong"]])[:1],
        ]
        pictures = sum(found[f"angles {word}"] for word in ("right", "wrong", "unknown"))
        yield f"| {kind} | {pictures} | " + " | ".join(cells) + " |"


def _settled(kind: str, moments: Sequence[Moment]) -> str:
    """What comes of the first of these."""
    until_us = moments[0].pts_us + LATE_S * 1e6
    told = {moment.detail for moment in takewhile(lambda moment: moment.pts_us <= until_us, moments)}
    if told & _RIGHT[kind][0]:
        return "right"
    return "unknown" if told == {Posture.UNKNOWN} else "wrong"


def _answers(kind: str, answer: Answer, seated: bool) -> list[str]:
    right = answer in _RIGHT[kind][1]
    angles = "unknown" if answer is Answer.UNKNOWN else "right" if right else "wrong"
    return [f"angles {angles}", "knee right" if seated == (kind == "sitting") else "knee wrong"]


def _shares(numbers: list[int]) -> list[str]:
    total = sum(numbers)
    return [f"{number / total:.2f}" if total else "" for number in numbers]


if __name__ == "__main__":
    raise SystemExit(main())
