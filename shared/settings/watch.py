"""A configuration file that may be edited while it is used."""

import time
import zlib
from collections.abc import Callable, Collection
from pathlib import Path

from shared.settings.credentials import SECRETIVE
from shared.settings.errors import SettingsError
from shared.settings.loading import Settings, load

_EVERY_S = 1.0
_SECRETS_S = 30.0  # a password's file may change beside it


class ConfigWatch:
    """Looks at the content of the settings' file about once a second.

    Neither dates nor events tell of every change: a mounted file is replaced behind a link, an editor keeps
    the date. What changed counts once two looks in a row find the same, so that nobody reads half a file. A
    file that is wrong, empty or gone changes nothing: `error` says why (empty: all is well), `errors` counts.
    The files of passwords are read anew now and then.

    Args:
        path: the file; none: nothing ever changes.
        settings: what it held when it was loaded.
        passwords: the sections whose password files are read.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        path: Path | None,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        passwords: Collection[str] = SECRETIVE,
    ) -> None:
        self.settings = settings
        self.error = ""
        self.errors = 0
        self._path = path
        self._passwords = passwords
        self._clock = clock
        self._loaded_s = clock()
        self._look_s = clock()
        self._secrets_s = clock() + _SECRETS_S
        self._known: bytes | None = (
            b""  # it may have changed since it was loaded: the first look loads it again
        )
        self._seen = self._content()

    @property
    def age_s(self) -> float:
        """How long ago the settings in use were loaded."""
        return self._clock() - self._loaded_s

    def look(self) -> Settings | None:
        """The new settings, where there are some; call it as often as you like."""
        if self._path is None or self._clock() < self._look_s:
            return None
        self._look_s = self._clock() + _EVERY_S
        before, self._seen = self._seen, self._content()
        known = self._seen == self._known and self._clock() < self._secrets_s
        if known or self._seen != before:
            return None
        self._known = self._seen
        self._secrets_s = self._clock() + _SECRETS_S
        return self._load(self._path)

    def _load(self, path: Path) -> Settings | None:
        try:
            if not (self._known or b"").strip():
                raise SettingsError(f"{path}: is {'gone' if self._known is None else 'empty'}")
            settings = load(path, self._passwords)
        except SettingsError as error:
            self.error = str(error)
            self.errors += 1
            return None
        self.error = ""
        self._loaded_s = self._clock()
        if settings == self.settings:
            return None
        self.settings = settings
        return settings

    def _content(self) -> bytes | None:
        try:
            return None if self._path is None else self._path.read_bytes()
        except OSError:
            return None


def changed_sections(old: Settings, new: Settings) -> frozenset[str]:
    """Names of the sections that differ."""
    return frozenset(name for name in Settings.model_fields if getattr(old, name) != getattr(new, name))


def pinned_of(settings: Settings) -> dict[str, int]:
    """The cameras whose configuration names their partition; those of a venue lie in one."""
    pinned = {camera.name: camera.partition for camera in settings.cameras if camera.partition is not None}
    if settings.venue is None:
        return pinned
    chosen = (pinned[name] for name in settings.venue.cameras if name in pinned)
    partition = next(chosen, zlib.crc32(settings.venue.name.encode()))
    return pinned | dict.fromkeys(settings.venue.cameras, partition)
