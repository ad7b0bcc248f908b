"""Where a camera's pictures come from: which kind of source that is."""

from enum import Enum
from pathlib import Path

from shared.settings.source import is_network, scheme_of

__all__ = ["Kind", "is_live", "is_network", "kind_of", "path_of"]

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
    """The kind of a source; what a path is, is looked up on the disk."""
    scheme = scheme_of(source)
    if scheme in ("synth", "replay"):
        return Kind.SCENE if scheme == "synth" else Kind.REPLAY
    if is_network(source):
        return Kind.NETWORK
    path = path_of(source)
    if path.is_dir():
        return Kind.FOLDER
    return Kind.DEVICE if str(path).startswith(_DEVICES) and not path.is_file() else Kind.FILE


def is_live(source: str) -> bool:
    """Whether a source may come back by itself after it failed: a camera on the network or plugged in."""
    return is_network(source) or kind_of(source) is Kind.DEVICE


def path_of(source: str) -> Path:
    """The path of a file, folder, device or recording; what is relative begins where the process runs."""
    for start in (_FILE, _REPLAY):
        if source.lower().startswith(start):
            return Path(source[len(start) :]).expanduser()
    return Path(source).expanduser()
