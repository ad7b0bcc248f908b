"""Reads passwords from the files that the configuration names to where they are used.

Afterwards nothing names a file any more: such settings can be stored, readable by this user alone, and loaded
as they are.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from shared.settings import source
from shared.settings.cameras import Camera
from shared.settings.errors import SettingsError
from shared.settings.monitor import Monitor
from shared.settings.server import Bus

_MOST_BYTES = 4096
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Secretive:
    """The parts of the settings that may have passwords; named as in `Settings`."""

    bus: Bus
    cameras: tuple[Camera, ...]
    monitor: Monitor


SECRETIVE = tuple(field.name for field in fields(Secretive))


def read_passwords(parts: Secretive, config: Path | None, of: Collection[str] = SECRETIVE) -> Secretive:
    """The parts with the passwords in them.

    Args:
        parts: as they were configured.
        config: the configuration's file, beside which relative paths begin; none: where the process runs.
        of: the parts whose passwords are wanted; of the others no file is looked at.

    Raises:
        SettingsError: with a line for each password that cannot be had or used.
    """
    problems: list[str] = []
    folder = Path() if config is None else config.parent

    def changed(change: Callable[[_Part, Path], _Part], part: _Part) -> _Part:
        try:
            return change(part, folder)
        except SettingsError as error:
            problems.append(str(error) if config is None else f"{config}: {error}")
            return part

    if "bus" in of:
        parts = replace(parts, bus=changed(_bus, parts.bus))
    if "cameras" in of:
        cameras = enumerate(parts.cameras)
        known = tuple(changed(partial(with_credentials, f"cameras[{n}]."), camera) for n, camera in cameras)
        parts = replace(parts, cameras=known)
    if "monitor" in of:
        parts = replace(parts, monitor=changed(_monitor, parts.monitor))
    if problems:
        raise SettingsError("\n".join(problems))
    return parts


def _bus(bus: Bus, folder: Path) -> Bus:
    if bus.password_file is None:
        return bus
    key = "bus.password_file"
    if bus.url is None:
        raise SettingsError(f"{key}: is given without bus.url")
    url = bus.url.get_secret_value()
    if "://" not in url:
        raise SettingsError("bus.url: must start with redis://, rediss:// or unix://")
    if source.has_password(url):
        raise SettingsError(f"{key}: bus.url holds a password already: keep one of them")
    whole = source.with_password(url, _read(key, bus.password_file, folder))
    return bus.model_copy(update={"url": SecretStr(whole), "password_file": None})


def with_credentials(where: str, camera: Camera, folder: Path) -> Camera:
    """The camera with user and password in its URLs instead of beside them.

    Args:
        where: what stands before the keys in messages.
        camera: as it was configured.
        folder: where relative paths begin.

    Raises:
        SettingsError: they cannot be had or used.
    """
    if camera.username is None and camera.password_file is None:
        return camera
    sources = {"source": camera.source, "record_source": camera.record_source}
    network = {name: url for name, url in sources.items() if url is not None and source.is_network(url)}
    if not network:
        raise SettingsError(f"{where}username: only rtsp(s):// and http(s):// sources have one")
    for name, url in network.items():
        if source.has_credentials(url):
            raise SettingsError(
                f"{where}{name}: holds a user or password while username or password_file is given: keep one"
                " of them, best username and password_file"
            )
    if camera.username is None:
        raise SettingsError(f"{where}password_file: is given without username")
    password = None
    if camera.password_file is not None:
        password = _read(f"{where}password_file", camera.password_file, folder)
    user = camera.username
    whole = {name: source.with_credentials(url, user, password) for name, url in network.items()}
    return camera.model_copy(update={**whole, "username": None, "password_file": None})


def _monitor(monitor: Monitor, folder: Path) -> Monitor:
    mqtt = monitor.heartbeat.mqtt
    if mqtt is None or mqtt.password_file is None:
        return monitor
    key = "monitor.heartbeat.mqtt.password_file"
    if mqtt.password is not None:
        raise SettingsError(f"{key}: password is given, too: keep one of them")
    if mqtt.username is None:
        raise SettingsError(f"{key}: is given without username")
    password = SecretStr(_read(key, mqtt.password_file, folder))
    mqtt = mqtt.model_copy(update={"password": password, "password_file": None})
    heartbeat = monitor.heartbeat.model_copy(update={"mqtt": mqtt})
    return monitor.model_copy(update={"heartbeat": heartbeat})


def _read(key: str, name: Path, folder: Path) -> str:
    """The password in a file of one line."""
    file = folder / name.expanduser()
    try:
        with file.open("rb") as opened:
            password = opened.read(_MOST_BYTES + 1).decode("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{key}: cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{key}: cannot read {file}: it is not UTF-8 text") from None
    if not password:
        raise SettingsError(f"{key}: {file} is empty")
    if len(password) > _MOST_BYTES or not password.isprintable():
        raise SettingsError(f"{key}: {file} holds more than a password in one line")
    return password
