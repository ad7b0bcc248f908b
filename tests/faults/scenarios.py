"""The faults: how each camera is made, what befalls it, and how that ends."""

import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shared.messages import EventKind
from tests.faults.rig import Rig
from tests.faults.usage import family
from tests.servers import netns, publishing, rtsp
from tests.servers.hls import serving_hls
from tests.servers.mjpeg import MjpegServer
from tests.servers.proxy import Proxy
from tests.servers.rtsp import SECRET, RtspServer

Act = Callable[[Rig], object]

STALLED = frozenset({EventKind.CAMERA_STALLED})


def nothing(_: Rig) -> None:
    pass


@dataclass(frozen=True)
class Subject:
    """A camera ready to be looked at, and how it comes to harm. `number` is that of its last picture."""

    source: str
    number: Callable[[], int]
    inject: Act
    heal: Act = nothing
    options: Mapping[str, Any] = field(default_factory=dict)  # of the camera in the configuration

    def camera(self) -> dict[str, Any]:
        return {"source": self.source, **self.options}


Make = Callable[[ExitStack, Path], Subject]


@dataclass(frozen=True)
class Fault:
    """One row of the table.

    `lasts_s` is how long it lasts at least; with `kinds` it also lasts until one of these events is
    confirmed. `workers` play, of which `inject` may kill some.
    """

    name: str
    make: Make
    lasts_s: float = 0.0
    kinds: frozenset[EventKind] = frozenset()
    workers: int = 1

    def hurried(self) -> "Fault":
        """The same, lasting a second where it ends by itself, else until it is noticed."""
        return replace(self, lasts_s=min(self.lasts_s, 1.0))


Command = Callable[[RtspServer], object]


def _rtsp(stack: ExitStack, **options: Any) -> RtspServer:
    rtsp.require()
    return stack.enter_context(RtspServer(user="user", password=SECRET, **options))


def _direct(inject: Command, heal: Command = lambda _: None) -> Make:
    """A fault that the RTSP server itself has."""

    def make(stack: ExitStack, _: Path) -> Subject:
        server = _rtsp(stack)
        return Subject(server.url(), lambda: server.number, lambda _: inject(server), lambda _: heal(server))

    return make


def _proxied(inject: Callable[[Proxy], object], heal: Callable[[Proxy], object] = Proxy.flow) -> Make:
    """A fault of the line to the RTSP server."""

    def make(stack: ExitStack, _: Path) -> Subject:
        server = _rtsp(stack)
        proxy = stack.enter_context(Proxy(server.port))
        source = server.url(port=proxy.port)
        return Subject(source, lambda: server.number, lambda _: inject(proxy), lambda _: heal(proxy))

    return make


def _process(inject: Act, heal: Act = nothing) -> Make:
    """A fault of Kinestream's own processes."""

    def make(stack: ExitStack, _: Path) -> Subject:
        server = _rtsp(stack)
        return Subject(server.url(), lambda: server.number, inject, heal)

    return make


def _configured(wrong: Callable[[RtspServer], str]) -> Make:
    """The configuration is edited so that it names another source, and then mended."""

    def make(stack: ExitStack, _: Path) -> Subject:
        server = _rtsp(stack)
        return Subject(
            server.url(),
            lambda: server.number,
            lambda rig: rig.configure({"source": wrong(server)}),
            lambda rig: rig.configure({"source": server.url()}),
        )

    return make


def _networked(share: float | None) -> Make:
    """The camera is in another network, where a share of its packets (none: all) disappears."""

    def make(stack: ExitStack, _: Path) -> Subject:
        netns.require()
        net = stack.enter_context(netns.network())
        server = _rtsp(stack, address=net.address, within=net.within)
        lossy = share is not None
        return Subject(
            server.url(),
            lambda: server.number,
            lambda _: net.lose(share) if share is not None else net.black_hole(),
            lambda _: net.heal(),
            {"transport": "udp"} if lossy else {},
        )

    return make


def _mjpeg_cut(stack: ExitStack, _: Path) -> Subject:
    camera = stack.enter_context(MjpegServer(user="user", password=SECRET))
    return Subject(camera.url, lambda: camera.number, lambda _: camera.cut())


