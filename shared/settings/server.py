"""The server, the pictures, the runtime: what all workers share."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from shared.section import Section


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
    places_retention_s: float = Field(
        300.0, gt=0, description="places of a venue's people are kept so long ..."
    )
    places_most: int = Field(6000, ge=100, description="... and so many of them at most")
    behind_most: int = Field(
        1000,
        ge=1,
        description="messages of a partition that are kept for `venue` when it stands behind; older ones are"
        " dropped, and counted",
    )


class Frames(Section):
    """Where pictures are between ingest and the stages."""

    store: Literal["auto", "redis", "shm"] = Field(
        "auto",
        description="redis: JPEG, any host reads it; shm: raw pixels in shared memory, all workers on one"
        " host; auto: shm where `run` starts its own server, else redis",
    )
    shm_dir: Path | None = Field(
        None, description="a folder in memory that the workers of one host share; none: one in /dev/shm"
    )
    shm_mb: float = Field(256.0, gt=0, description="what one camera's pictures may take there")


class Runtime(Section):
    """ONNX Runtime and where models are kept."""

    providers: tuple[Literal["tensorrt", "cuda", "cpu"], ...] = Field(("cpu",), min_length=1)
    precision: Literal["fp32", "tf32", "fp16"] = Field(
        "fp32",
        description="fp16: half precision on a GPU where the model's answers stay right; tf32: the same for"
        " single precision with a short mantissa",
    )
    largest_batch: int = Field(
        8,
        ge=1,
        le=256,
        description="pictures that a GPU runs at once, at most; rounded down to a power of two",
    )
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
