"""What tracks depend on: the options and the code of the stages before the rules, and the clip itself."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

import msgspec
from pydantic import BaseModel

from services.evaluate.errors import EvaluationError
from services.evaluate.events.labels import Clip
from services.evaluate.events.recording import Header
from shared.models import registry
from shared.settings import Enriching, Settings

_STAGES = ("detector", "pose", "segmentation", "tracker")
_SPEED = frozenset(Enriching.model_fields)  # how fast a stage works, not what comes of it
_CODE = ("services", "shared")
_NOT_CODE = (
    "services/console",
    "services/evaluate",
    "services/monitor",
    "services/venue",
    "services/actions",
)
_NOT_SHARED = ("shared/rules", "shared/actions", "shared/scene", "shared/worker", "shared/settings")
_BLOCK = 1 << 20
_NAME_LENGTH = 64


def chain_of(settings: Settings, clip: Clip) -> dict[str, str]:
    """The options that decide the tracks of a clip, by their names in the configuration, as JSON."""
    chain = {name: value for stage in _STAGES for name, value in _options(stage, getattr(settings, stage))}
    known = registry.of(settings.models)
    for stage in ("detector", "pose", "segmentation"):
        chain[f"{stage}.model.sha256"] = known.find(getattr(settings, stage).model).sha256
    chain["camera.crop"] = _json(clip.crop_xyxy)
    return chain


def differing(recorded: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """What is not as it was recorded, an option each: `detector.every_s was 0.5 and is 1.0`."""
    names = sorted(recorded.keys() | wanted.keys())
    return [
        f"{name} was {recorded.get(name, 'unknown')} and is {wanted.get(name, 'unknown')}"
        for name in names
        if recorded.get(name) != wanted.get(name)
    ]


def origin(name: str, clip: Clip, path: Path, settings: Settings) -> Header:
    """The header of a recording of a clip that is made now, but for its frames.

    Raises:
        EvaluationError: the clip cannot be read.
    """
    return Header(
        clip=name,
        sha256=sha256_of(path),
        chain=chain_of(settings, clip),
        code=code_of(),
        software=software(),
        frames=0,
        crc32=0,
    )


def sha256_of(path: Path) -> str:
    """Of a file's bytes.

    Raises:
        EvaluationError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise EvaluationError(f"clip {path} cannot be read: {error.strerror}") from None
    return digest.hexdigest()


@cache
def code_of() -> str:
    """Fingerprint of all code that tracks may depend on."""
    root, digest = Path(__file__).resolve().parents[3], hashlib.sha256()
    for folder in _CODE:
        for path in sorted((root / folder).rglob("*.py")):
            place = path.relative_to(root).as_posix()
            if not place.startswith((*_NOT_CODE, *_NOT_SHARED)):
                digest.update(place.encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def software() -> str:
    """The version of Kinestream."""
    try:
        return version("kinestream")
    except PackageNotFoundError:
        return "from its source folder"


def camera_of(name: str) -> str:
    """The camera that plays a clip, under which a configuration may hold zones and rules of its own for it:
    its path without the suffix, and dashes for what cameras cannot be called.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", str(PurePosixPath(name).with_suffix(""))).strip("-.")
    return plain[-_NAME_LENGTH:] or "clip"


def _options(prefix: str, section: BaseModel) -> Iterator[tuple[str, str]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _options(f"{prefix}.{name}", value)
        elif name not in _SPEED:
            yield f"{prefix}.{name}", _json(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
