"""An RTSP camera under remote control: `/usr/bin/python3 -m tests.servers.rtsp_server`, started by `rtsp.py`.

The first line on standard input is a JSON object of options, each further one a command (see `_Camera`);
every line is answered by one on standard output. It ends when standard input does, so it never outlives its
owner. Pictures are encoded once, by x264, x265 or jpegenc, and handed to whatever media the server has at the
moment: so encoder parameters may change in the middle of a session, as cameras do it.
"""

import json
import sys
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - after the versions are chosen

from tests.servers.painting import Look, Room  # noqa: E402

PATH = "/camera"
_ROLE = "viewer"
_LOW_DELAY = "tune=zerolatency speed-preset=ultrafast key-int-max={key_every} {rate} "
_ENCODERS = {
    "h264": "x264enc sliced-threads=false threads=1 "
    + _LOW_DELAY
    + " {features} ! video/x-h264,profile={profile},stream-format=byte-stream,alignment=au",
    "h265": "x265enc option-string=repeat-headers=1 "
    + _LOW_DELAY
    + " ! video/x-h265,stream-format=byte-stream,alignment=au",
    "mjpeg": "jpegenc quality=80",
}
_RATES = {  # by codec: so many kbit/s, or none: the same quality for ever
    "h264": ("bitrate={kbps}", "pass=quant quantizer=24"),
    "h265": ("bitrate={kbps}", "qp=26"),
    "mjpeg": ("", ""),
}
_FEATURES = {"high": "cabac=true dct8x8=true", "main": "cabac=true"}  # else the fast preset leaves them out
_PAYLOADERS = {
    "h264": "h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1",
    "h265": "h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1",
    "mjpeg": "rtpjpegpay name=pay0 pt=26",
}
_FEED = "appsrc name=feed is-live=true format=time do-timestamp=true max-buffers=60 leaky-type=downstream"
_GARBAGE_EVERY = 7  # bytes; the first ones stay, so that it is still called a picture
_GARBAGE_AFTER = 16


class _Encoder:
    """Encodes raw pictures, or a clip over and over, and hands on what comes out.

    Args:
        stream: codec, profile, key_every, kbps, width, height, fps, clip.
        on_sample: called in a thread of GStreamer with each encoded picture.
    """

    def __init__(self, stream: dict[str, Any], on_sample: Any) -> None:
        self._on_sample = on_sample
        raw = "video/x-raw,format=I420,width={width},height={height},framerate={fps}/1".format(**stream)
        source = f"appsrc name=raw is-live=true format=time do-timestamp=true caps={raw}"
        if stream["clip"]:
            source = f"filesrc name=clip ! decodebin ! videoconvert ! videoscale ! videorate ! {raw}"
        sink = f"appsink name=out emit-signals=true max-buffers=8 sync={str(bool(stream['clip'])).lower()}"
        rate = _RATES[stream["codec"]][0 if stream["kbps"] else 1].format(**stream)
        features = _FEATURES.get(stream["profile"], "")
        coded = _ENCODERS[stream["codec"]].format(rate=rate, features=features, **stream)
        self._pipeline = Gst.parse_launch(f"{source} ! {coded} ! {sink}")
        if stream["clip"]:
            self._pipeline.get_by_name("clip").set_property("location", stream["clip"])
        self._raw = self._pipeline.get_by_name("raw")
        self._out = self._pipeline.get_by_name("out")
        self._out.connect("new-sample", self._pull)
        self._pipeline.get_bus().add_signal_watch()
        self._pipeline.get_bus().connect("message::eos", self._again)
        self._pipeline.set_state(Gst.State.PLAYING)

    def push(self, picture: bytes) -> None:
        if self._raw is not None:
            self._raw.emit("push-buffer", Gst.Buffer.new_wrapped(picture))

    def want_key(self) -> None:
        """The next picture is to be a key picture, for a client that just came."""
        structure = Gst.Structure.new_from_string("GstForceKeyUnit, all-headers=(boolean)true")
        self._out.send_event(Gst.Event.new_custom(Gst.EventType.CUSTOM_UPSTREAM, structure))

    def close(self) -> None:
        self._pipeline.set_state(Gst.State.NULL)
        self._pipeline.get_bus().remove_signal_watch()

    def _pull(self, sink: Any) -> Any:
        self._on_sample(sink.emit("pull-sample"))
        return Gst.FlowReturn.OK

    def _again(self, *_: object) -> None:
        """A clip is played from its beginning."""
        self._pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH, 0)


