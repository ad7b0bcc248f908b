"""What ingest says of a camera beside its pictures: for monitors, `status` and dashboards."""

from enum import StrEnum

import msgspec


class CameraPhase(StrEnum):
    CONNECTING = "connecting"
    PLAYING = "playing"
    WAITING = "waiting"  # lost; the next attempt comes
    ENDED = "ended"


class CameraReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One camera's standing, renewed about once a second by whoever plays it. Times are wall time.

    `since_us` is when the phase began, `seen_us` when the last picture came and `pts_us` its media time,
    `reconnects` how often the source was opened again since its run began. `error` is one line without
    secrets. `problems` are the kinds of the camera's open incidents. `stream` describes it: codec, size,
    rate, decoder, clock. `source` tells sources apart without naming them. `memory` is ingest's own: what
    its next worker needs to go on. `run` is the run of the source that all this is about, and `begun_us` when
    somebody first played it: a report of an earlier one is left from before it began.
    """

    phase: CameraPhase
    since_us: int
    reported_us: int
    seen_us: int | None = None
    reconnects: int = 0
    error: str = ""
    problems: tuple[str, ...] = ()
    stream: str = ""
    source: str = ""
    memory: bytes = b""
    run: int = 0
    pts_us: int = 0
    begun_us: int | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(CameraReport)
MAX_REPORT_BYTES = 65_536


def encode_report(report: CameraReport) -> bytes:
    """Pack for the bus.

    Raises:
        ValueError: larger than a checkpoint may be.
    """
    data = _encoder.encode(report)
    if len(data) > MAX_REPORT_BYTES:
        raise ValueError(f"a camera's report of {len(data)} bytes exceeds {MAX_REPORT_BYTES}")
    return data


def decode_report(data: bytes) -> CameraReport | None:
    """Unpack; None for no report, and for bytes that are none (a newer or broken ingest wrote them)."""
    try:
        return _decoder.decode(data) if data else None
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
