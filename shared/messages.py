"""What travels on the bus: frozen msgspec structs, MessagePack maps on the wire, readable by any client.

A frame message grows on its way from ingest to the rules. Two clocks never mix: `pts_us` is media time, which
every rule, filter and tracker runs on; `captured_us` is wall time, for latency and alerts.
Unknown fields are ignored (an older worker may read a newer message); sizes and shapes are checked on decode.
"""

import math
from enum import StrEnum
from typing import Annotated, Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

SCHEMA_VERSION = 1
MAX_PERSONS = 256
MAX_MESSAGE_BYTES = 1_000_000
MAX_SAMPLES = 64  # of an event's curves
MAX_EMBEDDING = 512  # numbers of a person's embedding: a tracker keeps one for each track in its checkpoint

_DTYPES = {"|u1": 1, "<i4": 4, "<i8": 8, "<f2": 2, "<f4": 4, "<f8": 8}
_MAX_ARRAY_BYTES = 262_144
_UNIT_TOLERANCE = 0.01  # of an embedding's length; float16 rounds a vector of 512 numbers by 0.0005

CameraName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in source pixels


class Array(msgspec.Struct, frozen=True):
    """A numeric array as little-endian bytes with its dtype and shape, row-major."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        """Refuse a foreign dtype, a negative or huge shape, or bytes that do not fill it."""
        item = _DTYPES.get(self.dtype)
        if item is None:
            raise ValueError(f"array dtype {self.dtype!r} is not one of {', '.join(_DTYPES)}")
        if len(self.shape) > 4 or any(n < 0 for n in self.shape):
            raise ValueError(f"array shape {self.shape} is not up to four non-negative sizes")
        size = item * math.prod(self.shape)
        if size > _MAX_ARRAY_BYTES or size != len(self.data):
            raise ValueError(
                f"array of {len(self.data)} bytes does not fill {self.shape} of {self.dtype}"
                f" or passes {_MAX_ARRAY_BYTES}"
            )

    @classmethod
    def of(cls, values: NDArray[Any]) -> Self:
        """Copy `values` without changing a bit of them (booleans become uint8)."""
        if values.dtype.kind == "b":
            values = values.astype(np.uint8)
        little = values.dtype.newbyteorder("<")
        return cls(little.str, values.shape, np.ascontiguousarray(values, dtype=little).tobytes())

    def numpy(self) -> NDArray[Any]:
        """The values, read-only (they share the message's bytes)."""
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)


class Mask(msgspec.Struct, frozen=True):
    """A person's silhouette inside `box`, one bit per cell, rows packed to whole bytes, zlib-compressed."""

    box: Box
    width: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    height: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    bits: Annotated[bytes, msgspec.Meta(max_length=131_072)]


class PartMap(msgspec.Struct, frozen=True):
    """Which body part each cell of `box` shows: class numbers of `palette`, 0 to 255, 0 for none.

    `cells` are bytes row by row, zlib-compressed.
    """

    box: Box
    width: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    height: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    palette: str
    cells: Annotated[bytes, msgspec.Meta(max_length=131_072)]


class Limb(msgspec.Struct, frozen=True, omit_defaults=True):
    """How well one limb is seen: mask coverage times keypoint confidence is its attention, all in [0, 1].

    Where its cells are in the picture: `box`, `centroid` (x, y) and `axis_deg`, the direction of their
    longest extent, -90 to 90, 0 along the rows and positive downwards; None where no cell belongs to it.
    With `from_mask` the keypoints were too weak, and only the mask tells the limb. `confidence` is that of
    its keypoints, or of a person without any how sure the network is of its cells. `descriptor` is its share
    of the silhouette's area times its confidence, in [0, 1].
    """

    coverage: float
    confidence: float
    attention: float
    area_px: float
    occluded: bool
    box: Box | None = None
    centroid: tuple[float, float] | None = None
    axis_deg: float | None = None
    from_mask: bool = False
    descriptor: float = 0.0


