"""Whether anybody watches."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.section import Fraction, Section


class Mqtt(Section):
    """A message broker for the heartbeat."""

    host: str = Field(min_length=1)
    port: int = Field(1883, ge=1, le=65_535)
    tls: bool = False
    username: str | None = Field(None, min_length=1, repr=False)
    password: SecretStr | None = Field(None, description="better in password_file")
    password_file: Path | None = Field(
        None, description="file that holds the password; a relative path starts at this file"
    )
    topic: str = Field(
        "kinestream/heartbeat",
        pattern=r"^[^+#/\x00][^+#\x00]{0,199}$",
        description="the sign of life; below it `/status` holds watching, lost or offline",
    )

    @model_validator(mode="after")
    def _password_of_somebody(self) -> Self:
        if (self.password or self.password_file) is not None and self.username is None:
            raise ValueError("a password is given without username")
        return self


class Heartbeat(Section):
    """A sign of life to the outside, sent only while every camera is watched: its absence is the alarm."""

    every_s: float = Field(30.0, ge=1, le=3600)
    url: SecretStr | None = Field(
        None, description="http(s)://, is asked for with HTTP GET; redirects are not followed"
    )
    mqtt: Mqtt | None = None

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not _is_web_address(url.get_secret_value()):
            raise ValueError(
                "is not an http:// or https:// URL (which is not repeated here: it may hold a secret)"
            )
        return url


class Monitor(Section):
    """When nobody watches: limits beyond which a camera's chain counts as broken."""

    replicas: int = Field(1, ge=1, description="child processes that `run` starts for the monitor")
    dead_s: float = Field(
        8.0, ge=1, le=600, description="no worker of a stage, or none that reports a camera"
    )
    behind_s: float = Field(10.0, ge=1, le=600, description="a live picture waits for so long before a stage")
    window_s: float = Field(30.0, ge=2, le=3600, description="the shares below are taken over so long")
    skipped_share: Fraction = Field(0.5, description="of a camera's frames that a stage skipped")
    dropped_share: Fraction = Field(0.5, description="of a camera's frames that were never published")
    dead_letters: int = Field(5, ge=1, description="of a camera within the window")
    back_s: float = Field(5.0, ge=0.5, le=600, description="all well for so long ends the incident")
    repeat_s: float = Field(300.0, ge=1, description="how often an open incident says that it still is")
    heartbeat: Heartbeat = Heartbeat()


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    printable = text.isascii() and text.isprintable() and " " not in text
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_fits and printable
