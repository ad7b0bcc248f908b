"""Where a camera's pictures come from: which kind of source that is, and its whole address."""

from enum import Enum
from pathlib import Path
from urllib.parse import quote, urlsplit

from services.ingest.capture import SourceError, redacted
from shared.settings import Camera

_DEVICES = "/dev/"
_FILE, _REPLAY = "file://", "replay://"


class Kind(Enum):
    """What has to be done to read a source."""

    SCENE = "scene"
    REPLAY = "replay"
    NETWORK = "network"
    DEVICE = "device"
    FOLDER = "folder"
    FILE = "file"


def kind_of(source: str) -> Kind:
    """The kind of a source; what is a folder is looked up on the disk."""
    scheme = _scheme(source)
    if scheme in ("synth", "replay"):
        return Kind.SCENE if scheme == "synth" else Kind.REPLAY
    if scheme not in ("", "file"):
        return Kind.NETWORK
    path = path_of(source)
    if str(path).startswith(_DEVICES):
        return Kind.DEVICE
    return Kind.FOLDER if path.is_dir() else Kind.FILE


def is_network(source: str) -> bool:
    """Whether a source is reached over the network."""
    return _scheme(source) not in ("", "file", "synth", "replay")


def is_live(source: str) -> bool:
    """Whether a source may come back by itself after it failed: a camera on the network or plugged in."""
    return is_network(source) or kind_of(source) is Kind.DEVICE


def path_of(source: str) -> Path:
    """The path of a file, folder, device or recording; what is relative begins where the process runs."""
    for start in (_FILE, _REPLAY):
        if source.lower().startswith(start):
            return Path(source[len(start) :]).expanduser()
    return Path(source).expanduser()


def address_of(camera: Camera) -> str:
    """The address to open, with user name and password in it where they are given apart.

    Raises:
        SourceError: the password's file cannot be read, or the address has a password already.
    """
    if camera.username is None and camera.password_file is None:
        return camera.source
    where = f"camera {camera.name}"
    if not is_network(camera.source):
        raise SourceError(f"{where}: username and password_file are for sources on the network")
    url = urlsplit(camera.source)
    before, _, host = url.netloc.rpartition("@")
    if ":" in before or (before and camera.username is not None):
        raise SourceError(f"{where}: {redacted(camera.source)} names a user already: keep one of them")
    user = before or quote(camera.username or "", safe="")
    password = "" if camera.password_file is None else f":{quote(_read(camera.password_file), safe='')}"
    return url._replace(netloc=f"{user}{password}@{host}").geturl()


def _read(file: Path) -> str:
    try:
        password = file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"password_file: cannot read {file}: {error}") from None
    if not password:
        raise SourceError(f"password_file: {file} is empty")
    return password


def _scheme(source: str) -> str:
    return source.partition("://")[0].lower() if "://" in source else ""
