"""What every message has."""

from typing import Annotated

import msgspec

SCHEMA_VERSION = 1

CameraName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Trace(msgspec.Struct, frozen=True, array_like=True):
    stage: str
    started_us: int
    finished_us: int


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every message names: its camera, the run of the source and its place in the camera's stream.

    `seq` counts a camera's messages across runs and never repeats. `frame_id` is the stream entry that
    holds the picture; the bus fills it in when it reads the `frames` stream.
    """

    camera: CameraName
    run: Count
    seq: Count
    pts_us: int
    live: bool = False
    frame_id: str = ""
    version: int = SCHEMA_VERSION
