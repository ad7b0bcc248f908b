"""What a registry says of each model, read and checked."""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

import msgspec

from shared.models.errors import ModelError
from shared.nearest import hint

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, msgspec.Meta(ge=1)]
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]*$")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Folder(Table, frozen=True, tag_field="kind", tag="folder"):
    """A folder of the user's, searched by hash."""


class InFile(Table, frozen=True, tag_field="kind", tag="file"):
    """One file of the user's."""

    path: str


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


Batch = Literal["any", "one"]
Fit = Literal["letterbox", "letterbox-corner", "stretch", "region"]


class Input(Table, frozen=True):
    """What the network sees: a picture of `height` x `width` pixels, made of whole pictures or regions.

    The cached model takes RGB bytes (N, height, width, 3) and does the rest itself: (value - `mean`) / `std`
    for each channel in the order of `colour`, with values of 0 to 255. `fit` says how a picture gets in: the
    whole picture in the middle or the top-left corner with `pad` (0 to 255) around it, or stretched; or a
    region of it that shows one person.
    """

    height: Size
    width: Size
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (255.0, 255.0, 255.0)
    colour: Literal["rgb", "bgr"] = "rgb"
    fit: Fit = "region"
    pad: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0


class Output(Table, frozen=True):
    """One output; `shape` is per picture, channels first, and empty where only the file knows it.

    `source` (`from` in the file) is what an ONNX file calls it, where that cannot be told by the order.
    """

    name: str
    shape: tuple[Size, ...] = ()
    meaning: str = ""
    source: str | None = msgspec.field(name="from", default=None)


Task = Literal["person detection", "pose", "person segmentation", "part segmentation", "re-identification"]
Decoder = Literal[
    "blazepose-anchors",  # boxes, scores
    "yolox",  # predictions (cells, 5 + classes): raw, see shared.vision
    "blazepose-landmarks",  # landmarks, presence, heatmap, world
    "heatmap",  # heatmaps (K, H, W), one person
    "simcc",  # x (K, split * width), y (K, split * height), one person
    "posenet",  # heatmaps, short_offsets, mid_offsets: several people
    "bodypix",  # as posenet, and long_offsets, segments, part_heatmaps
    "mask",  # mask (1, H, W): probability
    "classes",  # classes (C, H, W): logits
    "embedding",
]


class Entry(Table, frozen=True):
    """One model. `sha256` and `bytes` are those of the source file (`bytes` of one in a wheel must be
    known), `file` is its usual name, and `note` says where it may be had when no source has it.

    `classes` names what an output of several classes tells, in order, or one name of a palette; `parameters`
    are the decoder's own (see `decoders`). `batch` "one" is a model that takes one picture at a time: that,
    and shapes of outputs that are not written here, are known once it is cached (`cache.described`).

    `outputs` are those of the source file, in its order; of them the converted model has those that `keep`
    names (none named: all), and computes nothing for the others.
    """

    name: str
    task: Task
    decoder: Decoder
    licence: str
    file: str
    sha256: Sha256
    input: Input
    outputs: tuple[Output, ...]
    sources: tuple[Folder | InFile | InWheel | Https, ...]
    skeleton: str | None = None
    keep: tuple[str, ...] | None = None
    classes: tuple[str, ...] = ()
    parameters: dict[str, float | str] = {}
    bytes: Size | None = None
    batch: Batch = "any"
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a name that is unfit for a file name, and an entry that cannot be had or gives nothing."""
        if not _NAME.match(self.name):
            raise ValueError(f"model name {self.name!r} is not lower-case letters, digits and hyphens")
        if not self.outputs or not self.sources:
            raise ValueError(f"model {self.name} has no outputs or no sources")
        if self.bytes is None and any(isinstance(source, InWheel) for source in self.sources):
            raise ValueError(f"model {self.name} is in a wheel, and its size in bytes is missing")
        unknown = set(self.keep or ()) - {output.name for output in self.outputs}
        if unknown or self.keep == ():
            raise ValueError(f"model {self.name} keeps no output, or unknown ones: {sorted(unknown)}")

    @property
    def kept(self) -> tuple[Output, ...]:
        """The outputs of the converted model."""
        return tuple(output for output in self.outputs if self.keep is None or output.name in self.keep)

    def described(self, shapes: Mapping[str, tuple[int, ...]], batch: Batch) -> "Entry":
        """The entry with what the cached model is known to be: its outputs' `shapes` by name, and `batch`."""
        outputs = tuple(
            msgspec.structs.replace(output, shape=output.shape or shapes.get(output.name, ()))
            for output in self.outputs
        )
        return msgspec.structs.replace(self, outputs=outputs, batch=batch)

    @property
    def key(self) -> str:
        """Eight digits that change with everything the cached model is made from or checked against."""
        outputs = [(output.name, output.source) for output in self.outputs]  # shapes are known later, too
        reading = (self.decoder, self.skeleton, self.classes, sorted(self.parameters.items()))
        made_from = (self.sha256, self.licence, self.input, outputs, self.keep, reading)
        return hashlib.sha256(msgspec.json.encode(made_from)).hexdigest()[:8]

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
        raise ModelError(f"no model is called {name!r}; {hint(name, entries)}")
