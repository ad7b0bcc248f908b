"""A private folder for one run: the resolved settings (which may hold a password), logs, health files."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

import yaml
from pydantic import SecretStr

from shared.settings import Settings


class Workspace:
    """The folder; it is removed on exit unless `keep` was called."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kinestream-"))  # mode 0700
        self._kept = False

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.config.unlink(missing_ok=True)
        if not self._kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def config(self) -> Path:
        return self.folder / "kinestream.yaml"

    def keep(self) -> None:
        """Leave the logs behind (never the settings)."""
        self._kept = True

    def write(self, settings: Settings) -> Path:
        """Store the settings, readable by this user alone; returns the file.

        Whoever watches the file sees the old settings or the new ones, never a part.
        """
        new = self.folder / "kinestream.yaml.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(new, flags, 0o600), "w", encoding="utf-8") as file:
            yaml.safe_dump(plain(settings.model_dump()), file, sort_keys=False)
        new.replace(self.config)
        return self.config


def plain(value: Any) -> Any:
    """`value` with secrets told and in types that YAML knows."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
