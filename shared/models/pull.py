"""`kinestream models pull`: fetch, convert, cache. Nothing else in the program downloads."""

import importlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shared.models import cache, own, registry
from shared.models.decoders import Points, check_shapes
from shared.models.entries import Entry
from shared.models.errors import ModelError
from shared.models.fetch import Fetcher
from shared.models.storage import Say, locked, sha256_of, write_whole

Convert = Callable[[bytes, Entry], cache.Made]

_SCRATCH = ".pull-"


def pull(
    names: Sequence[str], models_dir: Path, say: Say, models: Path | None = None, points: Points | None = None
) -> list[Path]:
    """Make sure that the named models are cached; what is there and whole is left alone.

    Args:
        names: Models of the registry, or of the user's own.
        models_dir: The cache; made if it is absent. Only written to when something is missing or damaged.
        say: Takes one line about progress.
        models: The configuration's `models` (`KINESTREAM_MODELS`): a folder of source files to look through
            first, by hash, which may hold a registry of the user's own; or the path of such a registry.
        points: Tells how many points a skeleton has, so that a model's outputs can be held against its own.

    Returns:
        The ONNX files, in the order of `names`.

    Raises:
        ModelError: a name is unknown, no source has a file, or it cannot be converted or written, or is not
            what its decoder needs.
    """
    known = registry.of(models)
    entries = [known.find(name) for name in names]
    if any(cache.state_of(entry, models_dir) != "cached" for entry in entries):
        convert = _checked(_converter(), points)
        with locked(models_dir, say), _scratch(models_dir) as scratch:
            fetcher = Fetcher(known, own.folder_of(models), scratch, say)
            for entry in entries:
                _provide(entry, models_dir, fetcher, convert, say)
    paths = [cache.onnx_path(entry, models_dir) for entry in entries]
    for entry, path in zip(entries, paths, strict=True):
        say(f"{entry.name}: {path} ({entry.licence})")
    return paths


@contextmanager
def _scratch(models_dir: Path) -> Iterator[Path]:
    """A folder for what is downloaded; what a killed pull left of its own goes too."""
    for left in models_dir.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=models_dir) as scratch:
        yield Path(scratch)


def _provide(entry: Entry, models_dir: Path, fetcher: Fetcher, convert: Convert, say: Say) -> None:
    # Looked at again, now under the lock: another process may have done it meanwhile.
    state = cache.state_of(entry, models_dir)
    if state == "cached":
        return
    if state == "corrupt":
        say(f"{entry.name}: the cached file is damaged, made anew")
    source = _source(entry, models_dir, fetcher)
    started = time.perf_counter()
    made = convert(source, entry)
    cache.store(entry, models_dir, made)
    how = "adapted" if entry.file.endswith(".onnx") else "converted to ONNX"
    alone = ", one picture at a time" if made.batch == "one" else ""
    took_s, size_mb = time.perf_counter() - started, len(made.data) / 1e6
    say(f"{entry.name}: {how} in {took_s:.1f} s, {size_mb:.1f} MB{alone}")


def _source(entry: Entry, models_dir: Path, fetcher: Fetcher) -> bytes:
    """The source file's bytes, kept so that another converter version needs no download."""
    path = cache.source_path(entry, models_dir)
    if path.is_file() and sha256_of(path) == entry.sha256:
        return path.read_bytes()
    data = fetcher.fetch(entry)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, data)
    return data


def _checked(convert: Convert, points: Points | None) -> Convert:
    def checked(source: bytes, entry: Entry) -> cache.Made:
        made = convert(source, entry)
        check_shapes(entry, made.outputs, points)
        return made

    return checked


def _converter() -> Convert:
    """The converters, whose packages only a pull needs: workers run without them."""
    try:
        for package in ("onnx", "tflite"):
            importlib.import_module(package)
        conversion = importlib.import_module("shared.models.conversion")
    except ModuleNotFoundError as error:
        raise ModelError(
            f"converting models needs the package {error.name}; run: pip install onnx tflite"
        ) from error
    convert: Convert = conversion.convert
    return convert
