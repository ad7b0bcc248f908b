"""The one configuration: a YAML file, overridden by `KINESTREAM_*` variables; unknown keys are refused."""

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote, urlsplit

import pydantic_settings
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from shared.errors import UserError
from shared.yaml_file import read_yaml

OTHER_VARIABLES = frozenset(
    {
        "KINESTREAM_CHAOS_SCHEDULES",
        "KINESTREAM_CONFIG",
        "KINESTREAM_DATA",
        "KINESTREAM_HEALTH_FILE",
        "KINESTREAM_MODELS",
    }
)
_PREFIX = "KINESTREAM_"
_DELIMITER = "__"

Fraction = Annotated[float, Field(ge=0, le=1)]


class SettingsError(UserError, ValueError):
    """The configuration is wrong: one line for each problem, with file or variable, key and what is wrong."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bus(Section):
    """The server and what the streams on it may hold."""

    url: SecretStr | None = Field(
        None, description="redis://, rediss:// or unix:// URL; none: `run` starts its own server"
    )
    password_file: Path | None = Field(
        None, description="file that holds the server's password; a relative path starts at this file"
    )
    memory_mb: int = Field(256, ge=32, description="memory limit of the embedded server")
    partitions: int = Field(
        8, ge=1, le=1024, description="cameras are spread over so many partitions; fixed once streams exist"
    )
    lease_s: float = Field(3.0, gt=0.2, description="a dead worker's partitions are free after so long")
    window: int = Field(
        48, ge=2, description="messages of one camera in flight; beyond it a live source drops, a file waits"
    )
    retention_s: float = Field(10.0, ge=0, description="finished frames are kept so long")
    retention_mb: float = Field(16.0, gt=0, description="... unless a partition's frames pass this")
    events_retention_h: float = Field(168.0, gt=0, description="events and dead letters are kept so long")


class Work(Section):
    """How a worker of a stage works."""

    replicas: int = Field(1, ge=1, description="child processes that `run` starts for this stage")
    batch: int = Field(8, ge=1, le=256, description="messages read from one partition at a time")
    wait_ms: int = Field(
        200, ge=1, description="longest wait for new messages before the loop looks at its leases"
    )


class Enriching(Work):
    deadline_ms: int = Field(1000, ge=1, description="a live frame older than this is passed on untouched")


class Detector(Enriching):
    model: str = "blazepose-detector"
    every_s: float = Field(0.5, ge=0, description="look for new people this often, in media time")
    score: Fraction = 0.5
    iou: Fraction = 0.3


class Pose(Work):
    model: str = "blazepose-full"
    presence: Fraction = 0.5
    max_persons: int = Field(8, ge=1, le=24)


class Segmentation(Enriching):
    model: str = "selfie"
    threshold: Fraction = 0.5


class Tracker(Work):
    """Who is who from frame to frame; all times are media time."""

    sure_score: Fraction = Field(0.5, description="persons from here on are matched first and start tracks")
    least_score: Fraction = Field(0.1, description="unsure persons from here on may continue a track")
    confirm_s: float = Field(0.15, ge=0, le=5, description="a track seen for so long is confirmed")
    tentative_s: float = Field(0.3, ge=0, le=5, description="an unconfirmed track unseen for longer ends")
    lost_s: float = Field(3.0, ge=0, le=60, description="a confirmed track unseen for longer ends")
    max_tracks: int = Field(64, ge=1, le=96, description="tracks of one camera; a checkpoint holds 64 kB")


class Actions(Work):
    """When a posture becomes an event; all times are media time."""

    fall_confirm_s: float = Field(0.6, ge=0.2, le=5, description="low for so long after a descent is a fall")
    fall_hidden_s: float = Field(
        0.8,
        ge=0.2,
        le=10,
        description="not seen for so long after a descent that ended low is a fall as well",
    )
    still_every_s: float = Field(10.0, ge=1, le=3600, description="report a still person this often")
    posture_s: float = Field(0.4, ge=0.1, le=5, description="a posture that lasts so long is settled")
    sitting_s: float = Field(
        1.0, ge=0.1, le=10, description="... sitting that lasts so long (squats are short)"
    )
    lying_s: float = Field(
        1.5, ge=0.1, le=60, description="... and lying that lasts so long (bending is shorter)"
    )
    max_tracks: int = Field(32, ge=1, le=40, description="tracks of one camera; a checkpoint holds 64 kB")


class Camera(Section):
    """One source. `kinestream run SOURCE` makes one of each SOURCE."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    source: str = Field(
        min_length=1, repr=False, description="a video file, synth://SCENE, or an rtsp:// or http(s):// URL"
    )
    real_time: bool = Field(False, description="play a file at its own speed, dropping what comes too late")
    start_s: float = Field(0.0, ge=0)
    max_frames: int | None = Field(None, ge=1)
    crop: tuple[int, int, int, int] | None = Field(None, description="x0, y0, x1, y1 in pixels of the source")
    jpeg_quality: int = Field(90, ge=10, le=100)
    partition: int | None = Field(None, ge=0)