class TrackState(StrEnum):
    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    LOST = "lost"


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person in one frame; each stage fills in what it knows.

    `keypoints` is (K, 5) float32: x, y in source pixels, z in pixels of the same scale (negative is nearer
    than the hips), visibility and presence in [0, 1], NaN where a model gives none. `world` is (K, 3) metres,
    origin between the hips, y down. `limbs` go by the names of `shared.vision.skeletons.LIMBS`; where
    keypoints do not tell them, "body" is the whole silhouette. `embedding` is (D,) float16 of length 1, near
    in direction for pictures of one person; only in some frames, and only where `pose.reid` is on.
    `velocity` is that of the track's centre in px/s; `lost_low` says of a lost track that the person was low
    near the floor when last seen.
    """

    box: Box
    score: float
    skeleton: str | None = None
    keypoints: Array | None = None
    world: Array | None = None
    mask: Mask | None = None
    parts: PartMap | None = None
    limbs: dict[str, Limb] = {}
    occluded: bool = False
    track: int | None = None
    track_state: TrackState | None = None
    velocity: tuple[float, float] | None = None
    lost_low: bool = False
    embedding: Array | None = None

    def __post_init__(self) -> None:
        """Refuse an embedding that is no direction."""
        if self.embedding is not None:
            _check_embedding(self.embedding)


def _check_embedding(embedding: Array) -> None:
    shape = embedding.shape
    if embedding.dtype != "<f2" or len(shape) != 1 or not 1 <= shape[0] <= MAX_EMBEDDING:
        raise ValueError(
            f"an embedding is one row of 1 to {MAX_EMBEDDING} <f2, not {shape} of {embedding.dtype}"
        )
    length = float(np.linalg.norm(embedding.numpy().astype(np.float32)))
    if not abs(length - 1) <= _UNIT_TOLERANCE:  # NaN fails as well
        raise ValueError(f"an embedding has length 1, not {length:.3g}")


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


class Frame(Message, frozen=True, kw_only=True, tag="frame", omit_defaults=True):
    """One picture and what is known about it. `lost` are tracks without an observation in this frame, with
    their predicted boxes; `skipped` names the stages that passed it on untouched because it was late.

    `captured_us` is when the camera took the picture where its stream says so, else when it arrived. `motion`
    is the share of the picture that changes, against a background that follows it within seconds; None where
    nothing is known.
    """

    captured_us: int
    motion: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    width_px: Annotated[int, msgspec.Meta(ge=1, le=16_384)]
    height_px: Annotated[int, msgspec.Meta(ge=1, le=16_384)]
    persons: Annotated[tuple[Person, ...], msgspec.Meta(max_length=MAX_PERSONS)] = ()
    lost: Annotated[tuple[Person, ...], msgspec.Meta(max_length=MAX_PERSONS)] = ()
    skipped: tuple[str, ...] = ()
    trace: Annotated[tuple[Trace, ...], msgspec.Meta(max_length=32)] = ()


class Tombstone(Message, frozen=True, kw_only=True, tag="tombstone"):
    """Stands in the place of a message that went to the dead letters, so that nobody waits for it."""

    stage: str
    error: str


class End(Message, frozen=True, kw_only=True, tag="end"):
    """The source has ended: flush and forget the camera."""

    reason: str = "end of stream"


class EventKind(StrEnum):
    FALL = "fall"
    FOUND_ON_FLOOR = "found_on_floor"
    SIT_DOWN = "sit_down"
    STAND_UP = "stand_up"
    LYING = "lying"
    BED_EXIT = "bed_exit"
    LONG_STILL = "long_still"
    ARMS_RAISED = "arms_raised"
    WANDERING = "wandering"
    ZONE_ENTER = "zone_enter"
    ZONE_EXIT = "zone_exit"
    LINE_CROSS = "line_cross"
    SPRINT = "sprint"
    JUMP = "jump"
    CAMERA_STALLED = "camera_stalled"
    CAMERA_FROZEN = "camera_frozen"
    CAMERA_DARK = "camera_dark"
    CAMERA_COVERED = "camera_covered"
    CAMERA_MOVED = "camera_moved"
    CAMERA_BACK = "camera_back"
    MONITORING_LOST = "monitoring_lost"
    MONITORING_RESTORED = "monitoring_restored"


class Phase(StrEnum):
    """Falls go suspected, confirmed, still (repeated), then recovered or lost. Other kinds that last do so as
    far as it makes sense, where recovered is their ordinary end; the short ones are only confirmed.
    """

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    STILL = "still"
    RECOVERED = "recovered"
    LOST = "lost"


class Curves(msgspec.Struct, frozen=True):
    """What a track showed in the seconds before an event: a column each, oldest first, ten samples a second.

    Each update of an incident carries its own seconds, so that all of them together tell the whole of it,
    long after the tracks have been trimmed. None where something was not seen; where nothing was there is no
    sample.

    Attributes:
        ago_ms: how long before `pts_us` of the event.
        hip_px: y of the middle of the hips, downwards.
        scale_px_m: pixels in a metre of the body.
        rise_px: how far the shoulders are over the hips.
        feet_px: y of the lower ankle.
        low_pct: how much the body looked like lying, 0 to 100.
        postures: what single pictures showed: since `ago_ms`, and its name.
    """

    ago_ms: tuple[int, ...]
    hip_px: tuple[float, ...]
    scale_px_m: tuple[float, ...]
    rise_px: tuple[int, ...]
    feet_px: tuple[int | None, ...]
    low_pct: tuple[int, ...]
    postures: tuple[tuple[int, str], ...]

    def __post_init__(self) -> None:
        """Refuse columns of different lengths, and more than `MAX_SAMPLES` samples."""
        columns = (self.hip_px, self.scale_px_m, self.rise_px, self.feet_px, self.low_pct)
        count = len(self.ago_ms)
        if count > MAX_SAMPLES or len(self.postures) > count or any(len(each) != count for each in columns):
            raise ValueError(f"curves are columns of one length, at most {MAX_SAMPLES}")


class Event(Message, frozen=True, kw_only=True, tag="event"):
    """One update of one incident.

    `id` is deterministic: camera, run, track, kind and start. `update` counts the updates of that incident
    from 0. `pts_us` is
    the media time of the frame that caused this update; `raised_pts_us` that of the incident's confirmation.
    `track` is None where the event is about the camera or its chain, not a person; `detail` is one line for
    people that says what the numbers of `evidence` cannot. `curves` are what the track showed before it, of
    kinds that somebody may want explained: `kinestream explain` draws them.
    """

    id: str
    update: Count
    kind: EventKind
    phase: Phase
    track: int | None
    started_pts_us: int
    raised_pts_us: int | None
    captured_us: int
    confidence: float
    zone: str | None = None
    evidence: dict[str, float] = {}
    detail: str = ""
    trace: tuple[Trace, ...] = ()
    snapshot: str | None = None
    clip: str | None = None
    curves: Curves | None = None


def event_id(
    camera: str, run: int, track: int | None, kind: EventKind, started_pts_us: int, part: str = ""
) -> str:
    """The same incident gets the same id however often it is computed; `part` tells those apart that differ
    in nothing else.
    """
    return f"{camera}-{run}-{track or 0}-{kind}-{started_pts_us}" + (f"-{part}" if part else "")


class Placed(msgspec.Struct, frozen=True):
    """A person on the ground of a venue, at the moment of the message.

    `id` is the venue's, the same in all its cameras. Metres and m/s are along the venue's axes; `sigma_m` is
    how exact the place is (one sigma, worst direction), without what the calibrations have in common.
    `distance_m`, `top_m_s` and `sprints` count since the person came. `cameras` see the person now.
    """

    id: int
    metres: tuple[float, float]
    sigma_m: float
    velocity: tuple[float, float]
    speed_m_s: float
    distance_m: float
    top_m_s: float
    sprints: int
    cameras: tuple[str, ...]


class Farewell(msgspec.Struct, frozen=True):
    """What somebody has done who has left; `metres` is the last place, times are of the venue's clock."""

    id: int
    born_us: int
    seen_us: int
    metres: tuple[float, float]
    distance_m: float
    top_m_s: float
    sprints: int


