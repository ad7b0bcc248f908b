"""Writes the commented configuration from the settings model itself, so that the two can never drift."""

import textwrap
from collections.abc import Iterator
from typing import Any, TypeGuard, get_args

import yaml
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from services.console.workspace import plain
from shared.settings import Camera, Settings

_WIDTH = 100
_HEAD = """\
# Configuration of Kinestream. Every value here is the default; what you leave out keeps it.
# A variable overrides it: KINESTREAM_BUS__URL=redis://:password@host:6379 (keep passwords there, not here).
# Check this file with `kinestream config check FILE`.
"""
_BOUNDS = {Ge: ("ge", "at least"), Gt: ("gt", "above"), Le: ("le", "at most"), Lt: ("lt", "below")}


def template() -> str:
    """The whole file as text; it loads back as `Settings()`."""
    return _HEAD + "".join(_top(name, info) for name, info in Settings.model_fields.items())


def _top(name: str, info: FieldInfo) -> str:
    if name == "cameras":
        return _cameras()
    return "\n" + "\n".join(_field(name, info, "")) + "\n"


def _cameras() -> str:
    lines = ["", *_comment(_summary(Camera), ""), "cameras: []", "#cameras:"]
    for number, (key, info) in enumerate(Camera.model_fields.items()):
        body = _field(key, info, "    ", example={"name": "bedroom", "source": "synth://demo"}.get(key))
        if number == 0:
            body[-1] = "  - " + body[-1].lstrip()
        lines += [f"#{line}" for line in body]
    return "\n".join(lines) + "\n"


def _summary(section: type[BaseModel]) -> str:
    inherited = {base.__doc__ for base in section.__mro__[1:]}
    return (
        "" if section.__doc__ is None or section.__doc__ in inherited else " ".join(section.__doc__.split())
    )


def _field(name: str, info: FieldInfo, indent: str, example: Any = None) -> list[str]:
    if _is_section(info.annotation):
        return _section(name, info.annotation, indent, info.description)
    value = example if info.is_required() else plain(info.get_default(call_default_factory=True))
    text = (
        yaml.safe_dump(value, default_flow_style=True, width=_WIDTH).removesuffix("\n").removesuffix("\n...")
    )
    return [*_comment("; ".join(_explain(info)), indent), f"{indent}{name}: {text}"]


def _section(name: str, section: type[BaseModel], indent: str, description: str | None) -> list[str]:
    inside = f"{indent}  "
    fields = [line for key, field in section.model_fields.items() for line in _field(key, field, inside)]
    return [*_comment(description or _summary(section), indent), f"{indent}{name}:", *fields]


def _is_section(kind: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _explain(info: FieldInfo) -> Iterator[str]:
    if info.description:
        yield info.description
    for section in filter(_is_section, get_args(info.annotation)):
        if not info.description:
            yield _summary(section).removesuffix(".")
        yield f"a section with {', '.join(section.model_fields)}"
    for bound in info.metadata:
        for kind, (attribute, words) in _BOUNDS.items():
            if isinstance(bound, kind):
                yield f"{words} {getattr(bound, attribute):g}"


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}# {line}" for line in textwrap.wrap(text, _WIDTH - len(indent) - 2)]