class Runtime(Section):
    """ONNX Runtime and where models are kept."""

    providers: tuple[Literal["cuda", "cpu"], ...] = ("cpu",)
    threads: int = Field(1, ge=1, description="threads inside one inference")
    models_dir: Path = Field(Path("~/.cache/kinestream/models"), validate_default=True)

    @field_validator("models_dir")
    @classmethod
    def _expand(cls, path: Path) -> Path:
        return path.expanduser()


class Metrics(Section):
    host: str = "127.0.0.1"
    port: int | None = Field(
        None,
        ge=1,
        le=65_535,
        description="Prometheus endpoint of a worker (`run` counts up from it: one port for each worker);"
        " none: no endpoint",
    )


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter=_DELIMITER, extra="forbid", frozen=True
    )

    models: Path | None = Field(
        None, description="folder of model files that `models pull` searches (by sha256) before it downloads"
    )
    bus: Bus = Bus()
    runtime: Runtime = Runtime()
    metrics: Metrics = Metrics()
    detector: Detector = Detector()
    pose: Pose = Pose()
    segmentation: Segmentation = Segmentation()
    tracker: Tracker = Tracker()
    actions: Actions = Actions()
    cameras: tuple[Camera, ...] = ()

    @field_validator("cameras")
    @classmethod
    def _one_of_each_name(cls, cameras: tuple[Camera, ...]) -> tuple[Camera, ...]:
        names = [camera.name for camera in cameras]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"several cameras are named {', '.join(twice)}: names must differ")
        return cameras


def load(path: Path | None) -> Settings:
    """The settings of a YAML file (none: the defaults), overridden by the environment.

    `KINESTREAM_BUS__WINDOW=64` sets `bus.window`; a list or a whole section is given as JSON.

    Raises:
        SettingsError: the file or a variable is wrong; the message names every problem.
    """
    stored, problems = read_yaml(path) if path is not None else ({}, [])
    problems = [f"{path}: {problem}" for problem in problems]
    problems += _unknown_variables(os.environ)
    try:
        given = EnvSettingsSource(Settings)()
    except pydantic_settings.SettingsError as error:
        raise SettingsError("\n".join([*problems, f"environment: {error}: give JSON"])) from None
    try:
        settings = Settings(**_merged(stored, given))
    except ValidationError as error:
        problems += [_line(problem, path, given) for problem in error.errors(include_input=False)]
        raise SettingsError("\n".join(problems)) from None
    if problems:
        raise SettingsError("\n".join(problems))
    return _with_password(settings, path)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    known = [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]
    unknown = (
        name
        for name in sorted(environ)
        if name.startswith(_PREFIX) and name not in OTHER_VARIABLES and name.split(_DELIMITER)[0] not in known
    )
    return [f"{name}: no such variable{_nearest(name, [*known, *OTHER_VARIABLES])}" for name in unknown]


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _line(problem: ErrorDetails, path: Path | None, given: Mapping[str, Any]) -> str:
    location = problem["loc"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    where = f"{path}: {key}" if path is not None else key
    if _holds(given, location):
        where = _PREFIX + _DELIMITER.join(str(part).upper() for part in location if isinstance(part, str))
    if problem["type"] == "extra_forbidden":
        return f"{where}: no such key{_nearest(str(location[-1]), _keys_beside(location))}"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}"


def _holds(tree: Any, location: tuple[int | str, ...]) -> bool:
    """Whether the environment gave what lies at `location` or a part of it."""
    for part in location:
        if not isinstance(tree, Mapping):
            return True
        if part not in tree:
            return False
        tree = tree[part]
    return True


def _keys_beside(location: tuple[int | str, ...]) -> Iterable[str]:
    """The keys that are known where an unknown one was found."""
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            model = next(kind for kind in (annotation, *get_args(annotation)) if _is_model(kind))
    return model.model_fields


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _with_password(settings: Settings, path: Path | None) -> Settings:
    """Move the password from its file into the server's URL."""
    name = settings.bus.password_file
    if name is None:
        return settings
    file = name.expanduser() if path is None else path.parent / name.expanduser()
    if settings.bus.url is None:
        raise SettingsError(f"bus.password_file: {file} is given without bus.url")
    url = urlsplit(settings.bus.url.get_secret_value())
    user, _, host = url.netloc.rpartition("@")
    if ":" in user:
        raise SettingsError("bus.password_file: bus.url holds a password already: keep one of them")
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"bus.password_file: cannot read {file}: {error}") from None
    if not password:
        raise SettingsError(f"bus.password_file: {file} is empty")
    whole = url._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()
    bus = settings.bus.model_copy(update={"url": SecretStr(whole), "password_file": None})
    return settings.model_copy(update={"bus": bus})
