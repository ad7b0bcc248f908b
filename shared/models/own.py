"""A user's own registry: `models.toml`, or any TOML file that the configuration's `models` names.

Less has to be said there than in ours: the file's size, the outputs' shapes and often their names are read
from the ONNX file when it is pulled. See `deploy/models.example.toml`.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from shared.models.decoders import DECODERS, check
from shared.models.entries import (
    Decoder,
    Entry,
    Folder,
    Https,
    InFile,
    Input,
    Output,
    Sha256,
    Size,
    Table,
    Task,
)
from shared.models.errors import ModelError
from shared.nearest import hint

NAME = "models.toml"
_LARGEST_BYTES = 1 << 20
_LARGEST_SIDE_PX = 4096
_KINDS = (".onnx", ".tflite")


class _Model(Table, frozen=True):
    """One model; `task` follows from the decoder where one is not written."""

    name: str
    decoder: Decoder
    input: Input
    file: str | None = None
    url: Annotated[str, msgspec.Meta(pattern=r"^https://")] | None = None
    sha256: Sha256 | None = None
    bytes: Size | None = None
    task: Task | None = None
    skeleton: str | None = None
    licence: str = "not stated"
    outputs: tuple[Output, ...] = ()
    keep: tuple[str, ...] | None = None
    classes: tuple[str, ...] = ()
    parameters: dict[str, float | str] = msgspec.field(default_factory=dict)


class _File(Table, frozen=True):
    models: tuple[_Model, ...] = ()


def path_of(models: Path | None) -> Path | None:
    """The user's registry that the configuration's `models` means, if there is one."""
    path = models / NAME if models is not None and models.is_dir() else models
    return path if path is not None and path.is_file() else None


def folder_of(models: Path | None) -> Path | None:
    """The folder of model files that the configuration's `models` means; None where it names a registry."""
    return None if models is None or models.is_file() else models


def read(path: Path) -> tuple[Entry, ...]:
    """The models of the registry at `path`.

    Raises:
        ModelError: it cannot be read, has an unknown key, or a model lacks something or contradicts itself;
            one line says which and how to mend it.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ModelError(f"{path}: more than {_LARGEST_BYTES} bytes are no registry of models")
        tables = tomllib.loads(path.read_text("utf-8"))
        _refuse_unknown(tables, path)
        models = msgspec.convert(tables, _File).models
        return tuple(_entry(model, path) for model in models)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    except (msgspec.ValidationError, ValueError) as error:
        raise ModelError(f"{path}: {error}") from error


def _refuse_unknown(tables: Mapping[str, Any], path: Path) -> None:
    """A wrong key is named with the one that it may have meant to be."""
    _check_keys(tables, _File, str(path))
    models = tables.get("models")
    for number, model in enumerate(models if isinstance(models, list) else ()):
        if isinstance(model, dict):
            where = f"{path}: model {model.get('name', number + 1)}"
            _check_keys(model, _Model, where)
            _check_keys(model.get("input"), Input, f"{where}: input")
            outputs = model.get("outputs")
            for output in outputs if isinstance(outputs, list) else ():
                _check_keys(output, Output, f"{where}: outputs")


def _check_keys(table: object, struct: type[msgspec.Struct], where: str) -> None:
    known = struct.__struct_encode_fields__
    for key in table if isinstance(table, dict) else ():
        if key not in known:
            raise ModelError(f"{where}: unknown key {key!r}; {hint(key, known)}")


def _entry(model: _Model, path: Path) -> Entry:
    """The model as an entry of ours, its decoder's demands checked."""
    where = f"{path}: model {model.name}"
    file, source = _source(model, path, where)
    if max(model.input.height, model.input.width) > _LARGEST_SIDE_PX:
        raise ModelError(f"{where}: an input of more than {_LARGEST_SIDE_PX} pixels a side is not run")
    needs = DECODERS[model.decoder]
    entry = Entry(
        name=model.name,
        task=model.task or needs.task,
        decoder=model.decoder,
        licence=model.licence,
        file=file,
        sha256=_sha256(model, source, where),
        input=model.input,
        outputs=model.outputs or tuple(Output(name) for name in needs.outputs),
        sources=(Folder(), source) if isinstance(source, Https) else (source,),
        skeleton=model.skeleton,
        keep=model.keep,
        classes=model.classes,
        parameters=model.parameters,
        bytes=model.bytes,
    )
    try:
        check(entry)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    return entry


def _source(model: _Model, path: Path, where: str) -> tuple[str, InFile | Https]:
    """The file's name, and where it is."""
    if (model.file is None) == (model.url is None):
        raise ModelError(f"{where}: give either `file` (relative to this registry) or `url` (https)")
    source: InFile | Https
    if model.url is not None:
        file, source = PurePosixPath(urlsplit(model.url).path).name, Https(model.url)
    else:
        found = path.parent / str(model.file)
        file, source = found.name, InFile(str(found.resolve()))
    if not file.endswith(_KINDS):
        raise ModelError(f"{where}: {file!r} is neither {' nor '.join(_KINDS)}")
    if file.endswith(".tflite") and not all(output.shape for output in model.outputs or [Output("")]):
        raise ModelError(
            f"{where}: a .tflite file needs `outputs` with names and shapes, in the file's order"
        )
    return file, source


def _sha256(model: _Model, source: InFile | Https, where: str) -> str:
    if model.sha256 is not None:
        return model.sha256
    if isinstance(source, InFile) and Path(source.path).is_file():
        with Path(source.path).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        raise ModelError(f'{where}: `sha256` is missing; the file has sha256 = "{found}"')
    raise ModelError(
        f"{where}: `sha256` is missing; `sha256sum` tells that of a file that you trust"
        " (with 64 zeros, `kinestream models pull` tells the one it found)"
    )
