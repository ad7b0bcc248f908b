"""Whether anybody watches."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.settings.section import Fraction, Section


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
    topic: str = Field("kinestream/heartbeat", min_length=1)


class Heartbeat(Section):
    """A sign of life to the outside, sent only while every camera is watched: its absence is the alarm."""

    every_s: float = Field(30.0, ge=1, le=3600)
    url: SecretStr | None = Field(None, description="is asked for with HTTP GET")
    mqtt: Mqtt | None = None


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
