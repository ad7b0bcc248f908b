"""The test servers themselves: a number survives the way, and harm is what it is called."""

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from shared.bus.connect import connect
from tests.servers import leaks, netns, publishing, rtsp
from tests.servers.counting import number
from tests.servers.hls import serving_hls
from tests.servers.mjpeg import MjpegServer
from tests.servers.painting import Room
from tests.servers.proxy import Proxy
from tests.servers.rtsp import SECRET, RtspServer

_PATIENCE_S = 10.0  # for what comes at once, on a machine that much other work shares
_TCP = {"rtsp_transport": "tcp"}
_QUICK = {"probesize": "5000", "analyzeduration": "200000"}


@contextmanager
def opened(url: str, **options: str) -> Iterator[Any]:
    with av.open(url, timeout=(10.0, 10.0), options={**_QUICK, **options}) as container:
        yield container


def numbers(container: Any, count: int) -> list[int | None]:
    frames = container.decode(video=0)
    return [number(next(frames).to_ndarray(format="bgr24")) for _ in range(count)]


def steps(read: list[int | None]) -> set[int]:
    """From one number to the next; a picture without one stands for a wide step."""
    known = [n if n is not None else -1000 for n in read]
    return {after - before for before, after in itertools.pairwise(known)}


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (1280, 720)])
def test_a_picture_carries_its_number(size: tuple[int, int]) -> None:
    width, height = size
    for given in (0, 1, 255, 256, 1_234_567):
        planar = np.frombuffer(Room(width, height).picture(given, "moving"), np.uint8)
        grey = planar[: width * height].reshape(height, width)
        assert number(np.stack([grey] * 3, axis=-1)) == given


@pytest.mark.parametrize("look", ["dark", "covered"])
def test_a_dark_or_covered_picture_has_no_number(look: Any) -> None:
    planar = np.frombuffer(Room(320, 240).picture(7, look), np.uint8)
    assert number(np.stack([planar[: 320 * 240].reshape(240, 320)] * 3, axis=-1)) is None


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_the_rtsp_camera_is_seen_with_its_password_only(transport: str) -> None:
    rtsp.require()
    with RtspServer(user="user", password=SECRET) as server:
        with opened(server.url(), rtsp_transport=transport) as container:
            assert steps(numbers(container, 6)) == {1}
        with pytest.raises(av.error.HTTPUnauthorizedError), opened(server.url(password="wrong"), **_TCP):
            pass


def test_the_rtsp_camera_changes_its_stream_in_the_middle_and_stays_alive_when_killed() -> None:
    rtsp.require()
    with RtspServer() as server:
        with opened(server.url(), **_TCP) as container:
            server.change(width=640, height=480, profile="high")
            widths = [frame.width for frame, _ in zip(container.decode(video=0), range(40), strict=False)]
            assert (widths[0], widths[-1]) == (320, 640)
            server.kill()
            server.start()
        with opened(server.url(), **_TCP) as container:
            assert steps(numbers(container, 3)) == {1}


def test_the_rtsps_camera_is_seen(tmp_path: Path) -> None:
    rtsp.require()
    with (
        RtspServer(user="user", password=SECRET, auth="basic", tls=tmp_path, codec="mjpeg") as server,
        opened(server.url(), **_TCP) as container,
    ):
        assert steps(numbers(container, 3)) == {1}


@pytest.mark.parametrize("lengths", [True, False])
def test_the_mjpeg_camera_is_seen_with_its_password_only(lengths: bool) -> None:
    with MjpegServer(user="user", password=SECRET, lengths=lengths) as server:
        with opened(server.url) as container:
            assert steps(numbers(container, 6)) == {1}
        with pytest.raises(av.error.HTTPUnauthorizedError), opened(server.url.replace(SECRET, "wrong")):
            pass


def test_the_hls_camera_is_seen(tmp_path: Path) -> None:
    publishing.require()
    with serving_hls(tmp_path) as server, opened(server.url) as container:
        assert steps(numbers(container, 6)) == {1}


def drain(reader: socket.socket) -> None:
    while reader.recv(65536):
        pass


def test_a_cut_a_stall_and_a_refusal_are_told_apart() -> None:
    with MjpegServer() as server, Proxy(server.port) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), _PATIENCE_S) as reader:
            reader.sendall(b"GET /video HTTP/1.0\r\n\r\n")
            assert reader.recv(4096)
            proxy.stall()
            reader.settimeout(0.3)
            with pytest.raises(TimeoutError):
                drain(reader)
            proxy.flow()
            reader.settimeout(_PATIENCE_S)
            assert reader.recv(4096)
            proxy.cut()
            with pytest.raises(ConnectionResetError):
                drain(reader)
        proxy.refuse()
        with (  # the refusal may come before the connection is told to stand, or behind that
            pytest.raises(ConnectionResetError),
            socket.create_connection(("127.0.0.1", proxy.port), _PATIENCE_S) as late,
        ):
            late.recv(1)
        assert proxy.accepted == 2


def test_a_black_hole_swallows_a_connection() -> None:
    netns.require()
    with netns.network() as net, RtspServer(address=net.address, within=net.within) as server:
        address = (net.address, server.port)
        with socket.create_connection(address, _PATIENCE_S):
            pass
        net.black_hole()
        with pytest.raises(TimeoutError):
            socket.create_connection(address, 0.3)
        net.heal()
        with socket.create_connection(address, _PATIENCE_S):
            pass


def test_a_secret_is_found_in_a_log_and_on_the_bus(tmp_path: Path, server_url: str) -> None:
    (tmp_path / "log").write_text("all well\n")
    assert leaks.found(SECRET, leaks.gather(logs=[tmp_path], bus=server_url)) == []
    (tmp_path / "log").write_text(f"rtsp://user:{SECRET}@host\n")
    with connect(server_url) as client:
        client.hset("some", "field", "Basic dXNlcjpzM2NyM3QtcGFzcw==")
    places = leaks.found(SECRET, leaks.gather(logs=[tmp_path], bus=server_url))
    assert places == ["bus key b'some'", f"log {tmp_path / 'log'}"]
