"""The cameras, how they are read, and when they count as ill."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.nearest import question
from shared.rules import RuleOverrides
from shared.rules.zone import Line, Zone
from shared.section import Corners, Fraction, Section, is_flat
from shared.settings.source import checked, is_network, scheme_of

_CAMERAS = ("rtsp", "rtsps")


class Health(Section):
    """When a camera counts as ill; each lasts so long, in seconds, before it is an incident."""

    watch: Literal["live", "all", "none"] = Field(
        "live", description="live: cameras; all: files too, in their media time; none: raise nothing"
    )
    stalled_s: float = Field(5.0, ge=0.5, le=600, description="no picture")
    frozen_s: float = Field(
        30.0,
        ge=0.5,
        le=3600,
        description="pictures that are all the same; more than the time between a stream's key frames",
    )
    dark_s: float = Field(10.0, ge=0.5, le=3600, description="hardly any light")
    dark_level: Fraction = Field(0.06, description="mean brightness below which a picture is dark")
    covered_s: float = Field(5.0, ge=0.5, le=3600, description="a picture without structure")
    covered_detail: Fraction = Field(
        0.22, description="share of the usual structure below which it is covered"
    )
    moved_s: float = Field(5.0, ge=0.5, le=3600, description="another view than before")
    moved_likeness: Fraction = Field(
        0.6, description="likeness to the usual view below which it was moved; 0: never (a camera that pans)"
    )
    moved_adopt_s: float = Field(
        1800.0, ge=1, description="another view for so long becomes the usual one, which ends the incident"
    )
    back_s: float = Field(2.0, ge=0.1, le=600, description="good for so long ends an incident")
    repeat_s: float = Field(300.0, ge=1, description="how often an open incident says that it still is")


class Camera(Section):
    """One source. `kinestream run SOURCE` makes one of each SOURCE."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    source: str = Field(
        min_length=1,
        repr=False,
        description="an rtsp(s):// or http(s):// URL (MJPEG, HLS), /dev/video0, a video file, a folder of"
        " images, replay://FILE or synth://SCENE; of a camera with several streams the small one",
    )
    record_source: str | None = Field(
        None, min_length=1, repr=False, description="the camera's large stream, for recordings"
    )
    username: str | None = Field(
        None,
        min_length=1,
        repr=False,
        description="for the source and the record_source; better than inside the URL",
    )
    password_file: Path | None = Field(
        None, description="file that holds the password; a relative path starts at this file"
    )
    transport: Literal["tcp", "udp"] = Field("tcp", description="how RTSP brings the pictures")
    hwaccel: Literal["none", "auto", "cuda", "vaapi", "qsv", "videotoolbox"] = Field(
        "none", description="decode on this hardware; where it is not there, in software, and said so"
    )
    open_timeout_s: float = Field(10.0, ge=0.5, le=120, description="longest wait for a connection")
    read_timeout_s: float = Field(5.0, ge=0.5, le=120, description="longest wait for the next picture")
    ffmpeg: dict[str, str] = Field({}, repr=False, description="further options of FFmpeg's demuxer, by name")
    real_time: bool = Field(False, description="play a file at its own speed, dropping what comes too late")
    speed: float | None = Field(
        None,
        gt=0,
        le=1000,
        description="play a file at most so many times as fast as it was taken, dropping nothing; none: as"
        " fast as it can be analysed",
    )
    start_s: float = Field(0.0, ge=0)
    max_frames: int | None = Field(None, ge=1)
    fps: float | None = Field(None, gt=0, le=240, description="analyse at most so many pictures a second")
    masks: tuple[Corners, ...] = Field(
        (),
        max_length=32,
        description="polygons that are blacked out before anything leaves ingest: points x, y as shares of"
        " the source's width and height",
    )
    crop: tuple[int, int, int, int] | None = Field(None, description="x0, y0, x1, y1 in pixels of the source")
    rotate: Literal[0, 90, 180, 270] = Field(0, description="degrees clockwise, after masks and crop")
    longest_side_px: int | None = Field(
        None, ge=64, le=8192, description="a larger picture is made smaller for analysis, its shape kept"
    )
    tilt_deg: float | None = Field(
        None,
        ge=-45,
        le=90,
        description="how far the camera looks down from the horizontal; none: as the people who stand show",
    )
    jpeg_quality: int = Field(90, ge=10, le=100)
    zones: tuple[Zone, ...] = Field(
        (),
        max_length=32,
        description="places that the rules know by name and kind; see shared/rules/README.md",
    )
    lines: tuple[Line, ...] = Field((), max_length=16, description="lines that `line_cross` watches")
    rules: RuleOverrides | None = Field(
        None, description="options of rules that differ here from those in `actions.rules`"
    )
    health: Health | None = Field(None, description="none: as the section `health` says")
    partition: int | None = Field(None, ge=0)

    @property
    def endless(self) -> bool:
        """Whether the source is a camera for certain: one that has ended is not done, but lost."""
        return self.source.removeprefix("file://").startswith("/dev/") or scheme_of(self.source) in _CAMERAS

    @property
    def live(self) -> bool:
        """Whether the pictures come at their own pace, and what nobody takes in time is gone."""
        return self.real_time or self.endless or is_network(self.source)

    def check_named_places(self) -> None:
        """Whether the zones and lines that the camera's own rules name are there.

        Raises:
            ValueError: one is not; the message begins with the key below `rules`.
        """
        known = {"zones": [zone.name for zone in self.zones], "lines": [line.name for line in self.lines]}
        for rule, override in () if self.rules is None else self.rules.stated.items():
            for key, names in known.items():
                for name in override.stated.get(key, ()):
                    if name not in names:
                        asked = question(name, names)
                        raise ValueError(f"{rule}.{key}: the camera has no {key[:-1]} {name!r}{asked}")

    @field_validator("source", "record_source")
    @classmethod
    def _known(cls, source: str | None) -> str | None:
        return None if source is None else checked(source)

    @model_validator(mode="after")
    def _masks_hide_something(self) -> Self:
        for number, mask in enumerate(self.masks, start=1):
            if is_flat(mask):
                raise ValueError(
                    f"mask {number} of camera {self.name} hides nothing, its points lie on one line: give"
                    " three corners or more, as shares of width and height"
                )
        return self

    @model_validator(mode="after")
    def _places_differ_in_name(self) -> Self:
        for what, names in (("zones", [z.name for z in self.zones]), ("lines", [x.name for x in self.lines])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(
                    f"several {what} of camera {self.name} are named {twice[0]}: names must differ"
                )
        return self


class Ingest(Section):
    """How cameras are read."""

    replicas: int = Field(1, ge=1, description="child processes that `run` starts for ingest")
    retry_first_s: float = Field(
        0.5, gt=0, le=60, description="pause before a lost camera is tried again ..."
    )
    retry_longest_s: float = Field(
        30.0, gt=0, le=3600, description="... which doubles up to this, each shortened at random; for ever"
    )
    hang_s: float = Field(
        10.0, ge=1, le=600, description="a camera's process silent for so long beyond its timeouts is killed"
    )
