"""Every feature of a body: its unit and range, when it is missing, what it means and where it comes from.

`catalogue.toml` says it. The table of README.md beside this page is `table()`; tests hold the page to that,
the names to the fields of a `Moment`, and the values of figures that move to the ranges.
"""

import math
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from shared.rules.moment import Descent, Features, Moment, Motion, Shape

PARTS = {"body": Features, "motion": Motion, "shape": Shape, "descent": Descent}


@dataclass(frozen=True)
class Feature:
    """One number of a `Moment`.

    Attributes:
        name: its part of the moment, a dot and its field.
        unit: "1" for shares.
        least: no value is smaller, but for rounding.
        most: no value is larger.
        missing: when it is NaN or None.
        meaning: one sentence.
        source: what it is computed from.
    """

    name: str
    unit: str
    least: float
    most: float
    missing: str
    meaning: str
    source: str

    def of(self, moment: Moment) -> float | None:
        """Its value in a moment; None where it is missing."""
        part, _, field = self.name.partition(".")
        value = getattr(getattr(moment, part), field, None)
        return None if value is None or math.isnan(value) else float(value)


def field_names() -> list[str]:
    """All numbers that a moment may have, by their parts and fields."""
    return [f"{part}.{field.name}" for part, kind in PARTS.items() for field in fields(kind)]


def table() -> str:
    """The catalogue as a table in Markdown."""
    head = "| feature | unit | range | missing | meaning | from |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| `{one.name}` | {one.unit} | {_range(one)} | {one.missing} | {one.meaning} | {one.source} |\n"
        for one in CATALOGUE
    )


def _read() -> tuple[Feature, ...]:
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        parts = tomllib.load(file)
    return tuple(
        _feature(f"{part}.{name}", told) for part, named in parts.items() for name, told in named.items()
    )


def _feature(name: str, told: dict[str, Any]) -> Feature:
    least, most = (*told.pop("range", (-math.inf,)), math.inf)[:2]
    return Feature(name, least=least, most=most, **told)


def _range(one: Feature) -> str:
    if math.isinf(one.least):
        return "any"
    return f"from {one.least:g}" if math.isinf(one.most) else f"{one.least:g} to {one.most:g}"


CATALOGUE = _read()
"""In the order of the fields."""
