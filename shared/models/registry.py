"""Which models there are: `registry.toml`, read and checked."""

import difflib
import functools
import re
from importlib import resources
from typing import Annotated, Literal, Self

import msgspec

from shared.models.errors import ModelError

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, msgspec.Meta(ge=1)]
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]*$")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Folder(Table, frozen=True, tag_field="kind", tag="folder"):
    """A folder of the user's, searched by hash."""


class InWheel(Table, frozen=True, tag_field="kind", tag="wheel"):
    """A file inside a Python wheel, which is downloaded but never installed."""

    wheel: str
    member: str


class Https(Table, frozen=True, tag_field="kind", tag="https"):
    url: Annotated[str, msgspec.Meta(pattern=r"^https://")]


class Wheel(Table, frozen=True):
    """A release to download for one platform, whatever this interpreter is."""

    requirement: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]+==[A-Za-z0-9.]+$")]
    python: str
    platform: str
    sha256: Sha256


class Input(Table, frozen=True):
    """An RGB picture of `height` x `width` pixels; 0 and 255 become `low` and `high` inside the model."""

    height: Size
    width: Size
    low: float
    high: float


class Output(Table, frozen=True):
    """One output; `shape` is per picture, channels first."""

    name: str
    shape: tuple[Size, ...]
    meaning: str


class Entry(Table, frozen=True):
    """One model. `sha256` and `bytes` are those of the source file, `file` is its usual name.

    `outputs` are those of the source file, in its order; of them the converted model has those that `keep`
    names (none named: all), and computes nothing for the others.
    """

    name: str
    task: Literal["person detection", "pose", "person segmentation"]
    decoder: Literal["blazepose-anchors", "blazepose-landmarks", "mask"]
    licence: str
    file: str
    sha256: Sha256
    bytes: Size
    input: Input
    outputs: tuple[Output, ...]
    sources: tuple[Folder | InWheel | Https, ...]
    skeleton: str | None = None
    keep: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a name that is unfit for a file name, and an entry that cannot be had or gives nothing."""
        if not _NAME.match(self.name):
            raise ValueError(f"model name {self.name!r} is not lower-case letters, digits and hyphens")
        if not self.outputs or not self.sources:
            raise ValueError(f"model {self.name} has no outputs or no sources")
        unknown = set(self.keep or ()) - {output.name for output in self.outputs}
        if unknown or self.keep == ():
            raise ValueError(f"model {self.name} keeps no output, or unknown ones: {sorted(unknown)}")

    @property
    def kept(self) -> tuple[Output, ...]:
        """The outputs of the converted model."""
        return tuple(output for output in self.outputs if self.keep is None or output.name in self.keep)

    @property
    def fix(self) -> str:
        """The command that mends a missing or damaged file."""
        return f"kinestream models pull {self.name}"


class Registry(Table, frozen=True):
    wheels: dict[str, Wheel]
    models: tuple[Entry, ...]

    def __post_init__(self) -> None:
        """Refuse two models of one name and a source in a wheel that is not listed."""
        names = [entry.name for entry in self.models]
        if len(set(names)) < len(names):
            raise ValueError(f"two models have one name among {', '.join(names)}")
        for entry in self.models:
            for source in entry.sources:
                if isinstance(source, InWheel) and source.wheel not in self.wheels:
                    raise ValueError(f"model {entry.name}: wheel {source.wheel!r} is not listed")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the TOML `text`.

        Raises:
            ModelError: it is no valid registry.
        """
        try:
            return msgspec.toml.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise ModelError(f"model registry: {error}") from error

    def find(self, name: str) -> Entry:
        """The model called `name`.

        Raises:
            ModelError: there is none; the nearest names are suggested.
        """
        entries = {entry.name: entry for entry in self.models}
        if name in entries:
            return entries[name]
        near = difflib.get_close_matches(name, entries, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(entries)}"
        raise ModelError(f"no model is called {name!r}; {hint}")


@functools.cache
def load() -> Registry:
    """The registry that ships with the program."""
    return Registry.parse(resources.files(__package__).joinpath("registry.toml").read_text("utf-8"))


def names() -> list[str]:
    """Every model's name, in the registry's order."""
    return [entry.name for entry in load().models]


def find(name: str) -> Entry:
    """The model called `name`, see `Registry.find`."""
    return load().find(name)
