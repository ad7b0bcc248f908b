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
from shared.settings import Camera, Enriching, Settings

_STAGES = ("detector", "pose", "segmentation", "tracker")
_SPEED = frozenset(Enriching.model_fields)  # how fast a stage works, not what comes of it
_CODE = (
    "services/ingest",
    "services/detector",
    "services/pose",
    "services/segmentation",
    "services/tracker",
    "shared/models",
    "shared/tracking",
    "shared/vision",
    "shared/bus/frames.py",
)
# What a camera makes of its source.
_PICTURE = ("fps", "masks", "crop", "rotate", "longest_side_px", "jpeg_quality")
_BLOCK = 1 << 20
_NAME_LENGTH = 64


def chain_of(name: str, clip: Clip, settings: Settings) -> dict[str, str]:
    """The options that decide the tracks of a clip, by their names in the configuration, as JSON."""
    chain = {name: value for stage in _STAGES for name, value in _options(stage, getattr(settings, stage))}
    known = registry.of(settings.models)
    for stage in ("detector", "pose", "segmentation"):
        chain[f"{stage}.model.sha256"] = known.find(getattr(settings, stage).model).sha256
    camera = camera_for(name, clip, Path(), settings)
    return chain | {f"camera.{option}": _json(getattr(camera, option)) for option in _PICTURE}


def camera_for(name: str, clip: Clip, folder: Path, settings: Settings) -> Camera:
    """The camera that plays a clip of a folder, from its first picture to its last: the configured one of
    that name, where there is one, with the labelled part of the picture.
    """
    source, called = str((folder / name).absolute()), camera_of(name)
    own = [camera for camera in settings.cameras if camera.name == called]
    camera = own[0] if own else Camera(name=called, source=source)
    whole = {"source": source, "start_s": 0.0, "max_frames": None, "real_time": False, "speed": None}
    return camera.model_copy(update={**whole, "crop": clip.crop_xyxy or camera.crop})


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
        chain=chain_of(name, clip, settings),
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
    """Fingerprint of the code that tracks come from."""
    root, digest = Path(__file__).resolve().parents[3], hashlib.sha256()
    for place in _CODE:
        found = root / place
        for path in sorted(found.rglob("*.py")) if found.is_dir() else (found,):
            digest.update(path.relative_to(root).as_posix().encode())
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
