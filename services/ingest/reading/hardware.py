"""Hardware that decodes."""

from dataclasses import dataclass

import av
from av.codec.hwaccel import HWAccel, hwdevices_available

_AUTO = ("cuda", "vaapi", "qsv", "videotoolbox")
_PROBED = "h264"  # what any hardware that decodes can decode
# Formats of pictures that came back from hardware; software gives each colour a plane of its own.
# Source: https://ffmpeg.org/doxygen/trunk/pixfmt_8h.html
_FROM_HARDWARE = ("nv12", "nv16", "nv24", "p010", "p012", "p016", "p210", "p216", "p410", "p416")


@dataclass(frozen=True)
class Hardware:
    """What decodes: `accelerator`, none for software, and, where that was not what was asked for, `why`."""

    kind: str = "none"
    accelerator: HWAccel | None = None
    why: str = ""


def hardware(kind: str) -> Hardware:
    """The hardware that is asked for, if it is there.

    Looked for at each call: hardware may be busy now and free later.

    Args:
        kind: none, auto, or a name of FFmpeg's.
    """
    if kind == "none":
        return Hardware()
    missing = {name: _missing(name) for name in (_AUTO if kind == "auto" else (kind,))}
    found = next((name for name, why in missing.items() if not why), None)
    if found is not None:
        return Hardware(found, HWAccel(found, allow_software_fallback=True))
    return Hardware(kind, None, "; ".join(f"{name}: {why}" for name, why in missing.items()))


def available() -> tuple[str, ...]:
    """The names of all hardware that can decode here."""
    return tuple(kind for kind in _AUTO if not _missing(kind))


def came_from_hardware(frame: av.VideoFrame) -> bool:
    """Whether hardware decoded the picture: FFmpeg falls back to software without saying so."""
    return frame.format.name.startswith(_FROM_HARDWARE)


def _missing(kind: str) -> str:
    """Why FFmpeg cannot use the hardware; empty where it can."""
    if kind not in hwdevices_available():
        return "this build of FFmpeg does not know it"
    try:
        HWAccel(kind).create(av.Codec(_PROBED, "r"))
    except NotImplementedError:
        return "this build of FFmpeg does not decode with it"
    except (av.error.FFmpegError, OSError) as error:
        return error.strerror or type(error).__name__
    return ""
