"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from shared.settings import Settings, load

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration; `kinestream init` writes one.")
]
RedisOption = Annotated[
    str | None, typer.Option("--redis", metavar="URL", help="The server: redis://, rediss:// or unix://.")
]


def settings_of(config: Path | None, redis: str | None) -> Settings:
    """The configuration with `--redis` put in.

    Raises:
        SettingsError: the file is missing or wrong.
    """
    return with_redis(load(config), redis)


def with_redis(settings: Settings, redis: str | None) -> Settings:
    """The settings, with another server where one is given."""
    if redis is None:
        return settings
    bus = settings.bus.model_copy(update={"url": SecretStr(redis)})
    return settings.model_copy(update={"bus": bus})
