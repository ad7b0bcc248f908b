"""Which models there are: those of `registry.toml`, and those of a user's own file."""

import functools
from importlib import resources
from pathlib import Path

from shared.models import own
from shared.models.entries import (
    Batch,
    Decoder,
    Entry,
    Fit,
    Folder,
    Https,
    InFile,
    Input,
    InWheel,
    Output,
    Registry,
    Task,
    Wheel,
)
from shared.models.errors import ModelError

__all__ = [
    "Batch",
    "Decoder",
    "Entry",
    "Fit",
    "Folder",
    "Https",
    "InFile",
    "InWheel",
    "Input",
    "Output",
    "Registry",
    "Task",
    "Wheel",
    "find",
    "load",
    "names",
    "of",
]


@functools.cache
def load() -> Registry:
    """The registry that ships with the program."""
    return Registry.parse(resources.files(__package__).joinpath("registry.toml").read_text("utf-8"))


def of(models: Path | None) -> Registry:
    """The registry that ships with the program, and what the user's own file adds to it.

    Args:
        models: The configuration's `models`: a folder that may hold a `models.toml`, or such a file.

    Raises:
        ModelError: that file is wrong, or gives a model a name that is taken.
    """
    path = own.path_of(models)
    if path is None:
        return load()
    added = own.read(path)
    taken = {entry.name for entry in added} & set(names())
    if taken:
        raise ModelError(f"{path}: the name {min(taken)!r} is that of a built-in model; choose another")
    return Registry(load().wheels, (*load().models, *added))


def names() -> list[str]:
    """Every built-in model's name, in the registry's order."""
    return [entry.name for entry in load().models]


def find(name: str) -> Entry:
    """The built-in model called `name`, see `Registry.find`."""
    return load().find(name)
