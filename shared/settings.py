"""The one configuration: a YAML file, overridden by `KINESTREAM_*` variables; unknown keys are refused."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Fraction = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bus(Section):
    """The server and what the streams on it may hold."""

    url: SecretStr | None = Field(
        None, description="redis://, rediss:// or unix:// URL; none: `run` starts its own server"
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
    every: int = Field(5, ge=1, description="look for new people in every n-th frame")
    score: Fraction = 0.5
    iou: Fraction = 0.3


class Pose(Work):
    model: str = "blazepose-full"
    presence: Fraction = 0.5
    max_persons: int = Field(8, ge=1, le=64)


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
        0.7, ge=0.1, le=10, description="... sitting that lasts so long (squats are short)"
    )
    lying_s: float = Field(1.0, ge=0.1, le=60, description="... and lying that lasts so long")
    max_tracks: int = Field(32, ge=1, le=40, description="tracks of one camera; a checkpoint holds 64 kB")


class Camera(Section):
    """One source. `kinestream run SOURCE` makes one of each SOURCE."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    source: str = Field(description="a video file or synth://SCENE")
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
    port: int | None = Field(None, description="Prometheus endpoint of a worker; none: no endpoint")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="KINESTREAM_", env_nested_delimiter="__", extra="forbid", frozen=True
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
