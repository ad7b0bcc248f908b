"""What FFmpeg is told when a source is opened.

Nothing is done about latency but what was measured to help. Against an H.264 camera with a key picture every
5 s, opening and the first picture took 2.1 s with FFmpeg's own settings and 0.7 s with a short analysis;
`nobuffer` throws the analysed pictures away, the key picture among them, so that the first picture came up to
5 s later; and with one decoding thread no picture waited in the decoder, with or without `low_delay`, which
puts the pictures of MPEG-2 and MPEG-4 out of order where there are B-frames. FFmpeg's parser keeps back one
picture of H.264 and H.265 over RTP: only the next one tells it where that ends.

Certificates of rtsps:// and https:// are not checked, as most cameras sign their own; `tls_verify: "1"` and
`ca_file` under the camera's `ffmpeg` turn that on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.ingest.reading.address import Kind, is_network, kind_of, path_of
from services.ingest.reading.capture import redacted
from shared.settings import Camera

SEGMENT_S = 10.0  # longest usual segment of HLS: nothing may come for so long, by design
_OPENINGS = 2  # the timeout of opening counts for the connection, and again for the analysis

# What may be opened on behalf of a source, be it by a playlist or a redirection: never a local file for one
# that came over the network. Source: https://ffmpeg.org/ffmpeg-protocols.html#Protocol-Options
_LOCAL_PROTOCOLS = "file,crypto,data"
_WEB_PROTOCOLS = "http,https,httpproxy,tcp,tls,crypto,data"
_CAMERA_PROTOCOLS = "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy,crypto"

# Source: https://ffmpeg.org/ffmpeg-protocols.html#rtsp and https://ffmpeg.org/ffmpeg-formats.html
_RTSP = {
    "allowed_media_types": "video",  # neither sound nor metadata, which would hide that pictures stopped
    "analyzeduration": "500000",
    "fpsprobesize": "0",
}
_OVER_UDP = {
    "buffer_size": "2097152",  # a key picture comes at once, and is larger than Linux's default buffer
    "reorder_queue_size": "500",
    "max_delay": "200000",  # wait so long, in us, for a packet that others have overtaken
}
_WEB = {"analyzeduration": "1000000", "live_start_index": "-1"}
_DEVICE = {"ts": "abs"}  # stamps in wall time: when the picture was taken


@dataclass(frozen=True)
class Opening:
    """How one source is opened.

    `name` may be shown, `url` never. `format` is one of FFmpeg's, none: found out. The timeouts, of opening
    and of each read, are none for a disk, which is waited for. `wall_stamped`: stamps are wall time.
    """

    url: str = field(repr=False)
    name: str
    format: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    open_timeout_s: float | None = None
    read_timeout_s: float | None = None
    hwaccel: str = "none"
    wall_stamped: bool = False

    @property
    def live(self) -> bool:
        """Whether silence is a fault."""
        return self.read_timeout_s is not None


def opening_of(camera: Camera) -> Opening:
    """How the camera's source is opened; its password stands in the URL since the settings were loaded."""
    kind = kind_of(camera.source)
    name = redacted(camera.source)
    if kind is Kind.DEVICE:
        options = {**_DEVICE, **camera.ffmpeg}
        path = str(path_of(camera.source))
        return Opening(path, name, "v4l2", options, *_timeouts(camera), camera.hwaccel, wall_stamped=True)
    if kind is not Kind.NETWORK:
        options = {**camera.ffmpeg, "protocol_whitelist": _LOCAL_PROTOCOLS}
        whole = str(path_of(camera.source).absolute())  # a:b.mp4 would be taken for a protocol
        return Opening(whole, name, options=options, hwaccel=camera.hwaccel)
    return Opening(camera.source, name, None, _network_options(camera), *_timeouts(camera), camera.hwaccel)


def longest_silence_s(camera: Camera) -> float:
    """How long a healthy reader of this camera may be busy with opening or reading, in seconds.

    Looking up a host's name comes on top; the resolver of the system sets its limit.
    """
    segment_s = SEGMENT_S if is_network(camera.source) else 0.0  # not every list of segments looks like one
    return _OPENINGS * camera.open_timeout_s + camera.read_timeout_s + segment_s


def _timeouts(camera: Camera) -> tuple[float, float]:
    segments = ".m3u8" in camera.source.lower()
    return camera.open_timeout_s, camera.read_timeout_s + (SEGMENT_S if segments else 0.0)


def _network_options(camera: Camera) -> dict[str, str]:
    if not camera.source.lower().startswith(("rtsp://", "rtsps://")):
        return {**_WEB, **camera.ffmpeg, "protocol_whitelist": _WEB_PROTOCOLS}
    over_udp = _OVER_UDP if camera.transport == "udp" else {}
    transport = {"rtsp_transport": camera.transport}
    return {**_RTSP, **transport, **over_udp, **camera.ffmpeg, "protocol_whitelist": _CAMERA_PROTOCOLS}
