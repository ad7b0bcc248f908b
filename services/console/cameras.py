"""Turns what was typed after `kinestream run` into cameras."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from services.console.errors import BadInputError
from shared.redaction import redacted
from shared.settings import Camera
from shared.settings.source import SCHEMES

_NAME_LENGTH = 64


@dataclass(frozen=True)
class Playback:
    """How sources are played; None leaves what the configuration says."""

    start_s: float | None = None
    max_frames: int | None = None
    crop: tuple[int, int, int, int] | None = None
    real_time: bool | None = None

    def apply(self, camera: Camera) -> Camera:
        chosen = {key: value for key, value in vars(self).items() if value is not None}
        return camera.model_copy(update=chosen)


def parse_crop(text: str) -> tuple[int, int, int, int]:
    """Read `x0,y0,x1,y1` in pixels of the source.

    Raises:
        BadInputError: not four whole numbers that span a rectangle.
    """
    try:
        x0, y0, x1, y1 = (int(part) for part in text.split(","))
    except ValueError:
        raise BadInputError(
            f"--crop {text}: give four whole numbers x0,y0,x1,y1 in pixels, as in --crop 100,0,740,480"
        ) from None
    if not (0 <= x0 < x1 and 0 <= y0 < y1):
        raise BadInputError(f"--crop {text}: x0,y0 must lie left of and above x1,y1, all from 0 up")
    return x0, y0, x1, y1


def name_of(source: str, taken: Collection[str]) -> str:
    """A valid camera name that resembles the source, has no password in it and is not yet taken."""
    parts = urlsplit(source) if "://" in source else None
    path = parts.path if parts else source
    stem = Path(path).stem or (parts.hostname if parts else None) or "camera"
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).strip("-.")[:_NAME_LENGTH] or "camera"
    name, number = plain, 1
    while name in taken:
        number += 1
        ending = f"-{number}"
        name = plain[: _NAME_LENGTH - len(ending)] + ending
    return name


def make_cameras(sources: Sequence[str], names: Sequence[str]) -> tuple[Camera, ...]:
    """One camera for each source: named in order by `names`, the others after their files.

    Raises:
        BadInputError: more names than sources, a name twice, or one that is not valid.
    """
    if len(names) > len(sources):
        raise BadInputError(f"{len(names)} --name for {len(sources)} SOURCE: give at most one for each")
    taken: list[str] = []
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name):
            raise BadInputError(f"--name {name!r}: use 1 to 64 letters, digits, and _ . -")
        if name in taken:
            raise BadInputError(f"--name {name} is given twice: each camera needs a name of its own")
        taken.append(name)
    for source in sources[len(names) :]:
        taken.append(name_of(source, taken))
    return tuple(make_camera(name, source) for name, source in zip(taken, sources, strict=True))


def make_camera(name: str, source: str) -> Camera:
    """A camera of a source as it was typed; paths begin where we are.

    Raises:
        BadInputError: no such kind of source.
    """
    try:
        return Camera(name=name, source=_absolute(source))
    except ValidationError as error:
        [problem, *_] = error.errors(include_input=False, include_url=False)
        said = problem["msg"].removeprefix("Value error, ")
        raise BadInputError(f"SOURCE {redacted(source)}: {said}") from None


def _absolute(source: str) -> str:
    """A path made whole; what may be meant as a URL (`rtsp:/cam`) is left for the settings to judge."""
    is_url = "://" in source or source.partition(":/")[0].lower() in SCHEMES
    return source if is_url else str(Path(source).expanduser().absolute())