class Places(Message, frozen=True, kw_only=True, tag="places"):
    """Where the people of a venue are.

    `camera`, `run`, `seq` and `pts_us` name the picture that brought it; `at_us` is the moment by the venue's
    clock: of live cameras wall time, of films media time. `merged` are pairs (younger, older) of ids that
    turned out to be one person since the last such message: the older goes on. `left` are those who have
    left since.
    """

    venue: CameraName
    at_us: int
    people: Annotated[tuple[Placed, ...], msgspec.Meta(max_length=MAX_PERSONS)] = ()
    merged: tuple[tuple[int, int], ...] = ()
    left: tuple[Farewell, ...] = ()


AnyMessage = Frame | Tombstone | End | Event

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(AnyMessage)
_places_decoder = msgspec.msgpack.Decoder(Places)


def encode(message: Message) -> bytes:
    """Pack for the wire.

    Raises:
        ValueError: the message is larger than a commit may carry.
    """
    data = _encoder.encode(message)
    if len(data) > MAX_MESSAGE_BYTES:
        raise ValueError(f"message of {len(data)} bytes exceeds {MAX_MESSAGE_BYTES}")
    return data


def decode(data: bytes) -> AnyMessage:
    """Unpack and validate.

    Raises:
        ValueError: not MessagePack, not a known message, or a field outside its bounds.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise ValueError(f"message of {len(data)} bytes exceeds {MAX_MESSAGE_BYTES}")
    message: AnyMessage = _decoder.decode(data)
    return message


def decode_places(data: bytes) -> Places:
    """Unpack and validate the places of a venue's people; raises as `decode` does."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise ValueError(f"message of {len(data)} bytes exceeds {MAX_MESSAGE_BYTES}")
    return _places_decoder.decode(data)
