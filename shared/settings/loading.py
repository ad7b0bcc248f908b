"""The one configuration: a YAML file, overridden by `KINESTREAM_*` variables; unknown keys are refused."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, get_args

import pydantic_settings
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from shared.nearest import question
from shared.settings.cameras import Camera, Health, Ingest
from shared.settings.credentials import SECRETIVE, Secretive, read_passwords
from shared.settings.errors import SettingsError
from shared.settings.monitor import Monitor
from shared.settings.server import Bus, Frames, Metrics, Runtime
from shared.settings.stages import Actions, Detector, Pose, Segmentation, Tracker
from shared.settings.venue import Venue
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


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter=_DELIMITER,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    models: Path | None = Field(
        None,
        description="folder of model files that `models pull` searches (by sha256) before it downloads; a"
        " `models.toml` in it (or the path of such a file) adds models of your own",
    )
    bus: Bus = Bus()
    frames: Frames = Frames()
    runtime: Runtime = Runtime()
    metrics: Metrics = Metrics()
    ingest: Ingest = Ingest()
    health: Health = Health()
    monitor: Monitor = Monitor()
    detector: Detector = Detector()
    pose: Pose = Pose()
    segmentation: Segmentation = Segmentation()
    tracker: Tracker = Tracker()
    actions: Actions = Actions()
    venue: Venue | None = None
    cameras: tuple[Camera, ...] = ()

    @field_validator("cameras")
    @classmethod
    def _one_of_each_name(cls, cameras: tuple[Camera, ...]) -> tuple[Camera, ...]:
        names = [camera.name for camera in cameras]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"several cameras are named {', '.join(twice)}: names must differ")
        return cameras

    @model_validator(mode="after")
    def _venue_of_known_cameras(self) -> Self:
        known = [camera.name for camera in self.cameras]
        unknown = sorted(set(self.venue.cameras) - set(known)) if self.venue is not None and known else []
        if unknown:
            raise ValueError(f"venue.cameras.{unknown[0]}: no such camera{question(unknown[0], known)}")
        return self

    @model_validator(mode="after")
    def _rules_fit_each_camera(self) -> Self:
        for number, camera in enumerate(self.cameras):
            try:
                self.actions.rules.overridden(camera.rules)
                camera.check_named_places()
            except ValueError as error:
                raise ValueError(f"cameras[{number}].rules.{error}") from None
        return self

    @model_validator(mode="after")
    def _venue_in_one_partition(self) -> Self:
        seen = self.venue.cameras if self.venue is not None else {}
        pins = {c.name: c.partition for c in self.cameras if c.name in seen and c.partition is not None}
        if len(set(pins.values())) > 1:
            told = " and ".join(f"{name} in partition {partition}" for name, partition in pins.items())
            raise ValueError(f"venue.cameras: {told}: a venue's share one, so give them the same, or none")
        return self


def load(path: Path | None, passwords: Collection[str] = SECRETIVE) -> Settings:
    """The settings of a YAML file (none: the defaults), overridden by the environment.

    `KINESTREAM_BUS__WINDOW=64` sets `bus.window`; a list or a whole section is given as JSON.

    Args:
        path: the file.
        passwords: the sections whose password files are read: nobody needs to see more than he uses.

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
    secretive = Secretive(settings.bus, settings.cameras, settings.monitor)
    return settings.model_copy(update=vars(read_passwords(secretive, path, passwords)))


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
    return [f"{name}: no such variable{question(name, [*known, *OTHER_VARIABLES])}" for name in unknown]


def _line(problem: ErrorDetails, path: Path | None, given: Mapping[str, Any]) -> str:
    location = problem["loc"]
    if not location:  # of several sections together: the message names the keys
        said = problem["msg"].removeprefix("Value error, ")
        return f"{path}: {said}" if path is not None else said
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    where = f"{path}: {key}" if path is not None else key
    if _holds(given, location):
        where = _PREFIX + _DELIMITER.join(str(part).upper() for part in location if isinstance(part, str))
    if problem["type"] == "extra_forbidden":
        return f"{where}: no such key{question(str(location[-1]), _keys_beside(location))}"
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
        if part in model.model_fields:  # else it is a place in a list or a name of the user's
            annotation = model.model_fields[str(part)].annotation
            model = next(kind for kind in _inner(annotation) if _is_model(kind))
    return model.model_fields


def _inner(kind: Any) -> Iterator[Any]:
    """A type and all that it is made of."""
    yield kind
    for part in get_args(kind):
        yield from _inner(part)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
