"""What a look at a source suggests: settings that fit, and what to think about."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.ingest.probing.probe import Probe, Stream
from shared.redaction import redacted
from shared.settings import Camera, Health
from shared.settings.source import without_credentials

ENOUGH_FPS = 15.0  # falls last half a second and more
ENOUGH_PX = 1280  # of the longer side: a person across a large room still has 150 pixels
_FLAT = 0.03  # standard deviation of the grey levels of a picture without structure: a wall, a cap
_CLOCK_S = 1.0
_TIMEOUT_GAPS = 4  # a pause is a fault when it is so many times the longest one that was seen
_LONG_KEY_S = 4.0
INTRA_ONLY = ("mjpeg", "rawvideo")


@dataclass(frozen=True)
class Advice:
    """`settings` are keys of a camera whose default does not fit; `notes` are lines for people."""

    settings: Mapping[str, Any]
    notes: tuple[str, ...]


def advise(camera: Camera, probe: Probe) -> Advice:
    """What to set and to know for a source that works."""
    stream = probe.stream
    assert stream is not None
    settings: dict[str, Any] = {}
    if probe.transport == "udp":
        settings["transport"] = "udp"
    if stream.measured_fps is not None and stream.measured_fps > ENOUGH_FPS * 1.1:
        settings["fps"] = int(ENOUGH_FPS)
    if max(stream.width_px, stream.height_px) > ENOUGH_PX:
        settings["longest_side_px"] = ENOUGH_PX
    if stream.live:
        settings |= _timeouts(stream)
    return Advice(settings, tuple(_notes(camera, probe, stream)))


def snippet(camera: Camera, probe: Probe, password_file: Path | None = None) -> str:
    """The camera for kinestream.yaml, without its password but with the file that holds it."""
    source, user = without_credentials(camera.source)
    safe = redacted(source) == source
    lines = ["cameras:", f"  - name: {camera.name}"]
    lines.append(f"    source: {_yaml(source if safe else redacted(source))}")
    if not safe:
        lines[-1] += "  # put in what is hidden here; keep this file to yourself"
    if user is not None:
        lines.append(f"    username: {_yaml(user)}")
        file = password_file or Path("secrets", camera.name)
        lines.append(f"    password_file: {_yaml(str(file))}  # the password alone; chmod 600")
    if camera.record_source is not None:
        lines.append(f"    record_source: {_yaml(redacted(without_credentials(camera.record_source)[0]))}")
    lines += [f"    {key}: {value}" for key, value in advise(camera, probe).settings.items()]
    return "\n".join(lines)


def _timeouts(stream: Stream) -> Mapping[str, Any]:
    """Longer limits where the stream's own rhythm would pass the usual ones."""
    usual = Camera.model_fields
    open_s = math.ceil(2 * (stream.key_interval_s or 0.0) + stream.opened_s)
    read_s = math.ceil(_TIMEOUT_GAPS * (stream.longest_gap_s or 0.0))
    wanted = {"open_timeout_s": min(open_s, 120), "read_timeout_s": min(read_s, 120)}
    return {key: float(value) for key, value in wanted.items() if value > usual[key].default}


def _notes(camera: Camera, probe: Probe, stream: Stream) -> list[str]:
    return [
        *_way_notes(camera, probe, stream),
        *(_coding_notes(stream) if stream.live else ()),
        *_picture_notes(camera.health or Health(), stream),
    ]


def _way_notes(camera: Camera, probe: Probe, stream: Stream) -> Iterator[str]:
    if probe.tried:
        yield f"{'; '.join(probe.tried)}: so {probe.transport} is used"
    if stream.damaged:
        yield f"{stream.damaged} pictures came damaged: look at cable, Wi-Fi and transport"
    if _unencrypted(camera):
        yield "nothing is encrypted on the way: use rtsps:// or https:// where the camera can"
    if probe.hardware and stream.codec is not None:
        yield f"hardware can decode here ({', '.join(probe.hardware)}): hwaccel: auto uses it"


def _coding_notes(stream: Stream) -> Iterator[str]:
    if stream.key_interval_s is None and stream.codec not in INTRA_ONLY:
        yield (
            f"fewer than two key pictures in {stream.looked_s:.0f} s: set one every 1 or 2 s in the camera,"
            " so that a lost picture is back soon"
        )
    if (stream.key_interval_s or 0.0) > _LONG_KEY_S:
        yield (
            f"a key picture only every {stream.key_interval_s:.1f} s: set 1 or 2 s in the camera, so that a"
            " lost picture is back soon"
        )
    if stream.b_frames:
        yield "B-frames delay every picture: switch them off in the camera"
    if abs(stream.clock_offset_s or 0.0) > _CLOCK_S:
        yield (
            f"the camera's clock is {abs(stream.clock_offset_s or 0.0):.1f} s off: let it ask the time server"
            " that this machine asks"
        )


def _picture_notes(health: Health, stream: Stream) -> Iterator[str]:
    if max(stream.width_px, stream.height_px) > ENOUGH_PX:
        yield (
            f"larger than analysis needs ({ENOUGH_PX} px at most): if the camera has a smaller stream, name"
            " that one as source and this one as record_source"
        )
    if stream.brightness < health.dark_level:
        yield "the picture is dark: is the lens free, and is there light?"
    elif stream.contrast < _FLAT:
        yield "the picture has no structure: is the lens covered, or out of focus?"


def _unencrypted(camera: Camera) -> bool:
    return (
        camera.source.lower().startswith(("rtsp://", "http://"))
        and without_credentials(camera.source)[1] is not None
    )


def _yaml(text: str) -> str:
    """A YAML scalar in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
