"""Rules scored over recordings at many settings of some of their options, on all cores."""

import itertools
import math
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import BaseModel, ValidationError

from services.evaluate.errors import EvaluationError
from services.evaluate.events.labels import Labels
from services.evaluate.events.recording import read_recording
from services.evaluate.events.replaying import Recorded, Rulebook
from services.evaluate.events.scoring import ClipScore, labelled_kinds, score_clip
from services.evaluate.events.tally import Group, group
from shared.settings import Actions

MOST_SETTINGS = 400

Value = float | bool | str | None


@dataclass(frozen=True)
class Swept:
    """An option of `actions` by its path, and the values that it takes."""

    path: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Trial:
    """One choice of values, and how all clips together did with it."""

    values: tuple[Value, ...]
    settings: Actions
    group: Group


@dataclass(frozen=True)
class Sweep:
    """All trials, in the order of the grid; `usual` are the values that are configured."""

    options: tuple[Swept, ...]
    usual: tuple[Value, ...]
    trials: tuple[Trial, ...]


def parse(texts: Sequence[str], settings: Actions) -> tuple[Swept, ...]:
    """Read `PATH=VALUE,VALUE,...` or `PATH=FIRST:LAST:STEP`, once for each option.

    Raises:
        EvaluationError: no such option, no values, or more than `MOST_SETTINGS` combinations.
    """
    options = tuple(_parse(text, settings) for text in texts)
    if len({option.path for option in options}) < len(options):
        raise EvaluationError("--sweep names an option twice: give all its values at once")
    count = math.prod(len(option.values) for option in options)
    if count > MOST_SETTINGS:
        raise EvaluationError(
            f"--sweep asks for {count} settings, {MOST_SETTINGS} at most: take fewer values"
        )
    return options


def changed(settings: Actions, paths: Sequence[str], values: Sequence[Value]) -> Actions:
    """The settings with these options at these values.

    Raises:
        EvaluationError: a value that the option does not allow.
    """
    plain = settings.model_dump()
    for path, value in zip(paths, values, strict=True):
        *parents, last = path.split(".")
        place = plain
        for parent in parents:
            place = place[parent]
        place[last] = value
    try:
        return Actions.model_validate(plain)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise EvaluationError(f"--sweep {where}: {problem['msg']}") from None


def sweep(
    recorded: Sequence[Recorded],
    labels: Labels,
    rules: Rulebook,
    options: tuple[Swept, ...],
    advance: Callable[[], None],
) -> Sweep:
    """Score every combination of the options' values.

    Each clip is read once, by one process, and goes through the rules as often as there are combinations;
    `advance` is called after each clip.

    Raises:
        EvaluationError: a recording is damaged, or a value is not allowed.
    """
    paths = [option.path for option in options]
    choices = list(itertools.product(*(option.values for option in options)))
    tried = [changed(rules.actions, paths, values) for values in choices]
    books = [Rulebook(settings, rules.cameras) for settings in tried]
    scores = _scored(recorded, labels, books, advance)
    trials = [
        Trial(values, each, group("all", [scores[name][number] for name in labels.clips]))
        for number, (values, each) in enumerate(zip(choices, tried, strict=True))
    ]
    return Sweep(options, tuple(_value(rules.actions, path) for path in paths), tuple(trials))


def plateau(values: Sequence[float | None]) -> range:
    """The longest run of places with the greatest value; empty without any.

    Inside it a threshold may move without changing the result, which says more than a peak does.
    """
    known = [value for value in values if value is not None]
    best, start = range(0), 0
    for is_best, places in itertools.groupby(values, lambda value: value is not None and value == max(known)):
        length = len(list(places))
        if is_best and length > len(best):
            best = range(start, start + length)
        start += length
    return best


def _scored(
    recorded: Sequence[Recorded], labels: Labels, tried: Sequence[Rulebook], advance: Callable[[], None]
) -> dict[str, list[ClipScore]]:
    judged = labelled_kinds(labels.clips.values())
    context = multiprocessing.get_context("spawn")  # no half of a thread, and the same everywhere
    longest = sorted(recorded, key=lambda each: -each.clip.frames)
    scores: dict[str, list[ClipScore]] = {}
    with ProcessPoolExecutor(_cores(), context, _leave_interrupts) as pool:
        try:
            running = {pool.submit(_score, each, tried, judged): each.name for each in longest}
            for future in as_completed(running):
                scores[running[future]] = future.result()
                advance()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return scores


def _score(recorded: Recorded, tried: Sequence[Rulebook], judged: frozenset[str]) -> list[ClipScore]:
    _, frames = read_recording(recorded.path)
    return [score_clip(recorded.name, recorded.clip, rules.incidents(frames), judged) for rules in tried]


def _leave_interrupts() -> None:
    """Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _parse(text: str, settings: Actions) -> Swept:
    path, equals, told = text.partition("=")
    path = path.strip().removeprefix("actions.")
    if not equals or not told:
        raise EvaluationError(f"--sweep {text}: write OPTION=VALUE,VALUE, as rules.fall.confirm_s=0.4,0.6")
    _value(settings, path)
    values = _range(text, told) if ":" in told else tuple(_read(each) for each in told.split(","))
    return Swept(path, tuple(dict.fromkeys(values)))


def _range(text: str, told: str) -> tuple[float, ...]:
    try:
        first, last, step = (float(each) for each in told.split(":"))
    except ValueError:
        first, last, step = 0.0, 0.0, 0.0
    if not (step > 0 and first <= last < math.inf and (last - first) / step < MOST_SETTINGS):
        raise EvaluationError(f"--sweep {text}: write a range as FIRST:LAST:STEP, as 0.2:1.0:0.1")
    return tuple(round(first + number * step, 9) for number in range(int((last - first) / step + 1e-6) + 1))


def _read(text: str) -> Value:
    try:
        value: Value = msgspec.json.decode(text.strip().encode(), type=Value)
    except msgspec.MsgspecError:
        return text.strip()
    return value


def _value(settings: Actions, path: str) -> Value:
    """What an option has at present.

    Raises:
        EvaluationError: there is none of that name, or it has no single value.
    """
    value: Any = settings
    for name in path.split("."):
        if not isinstance(value, BaseModel) or name not in type(value).model_fields:
            known = (
                ", ".join(type(value).model_fields) if isinstance(value, BaseModel) else "nothing below it"
            )
            raise EvaluationError(f"--sweep {path}: actions has no such option at {name!r}; there: {known}")
        value = getattr(value, name)
    if not isinstance(value, (int, float, bool, str, type(None))):
        raise EvaluationError(f"--sweep {path}: only options with a single value can be swept")
    return value
