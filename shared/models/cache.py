"""Converted models on disk, and the manifest of what each file must be.

`<name>-<key of the entry>-<converter version>.onnx`, so that neither another source, nor another entry, nor
another converter ever finds a file of the old one; the sources themselves are kept beside them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from shared.models.convert import VERSION
from shared.models.entries import Batch, Entry, Registry
from shared.models.errors import ModelError
from shared.models.storage import write_whole

State = Literal["cached", "missing", "corrupt"]
_MANIFEST = "manifest.json"


class Stored(msgspec.Struct, frozen=True):
    """What a cached file must be, and what its model is known to be (see `Entry.described`)."""

    sha256: str
    bytes: int
    outputs: dict[str, tuple[int, ...]] = {}
    batch: Batch = "any"


class Manifest(msgspec.Struct, frozen=True):
    files: dict[str, Stored] = {}


@dataclass(frozen=True)
class Made:
    """A model to be cached: the ONNX file, each output's shape per picture, and what it takes at once."""

    data: bytes
    outputs: Mapping[str, tuple[int, ...]]
    batch: Batch


@dataclass(frozen=True)
class Listed:
    """One line of `kinestream models list`; `bytes` is the size on disk, 0 where missing."""

    entry: Entry
    bytes: int
    state: State
    path: Path


def onnx_path(entry: Entry, models_dir: Path) -> Path:
    """Where the converted model is kept."""
    return models_dir / f"{entry.name}-{entry.key}-{VERSION}.onnx"


def source_path(entry: Entry, models_dir: Path) -> Path:
    """Where the file it was converted from is kept."""
    return models_dir / "sources" / f"{entry.sha256[:8]}-{entry.file}"


def load(entry: Entry, models_dir: Path) -> bytes:
    """The converted model's bytes, whose hash is right.

    Raises:
        ModelError: it is missing or damaged; says what was expected, what was found, and the fix.
    """
    path = onnx_path(entry, models_dir)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"model {entry.name} is not in {models_dir}; run: {entry.fix}") from error
    except OSError as error:
        raise ModelError(f"model file {path} cannot be read: {error.strerror}") from error
    expected = _stored(entry, models_dir)
    found = hashlib.sha256(data).hexdigest()
    if expected is None or expected.sha256 != found:
        wanted = expected.sha256 if expected else "none in the manifest"
        raise ModelError(
            f"model file {path} is damaged: expected sha256 {wanted}, found {found}; run: {entry.fix}"
        )
    if not _fits(entry, expected):
        raise ModelError(f"model file {path} has other outputs than the registry now says; run: {entry.fix}")
    return data


def described(entry: Entry, models_dir: Path) -> Entry:
    """The entry with what is known of its cached model: shapes that it left out, and whether batches fit.

    Raises:
        ModelError: the manifest cannot be read.
    """
    stored = _stored(entry, models_dir)
    return entry if stored is None else entry.described(stored.outputs, stored.batch)


def store(entry: Entry, models_dir: Path, made: Made) -> Path:
    """Keep a converted model; the caller holds the folder's lock."""
    path = onnx_path(entry, models_dir)
    write_whole(path, made.data)
    try:
        files = _manifest(models_dir).files
    except ModelError:
        files = {}  # a damaged manifest vouches for nothing: each pull writes its own line anew
    digest = hashlib.sha256(made.data).hexdigest()
    files = files | {path.name: Stored(digest, len(made.data), dict(made.outputs), made.batch)}
    write_whole(models_dir / _MANIFEST, msgspec.json.format(msgspec.json.encode(Manifest(files)), indent=2))
    return path


def state_of(entry: Entry, models_dir: Path) -> State:
    """Whether the converted model is there and whole."""
    if not onnx_path(entry, models_dir).is_file():
        return "missing"
    try:
        load(entry, models_dir)
    except ModelError:
        return "corrupt"
    return "cached"


def listing(known: Registry, models_dir: Path) -> list[Listed]:
    """Every model of the registry and how it is cached, in the registry's order."""
    listed = []
    for entry in known.models:
        path, state = onnx_path(entry, models_dir), state_of(entry, models_dir)
        size = 0 if state == "missing" else path.stat().st_size
        listed.append(Listed(entry, size, state, path))
    return listed


def verify(known: Registry, models_dir: Path) -> list[str]:
    """One line for each cached model of the registry that is damaged; missing ones are no fault."""
    faults = []
    for entry in known.models:
        if onnx_path(entry, models_dir).exists():
            try:
                load(entry, models_dir)
            except ModelError as error:
                faults.append(str(error))
    return faults


def _fits(entry: Entry, stored: Stored) -> bool:
    """Whether the outputs are those of the entry, as far as it says."""
    return all(
        not output.shape or stored.outputs.get(output.name, output.shape) == output.shape
        for output in entry.kept
    )


def _stored(entry: Entry, models_dir: Path) -> Stored | None:
    return _manifest(models_dir).files.get(onnx_path(entry, models_dir).name)


def _manifest(models_dir: Path) -> Manifest:
    path = models_dir / _MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return Manifest()
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(f"{path} cannot be read ({error}); run: kinestream models pull") from error
