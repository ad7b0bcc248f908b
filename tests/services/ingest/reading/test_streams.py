"""Streams of bytes over HTTP: stamps, key pictures, silence, and what a server must not be able to do."""

import io
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from services.ingest.reading.capture import Captured, SourceError
from services.ingest.reading.decoding import Decoder
from services.ingest.reading.network import Clocks, LiveReader
from services.ingest.reading.opening import opening_of
from services.ingest.reading.sources import check, open_source
from shared.settings import Camera
from tests.services.ingest.clips import FPS, HEIGHT_PX, WIDTH_PX, pictures
from tests.services.ingest.readers import camera
from tests.services.ingest.serving import Page, page, serving, stream

WRAP = 2**33
STEP = 90_000 // FPS
KEY_EVERY = 10
ROOT = Path(__file__).parents[4]
MPEG_TS = "video/mp2t"
NOTHING = b"\x47\x1f\xff\x10" + bytes(184)  # a packet of a transport stream that says nothing


def transport_stream(count: int = 40, *, leave_out: int = 0, first_pts: int = 0) -> bytes:
    """MPEG-TS, a key picture at every tenth, without its first pictures, stamped from some tick on."""
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts", options={"mpegts_copyts": "1"}) as container:
        video = container.add_stream("mpeg2video", rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        video.gop_size = KEY_EVERY
        video.codec_context.max_b_frames = 0
        frames = [av.VideoFrame.from_ndarray(image, format="bgr24") for image in pictures(count)]
        packets = [packet for frame in (*frames, None) for packet in video.encode(frame)]
        for index, packet in enumerate(packets[leave_out:], leave_out):
            packet.time_base = Fraction(1, 90_000)
            packet.pts = packet.dts = first_pts + index * STEP
            container.mux(packet)
    return file.getvalue()


def received(source: Camera, clocks: Clocks | None = None) -> tuple[list[Captured], LiveReader, str]:
    """All that a live source sends, its reader, and how it ended."""
    reader = LiveReader(source, None, Decoder(opening_of(source)), clocks)
    got: list[Captured] = []
    try:
        for captured in reader:
            got.append(captured)
    except SourceError as error:
        return got, reader, str(error)
    finally:
        reader.close()
    return got, reader, ""


def test_stamps_that_wrap_around_go_on() -> None:
    with serving({"/a": stream(MPEG_TS, transport_stream(first_pts=WRAP - 20 * STEP))}) as address:
        got, reader, ended = received(camera(f"{address}/a"))
    assert set(np.diff([captured.pts_us for captured in got])) == {40_000}
    assert len(got) >= 37  # of 40; FFmpeg held the last one back until the silence was over
    assert ended.startswith(f"lost {address}/a: ")
    assert "media time by stamps" in reader.stream


def test_stamps_that_jump_cost_no_picture() -> None:
    both = transport_stream(20) + transport_stream(20, first_pts=2**31) + transport_stream(20)
    with serving({"/a": stream(MPEG_TS, both)}) as address:
        got, _, _ = received(camera(f"{address}/a"))
    assert len(got) >= 55
    steps = np.diff([captured.pts_us for captured in got])
    assert min(steps) > 0
    assert max(steps) < 5_000_000


def test_nothing_is_handed_out_before_the_first_key_picture() -> None:
    whole, late = transport_stream(), transport_stream(leave_out=4)
    with serving({"/whole": stream(MPEG_TS, whole), "/late": stream(MPEG_TS, late)}) as address:
        all_of_them, _, _ = received(camera(f"{address}/whole"))
        from_key, reader, _ = received(camera(f"{address}/late"))
    images = [captured.image.tobytes() for captured in all_of_them]
    assert [captured.image.tobytes() for captured in from_key] == images[KEY_EVERY:]
    assert reader.corrupt == 0


def test_data_without_a_picture_is_not_waited_for_for_ever() -> None:
    slow = itertools.count(step=10_000_000)  # at each look at the clock, 10 s have passed
    with serving({"/a": stream(MPEG_TS, transport_stream(leave_out=1))}) as address:
        got, _, ended = received(camera(f"{address}/a"), Clocks(steady_us=lambda: next(slow)))
    assert got == []
    assert ended.endswith("for 30 s it sent data without a picture that is whole")


def test_silence_under_a_connection_that_talks_is_silence() -> None:
    def pieces() -> Iterator[bytes]:
        yield transport_stream()
        while True:
            yield NOTHING * 50

    with serving({"/a": Page(MPEG_TS, pieces)}) as address:
        got, _, ended = received(camera(f"{address}/a", read_timeout_s=2, open_timeout_s=10))
    assert len(got) >= 37  # of 40; FFmpeg held the last one back until the silence was over
    assert ended.endswith("nothing came for 2 s")


def test_a_server_that_never_answers_is_given_up() -> None:
    def pieces() -> Iterator[bytes]:
        while True:
            yield NOTHING * 50

    with (
        serving({"/a": Page(MPEG_TS, pieces)}) as address,
        pytest.raises(SourceError, match=r"no answer within 0\.5 s; check address and network"),
    ):
        check(camera(f"{address}/a", open_timeout_s=0.5))


def playlist(segment: str) -> bytes:
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n"
    return f"{head}#EXTINF:1.6,\n{segment}\n#EXT-X-ENDLIST\n".encode()


def test_a_playlist_from_the_network_opens_nothing_on_the_disk(tmp_path: Path) -> None:
    film = tmp_path / "private.ts"
    film.write_bytes(video := transport_stream())
    local = [
        f"file://{film}",
        f"file:{film}",
        str(film),
        f"concat:{film}",
        f"subfile,,start,0,end,0,,:{film}",
    ]
    pages = {f"/{index}.m3u8": page("audio/x-mpegurl", playlist(path)) for index, path in enumerate(local)}
    pages["/good.m3u8"] = page("audio/x-mpegurl", playlist("a.ts"))
    pages["/a.ts"] = page(MPEG_TS, video)
    pages["/script"] = page("text/plain", f"ffconcat version 1.0\nfile '{film}'\n".encode())
    pages["/moved"] = Page("text/plain", tuple, 302, {"Location": f"file://{film}"})
    with serving(pages) as address:
        check(camera(f"{address}/good.m3u8"))
        for path in pages.keys() - {"/good.m3u8", "/a.ts"}:
            with pytest.raises(SourceError, match=r"^(cannot reach|lost|no picture of) http://"):
                check(camera(f"{address}{path}", read_timeout_s=1, open_timeout_s=2))


def test_a_film_behind_http_ends_as_a_film_does() -> None:
    with serving(
        {"/f.m3u8": page("audio/x-mpegurl", playlist("a.ts")), "/a.ts": page(MPEG_TS, transport_stream())}
    ) as address:
        reader = open_source(camera(f"{address}/f.m3u8"), None)
        assert not reader.live
        assert len(list(reader)) >= 38
        assert reader.end_reason == "end of file"
        reader.close()


def test_no_library_writes_an_address_anywhere() -> None:
    """FFmpeg would log addresses with their passwords; a process of its own shows all that it writes."""
    code = """
import sys
from services.ingest.reading.sources import SourceError, check
from shared.settings import Camera
for source in sys.argv[1:]:
    try:
        check(Camera(name="room", source=source, open_timeout_s=2))
    except SourceError as error:
        print(error)
"""
    secret = "s3cr3t"
    with serving({"/list.m3u8": page("audio/x-mpegurl", playlist(f"a.ts?key={secret}"))}) as address:
        named = address.replace("://", f"://ann:{secret}@")
        sources = [
            f"{named}/list.m3u8?k={secret}",
            f"{named}/none?k={secret}",
            f"rtsp://ann:{secret}@127.0.0.1:9/x",
        ]
        done = subprocess.run(
            [sys.executable, "-c", code, *sources],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert secret not in done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(sources)
    assert done.stderr == ""