class _Camera:
    """What the commands change.

    Commands: picture (value: a look of `painting`), sending (value: bool), corrupt (value: of so many
    pictures), stream (any of the stream's options; another codec ends all connections), disconnect, status.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._stream = options["stream"]
        self._look: Look = "moving"
        self._sending = True
        self._corrupt = 0
        self._number = options["number"]
        self._feeds: list[Any] = []
        self._server = _server(options)
        self._encode()
        self._mount()
        self._server.attach(None)
        self._due_us = GLib.get_monotonic_time()
        self._tick()

    @property
    def port(self) -> int:
        return int(self._server.get_bound_port())

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        what = command.pop("do")
        if what == "picture":
            self._look = command["value"]
        elif what == "sending":
            self._sending = command["value"]
        elif what == "corrupt":
            self._corrupt = command["value"]
        elif what == "stream":
            self._change(command)
        elif what == "disconnect":
            self._disconnect()
        elif what != "status":
            return {"error": f"no such command: {what}"}
        return {"number": self._number, "feeds": len(self._feeds), "stream": self._stream}

    def _change(self, changes: dict[str, Any]) -> None:
        before = self._stream
        self._stream = {**before, **changes}
        self._encoder.close()
        self._encode()
        if self._stream["codec"] != before["codec"]:
            self._mount()
            self._disconnect()

    def _encode(self) -> None:
        self._room = Room(self._stream["width"], self._stream["height"])
        self._encoder = _Encoder(self._stream, self._deliver)

    def _mount(self) -> None:
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {_FEED} ! {_PAYLOADERS[self._stream['codec']]} )")
        factory.set_shared(True)
        permissions = GstRtspServer.RTSPPermissions()
        for right in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role(_ROLE, right, True)
        factory.set_permissions(permissions)
        factory.connect("media-configure", self._opened)
        self._server.get_mount_points().add_factory(PATH, factory)

    def _opened(self, _factory: Any, media: Any) -> None:
        feed = media.get_element().get_child_by_name("feed")
        self._feeds.append(feed)
        media.connect("unprepared", self._closed, feed)
        self._encoder.want_key()

    def _closed(self, _media: Any, feed: Any) -> None:
        self._feeds = [other for other in self._feeds if other is not feed]

    def _disconnect(self) -> None:
        self._server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)

    def _tick(self) -> bool:
        """Push the picture that is due, and come back for the next one; False: not by this timer."""
        if self._look != "frozen":
            self._number += 1
        self._encoder.push(self._room.picture(self._number, self._look))
        now_us = GLib.get_monotonic_time()
        self._due_us = max(self._due_us + 1_000_000 // self._stream["fps"], now_us - 200_000)
        GLib.timeout_add(max(0, self._due_us - now_us) // 1000, self._tick)
        return False

    def _deliver(self, sample: Any) -> None:
        """Called in a thread of the encoder."""
        if not self._sending:
            return
        damaged = self._corrupt > 0
        self._corrupt -= damaged
        sample = _without_times(sample, damaged)
        for feed in self._feeds:
            feed.emit("push-sample", sample)


def _without_times(sample: Any, damaged: bool) -> Any:
    """The sample for another pipeline, whose clock it has yet to meet; `damaged`: many bytes are changed."""
    buffer = sample.get_buffer()
    data = bytearray(buffer.extract_dup(0, buffer.get_size()))
    for at in range(_GARBAGE_AFTER, len(data), _GARBAGE_EVERY) if damaged else ():
        data[at] ^= 0x55
    return Gst.Sample.new(Gst.Buffer.new_wrapped(bytes(data)), sample.get_caps(), None, None)


def _server(options: dict[str, Any]) -> Any:
    server = GstRtspServer.RTSPServer()
    server.set_address(options["address"])
    server.set_service(str(options["port"]))
    if options["user"] or options["certificate"]:
        server.set_auth(_auth(options))
    return server


def _auth(options: dict[str, Any]) -> Any:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", _ROLE)
    if not options["user"]:
        auth.set_default_token(token)
    elif options["auth"] == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options["user"], options["password"]), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options["user"], options["password"], token)
    if options["certificate"]:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(options["certificate"], options["key"]))
    return auth


def main() -> None:
    Gst.init(None)
    camera = _Camera(json.loads(sys.stdin.readline()))
    loop = GLib.MainLoop()

    def answer(reply: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()

    def read(_channel: Any, _condition: Any) -> bool:
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        answer(camera.do(json.loads(line)))
        return True

    answer({"port": camera.port})
    GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, read)
    loop.run()


if __name__ == "__main__":
    main()
