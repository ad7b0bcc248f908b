"""What people have labelled in clips: `labels.json`, checked field by field.

A file holds `clips`, an object from a clip's path below the folder of clips to what it shows:

    {"clips": {"home/fall_01.mp4": {
      "fps": 30, "frames": 170, "size": "640x480", "crop_xyxy": [0, 0, 320, 480],
      "events": [{"kind": "fall_backward", "fall": true, "descent_s": 1.2, "ground_s": 2.0,
                  "settled_s": 2.6, "last_on_ground_s": 5.6, "reaches": "floor"}]}}}

Times are seconds of media time, the first picture is at 0. README.md beside this folder tells every field.
"""

from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Annotated, Self

import msgspec

from services.evaluate.errors import EvaluationError

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]

# In this order they must not go back.
_FALL_TIMES = ("descent_s", "ground_s", "settled_s", "last_on_ground_s")
_TIMES = ("start_s", "down_s", "seated_s", "upright_s", "settled_s", "end_s")
# All moments that a label may name, but for the two of `lowest_s`.
MOMENTS = tuple(dict.fromkeys((*_FALL_TIMES, *_TIMES, "first_visible_s", "last_visible_s")))
_MOST_BYTES = 64 * 2**20
_SLACK_S = 0.5  # labels may lie so far behind the last picture: containers round, people too


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One labelled event.

    Attributes:
        kind: what happens, in the annotator's words (`fall_backward`, `sit_down`, `squat`).
        fall: whether a fall is to be told.
        reaches: where a fall ends, or somebody lies: `floor`, or `bed`; a fall without it ends on the floor.
        descent_s: of a fall: the first loss of upright posture.
        ground_s: ... pelvis or trunk rest on the floor.
        settled_s: at rest; of a fall, or of whoever has sat or lain down.
        last_on_ground_s: last moment of a fall's lying.
        start_s: of anything else: its first moment.
        seated_s: ... when the seat is reached.
        upright_s: ... when the body is upright.
        down_s: ... when whoever lies down has reached the surface.
        lowest_s: ... first and last moment of the lowest posture.
        end_s: ... its last moment.
        first_visible_s: of a visit.
        last_visible_s: of a visit.
        person: number of the person, where there are several.
        tolerance_s: how exact the times are.
        note: for people.
    """

    kind: Word
    fall: bool = False
    reaches: Word | None = None
    descent_s: Seconds | None = None
    ground_s: Seconds | None = None
    settled_s: Seconds | None = None
    last_on_ground_s: Seconds | None = None
    start_s: Seconds | None = None
    seated_s: Seconds | None = None
    upright_s: Seconds | None = None
    down_s: Seconds | None = None
    lowest_s: tuple[Seconds, Seconds] | None = None
    end_s: Seconds | None = None
    first_visible_s: Seconds | None = None
    last_visible_s: Seconds | None = None
    person: int | None = None
    tolerance_s: Seconds | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a fall without its times, and times that go back."""
        if self.fall:
            absent = [name for name in ("descent_s", "ground_s") if getattr(self, name) is None]
            if absent:
                raise ValueError(f"a fall needs {' and '.join(absent)}")
        self._check_order(_FALL_TIMES if self.fall else _TIMES)

    @property
    def last_s(self) -> float:
        """The last time that it names, 0 where it names none."""
        times = [time for name in MOMENTS if (time := getattr(self, name)) is not None]
        return max((*times, *(self.lowest_s or ())), default=0.0)

    def _check_order(self, names: tuple[str, ...]) -> None:
        known = [(name, time) for name in names if (time := getattr(self, name)) is not None]
        for (earlier, first_s), (later, second_s) in pairwise(known):
            if second_s < first_s:
                raise ValueError(f"{later} {second_s:g} is before {earlier} {first_s:g}")


class Clip(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is known of one clip.

    Attributes:
        fps: pictures per second.
        frames: how many pictures it has.
        events: what happens in it; everything that is scored must be there.
        size: `WIDTHxHEIGHT` in px.
        crop_xyxy: the part to analyse, x0, y0, x1, y1 in px; none: all of it.
        note: for people.
    """

    fps: Annotated[float, msgspec.Meta(gt=0, le=1000)]
    frames: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
    events: tuple[Label, ...]
    size: Annotated[str, msgspec.Meta(pattern=r"^[1-9]\d{0,4}x[1-9]\d{0,4}$")] | None = None
    crop_xyxy: tuple[int, int, int, int] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse labels behind the clip's end, and a crop that is none or outside of the picture."""
        for number, label in enumerate(self.events):
            if label.last_s > self.duration_s + _SLACK_S:
                raise ValueError(
                    f"event {number} ({label.kind}) is labelled until {label.last_s:g} s, but the clip has"
                    f" {self.frames} frames at {self.fps:g}/s, {self.duration_s:.2f} s"
                )
        if self.crop_xyxy is not None:
            self._check_crop(*self.crop_xyxy)

    @property
    def duration_s(self) -> float:
        return self.frames / self.fps

    @property
    def falls(self) -> tuple[Label, ...]:
        return tuple(label for label in self.events if label.fall)

    def _check_crop(self, x0: int, y0: int, x1: int, y1: int) -> None:
        width, height = map(int, self.size.split("x")) if self.size else (x1, y1)
        if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
            raise ValueError(f"crop_xyxy {[x0, y0, x1, y1]} is no part of a picture of {width} x {height}")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clips: dict[str, msgspec.Raw]
    about: str = ""


class Labels(msgspec.Struct, frozen=True):
    """All clips of a file by their paths, in its order."""

    clips: dict[str, Clip]

    @property
    def kinds(self) -> frozenset[str]:
        """The words of all labels."""
        return frozenset(label.kind for clip in self.clips.values() for label in clip.events)

    def only(self, parts: tuple[str, ...]) -> Self:
        """The clips whose path holds one of `parts`; all of them without any.

        Raises:
            EvaluationError: a part is in no path.
        """
        for part in parts:
            if not any(part in name for name in self.clips):
                raise EvaluationError(f"no labelled clip is called {part}: give a part of a clip's path")
        chosen = {name: clip for name, clip in self.clips.items() if any(part in name for part in parts)}
        return type(self)(chosen) if parts else self


def group_of(name: str) -> str:
    """The data set of a clip: the first folder of its path, `.` where it lies in none."""
    first, slash, _ = name.partition("/")
    return first if slash else "."


def read_labels(path: Path) -> Labels:
    """Read and check a file of labels.

    Raises:
        EvaluationError: it cannot be read, or something in it is not as it should be; says which clip.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise EvaluationError(f"{path} has more than {_MOST_BYTES // 2**20} MB: labels have less")
        raw = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}") from None
    except msgspec.MsgspecError as error:
        raise EvaluationError(f"{path} holds no labels: {error}") from None
    if not raw.clips:
        raise EvaluationError(f"{path} labels no clip: put one below `clips`")
    return Labels({_checked(name, path): _clip(path, name, value) for name, value in raw.clips.items()})


def _checked(name: str, path: Path) -> str:
    parts = PurePosixPath(name)
    if not name or parts.is_absolute() or ".." in parts.parts or str(parts) != name:
        raise EvaluationError(f"{path}: clip {name!r} is no path below the folder of clips, as home/fall.mp4")
    return name


def _clip(path: Path, name: str, raw: msgspec.Raw) -> Clip:
    try:
        return msgspec.json.decode(raw, type=Clip)
    except msgspec.MsgspecError as error:
        raise EvaluationError(f"{path}: clip {name}: {error}") from None
