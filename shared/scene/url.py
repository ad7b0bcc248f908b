"""`synth://SCENARIO?parameter=value`: which scene to play, and how the camera sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shared.nearest import hint

SCHEME = "synth"
SCENARIOS = (
    "walk",
    "sit",
    "bend",
    "squat",
    "fall_forward",
    "fall_backward",
    "fall_sideways",
    "lie_on_bed",
    "crossing",
    "empty",
    "demo",
)


@dataclass(frozen=True)
class SceneSpec:
    """A scene and its camera.

    Attributes:
        scenario: one of `SCENARIOS`.
        height_m: of the camera above the floor.
        tilt_deg: of the camera below the horizontal; None aims at the middle of the room.
        fov_deg: horizontal field of view.
        size_px: width and height of the picture.
        fps: frames per second of media time.
        people: persons in the room, 0 only in the empty one; None is as many as the scenario needs.
        seed: chooses bodies, clothes, colours, speeds and start points.
        noise: standard deviation of the sensor noise, grey levels.
        duration_s: None is as long as the scenario takes.
    """

    scenario: str
    height_m: float = 2.0
    tilt_deg: float | None = None
    fov_deg: float = 60.0
    size_px: tuple[int, int] = (640, 480)
    fps: float = 15.0
    people: int | None = None
    seed: int = 1
    noise: float = 4.0
    duration_s: float | None = None


def parse(url: str) -> SceneSpec:
    """Read a scene's address.

    Raises:
        ValueError: another scheme, an unknown scenario or parameter (the nearest name is suggested), a
            parameter given twice, or a value out of its range; one line.
    """
    parts = urlsplit(url)
    if parts.scheme != SCHEME:
        raise ValueError(f"{url!r} is not a scene: write {SCHEME}://SCENARIO")
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError(f"{url!r}: nothing may follow the scenario but ?parameters")
    scenario = parts.netloc
    if scenario not in SCENARIOS:
        raise ValueError(f"unknown scenario {scenario!r}: {hint(scenario, SCENARIOS)}")
    return _with_parameters(scenario, parts.query)


def _with_parameters(scenario: str, query: str) -> SceneSpec:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ValueError(f"scene parameters {query!r} are not name=value joined by &") from None
    values: dict[str, Any] = {}
    for name, text in pairs:
        if name not in _READERS:
            raise ValueError(f"unknown scene parameter {name!r}: {hint(name, _READERS)}")
        field, read = _READERS[name]
        if field in values:
            raise ValueError(f"scene parameter {name!r} is given twice")
        values[field] = read(name, text)
    spec = SceneSpec(scenario, **values)
    _check_people(spec)
    return spec


def _check_people(spec: SceneSpec) -> None:
    scenario, people = spec.scenario, spec.people
    if people is None:
        return
    least, most = {"empty": (0, 0), "crossing": (2, 8)}.get(scenario, (1, 8))
    if not least <= people <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise ValueError(f"scene parameter people={people}: the scenario {scenario!r} takes {wanted}")


def _number(low: float, high: float) -> Callable[[str, str], float]:
    def read(name: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"scene parameter {name}={text!r} is not a number") from None
        if not low <= value <= high:
            raise ValueError(f"scene parameter {name}={text} is outside {low:g} to {high:g}")
        return value

    return read


def _integer(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not text.isdecimal():
            raise ValueError(f"scene parameter {name}={text!r} is not a whole number")
        return int(_number(low, high)(name, text))

    return read


def _size(name: str, text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ValueError(f"scene parameter {name}={text!r} is not WIDTHxHEIGHT, such as 640x480")
    low, high = 64, 1920
    if not (low <= int(width) <= high and low <= int(height) <= high):
        raise ValueError(f"scene parameter {name}={text}: width and height are {low} to {high} pixels")
    return int(width), int(height)


_READERS: dict[str, tuple[str, Callable[[str, str], object]]] = {  # parameter: field of the spec, its reader
    "height": ("height_m", _number(0.5, 2.5)),  # below the ceiling
    "tilt": ("tilt_deg", _number(-10, 60)),
    "fov": ("fov_deg", _number(30, 110)),
    "size": ("size_px", _size),
    "fps": ("fps", _number(1, 60)),
    "people": ("people", _integer(0, 8)),
    "seed": ("seed", _integer(0, 2**31 - 1)),
    "noise": ("noise", _number(0, 40)),
    "duration": ("duration_s", _number(0.1, 600)),
}