def _hls_killed(stack: ExitStack, folder: Path) -> Subject:
    publishing.require()
    served = folder / "hls"
    served.mkdir()
    hls = stack.enter_context(serving_hls(served))
    publisher = hls.publisher
    return Subject(hls.url, lambda: publisher.number, lambda _: publisher.kill(), lambda _: publisher.start())


def _signal_players(number: signal.Signals) -> Act:
    def act(rig: Rig) -> None:
        players = rig.players()
        assert players, "no process bears the camera's name"
        for player in players:
            player.send_signal(number)

    return act


def _kill_reading_worker(rig: Rig) -> None:
    """SIGKILL to the worker whose player reads the camera."""
    players = rig.players()
    worker = next(worker for worker in rig.workers if players[0] in family(worker.pid))
    worker.kill()


FAULTS: tuple[Fault, ...] = (
    Fault("connection cut (RST)", _proxied(Proxy.cut)),
    Fault("connections refused for 8 s", _proxied(Proxy.refuse), 8.0, STALLED),
    Fault("line stalls: nothing passes, nothing is closed", _proxied(Proxy.stall), 8.0, STALLED),
    Fault("half-open: the camera is gone, nobody tells", _proxied(Proxy.half_open), 8.0, STALLED),
    Fault("line at 0.5 kB/s", _proxied(lambda proxy: proxy.slow(500)), 8.0, STALLED),
    Fault("20 kB of garbage in the connection", _proxied(lambda proxy: proxy.garbage(20_000))),
    Fault(
        "server stops sending, RTCP goes on",
        _direct(lambda server: server.send(False), lambda server: server.send(True)),
        8.0,
        STALLED,
    ),
    Fault(
        "frozen picture",
        _direct(lambda server: server.picture("frozen"), lambda server: server.picture("moving")),
        12.0,
        frozenset({EventKind.CAMERA_FROZEN}),
    ),
    Fault(
        "dark picture",
        _direct(lambda server: server.picture("dark"), lambda server: server.picture("moving")),
        12.0,
        frozenset({EventKind.CAMERA_DARK}),
    ),
    Fault(
        "covered lens",
        _direct(lambda server: server.picture("covered"), lambda server: server.picture("moving")),
        8.0,
        frozenset({EventKind.CAMERA_COVERED}),
    ),
    Fault("20 damaged pictures", _direct(lambda server: server.corrupt(20))),
    Fault("resolution 320x240 to 640x480", _direct(lambda server: server.change(width=640, height=480))),
    Fault(
        "profile baseline to high, key pictures 1 s to 4 s",
        _direct(lambda server: server.change(profile="high", key_every=60)),
    ),
    Fault("H.264 to H.265, session ended", _direct(lambda server: server.change(codec="h265"))),
    Fault("H.264 to MJPEG, session ended", _direct(lambda server: server.change(codec="mjpeg"))),
    Fault("server restarted, down 3 s", _direct(RtspServer.kill, RtspServer.start), 3.0),
    Fault("server down 15 s", _direct(RtspServer.kill, RtspServer.start), 15.0, STALLED),
    Fault("MJPEG ends in the middle of a picture", _mjpeg_cut),
    Fault("ffmpeg behind HLS killed, down 8 s", _hls_killed, 8.0, STALLED),
    Fault("black hole: every packet dropped", _networked(None), 8.0, STALLED),
    Fault("UDP with 5 % of packets lost", _networked(0.05), 10.0),
    Fault("password changed", _configured(lambda server: server.url(password="wrong")), 8.0, STALLED),
    Fault("host not there", _configured(lambda _: "rtsp://camera.invalid/stream"), 8.0, STALLED),
    Fault("player SIGSTOPped", _process(_signal_players(signal.SIGSTOP))),
    Fault("player killed (SIGKILL)", _process(_signal_players(signal.SIGKILL))),
    Fault("ingest worker killed (SIGKILL), another there", _process(_kill_reading_worker), workers=2),
    Fault(
        "bus killed, down 3 s", _process(lambda rig: rig.server.kill(), lambda rig: rig.server.start()), 3.0
    ),
)
