"""Rules scored at many settings of some of their options."""

import itertools
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import BaseModel, ValidationError

from services.evaluate.errors import EvaluationError
from services.evaluate.events.parallel import Footage, score_in_parallel
from services.evaluate.events.replaying import Rulebook
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
        EvaluationError: no such option, a value that it does not allow, or more than `MOST_SETTINGS`
            combinations.
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
    footage: Sequence[Footage],
    judged: Collection[str],
    rules: Rulebook,
    options: tuple[Swept, ...],
    advance: Callable[[], None],
) -> Sweep:
    """Score every combination of the options' values; `advance` is called after each piece of footage.

    Raises:
        EvaluationError: footage cannot be read, or a value is not allowed.
    """
    paths = [option.path for option in options]
    choices = list(itertools.product(*(option.values for option in options)))
    books = [Rulebook(changed(rules.actions, paths, values), rules.cameras) for values in choices]
    scored = score_in_parallel(footage, books, judged, advance)
    trials = [Trial(values, group("all", scores)) for values, scores in zip(choices, scored, strict=True)]
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


def _parse(text: str, settings: Actions) -> Swept:
    path, equals, told = text.partition("=")
    path = path.strip().removeprefix("actions.")
    if not equals or not told:
        raise EvaluationError(f"--sweep {text}: write OPTION=VALUE,VALUE, as rules.fall.confirm_s=0.4,0.6")
    _value(settings, path)
    values = _range(text, told) if ":" in told else tuple(_read(each) for each in told.split(","))
    for value in values:
        changed(settings, [path], [value])
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
