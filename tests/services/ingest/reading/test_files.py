"""Files: every picture once, at its time, and from any place on exactly as if nothing had happened."""

import itertools
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.reading.files import MediaClock
from services.ingest.reading.sources import SourceError, check, open_source
from tests.services.ingest.clips import HEIGHT_PX, KINDS, WIDTH_PX, Kind, cut, damage, make, seen
from tests.services.ingest.readers import camera, watch

MP4, MKV, TS, MJPEG = KINDS[0], KINDS[1], KINDS[3], KINDS[5]
DATA = Path(os.environ.get("KINESTREAM_DATA", Path(__file__).parents[4] / "../shared/data"))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_reader_that_takes_over_anywhere_goes_on_with_exactly_the_next_picture(
    tmp_path: Path, kind: Kind
) -> None:
    film = camera(make(tmp_path, kind))
    whole = watch(film)
    assert len(whole) == 40
    for index, before in enumerate(whole):
        assert watch(film, before.position, 12) == whole[index + 1 : index + 13]


@pytest.mark.parametrize("kind", [MP4, TS], ids=str)
def test_it_takes_over_after_a_late_start_too(tmp_path: Path, kind: Kind) -> None:
    film = camera(make(tmp_path, kind), start_s=0.55)
    whole = watch(film)
    assert whole[0].pts_us == 560_000
    for index in range(0, len(whole), 3):
        assert watch(film, whole[index].position) == whole[index + 1 :]


@pytest.mark.parametrize("fps", [0.7, 9, 10, 24.9, 60])
@pytest.mark.parametrize("kind", [MP4, MJPEG], ids=str)
def test_it_takes_over_at_any_rate(tmp_path: Path, kind: Kind, fps: float) -> None:
    film = camera(make(tmp_path, kind), fps=fps)
    whole = watch(film)
    assert len(whole) == pytest.approx(min(fps, 25) * 1.6, abs=1)
    for index in range(0, len(whole), 2):
        assert watch(film, whole[index].position) == whole[index + 1 :]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_media_time_is_the_films_own(tmp_path: Path, kind: Kind) -> None:
    times = [picture.pts_us for picture in watch(camera(make(tmp_path, kind)))]
    assert times[0] in (0, 40_000)  # an AVI with B-frames says that it begins one picture earlier
    assert np.diff(times).tolist() == [40_000] * 39


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_start_keeps_the_media_time_of_the_file(tmp_path: Path, kind: Kind) -> None:
    path = make(tmp_path, kind)
    whole = watch(camera(path))
    late = watch(camera(path, start_s=1.0))
    assert late[0].pts_us == 1_000_000
    assert [picture.image for picture in late] == [p.image for p in whole if p.pts_us >= 1_000_000]


def test_stamps_that_go_backwards_are_counted_on_and_lead_back(tmp_path: Path) -> None:
    first, second = make(tmp_path, TS, 15, "first"), make(tmp_path, TS, 15, "second")
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    whole = watch(camera(both))
    assert len(whole) >= 28
    assert min(np.diff([picture.pts_us for picture in whole])) > 0
    for index, before in enumerate(whole):
        assert watch(camera(both), before.position) == whole[index + 1 :]


def test_max_frames_counts_from_the_start_of_the_source_not_of_the_reader(tmp_path: Path) -> None:
    film = camera(make(tmp_path, MP4), max_frames=7)
    whole = watch(film)
    assert len(whole) == 7
    assert watch(film, whole[4].position) == whole[5:]
    reader = open_source(film, whole[6].position)
    assert list(reader) == []
    assert reader.end_reason == "stopped after 7 frames"
    reader.close()


def test_a_crop_cuts_the_picture(tmp_path: Path) -> None:
    path = make(tmp_path, MJPEG, 1)
    (whole,) = open_source(camera(path), None)
    (part,) = open_source(camera(path, crop=(10, 4, 50, 24)), None)
    np.testing.assert_array_equal(part.image, whole.image[4:24, 10:50])


@pytest.mark.parametrize(
    "crop", [(0, 0, WIDTH_PX + 1, 10), (5, 5, 5, 9), (-1, 0, 5, 5), (8, 0, 4, HEIGHT_PX)]
)
def test_a_crop_that_does_not_fit_is_refused(tmp_path: Path, crop: tuple[int, int, int, int]) -> None:
    with pytest.raises(SourceError, match="inside the picture of 96x64 pixels"):
        check(camera(make(tmp_path, MJPEG, 1), crop=crop))


@pytest.mark.parametrize(("matrix", "turns"), [((0, 1, -1, 0), -1), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)])
def test_a_film_taken_sideways_is_turned_upright(
    tmp_path: Path, matrix: tuple[int, int, int, int], turns: int
) -> None:
    path = make(tmp_path, MP4, 1)
    (lying,) = open_source(camera(path), None)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44  # ISO/IEC 14496-12, 8.3.2: a, b, u, c, d as 16.16 fixed point
    a, b, c, d = (value * 65536 for value in matrix)
    for offset, value in ((0, a), (4, b), (12, c), (16, d)):
        data[at + offset : at + offset + 4] = value.to_bytes(4, "big", signed=True)
    path.write_bytes(data)
    (upright,) = open_source(camera(path), None)
    np.testing.assert_array_equal(upright.image, np.rot90(lying.image, turns))


def test_a_damaged_picture_is_counted_and_left_out(tmp_path: Path) -> None:
    path = make(tmp_path, MJPEG, 12)
    whole = watch(camera(path))
    damage(path, 5)
    reader = open_source(camera(path), None)
    assert [seen(captured).image for captured in reader] == [p.image for p in whole[:5] + whole[6:]]
    assert reader.corrupt == 1
    reader.close()


def test_a_reader_that_takes_over_behind_damage_does_not_count_it_again(tmp_path: Path) -> None:
    path = make(tmp_path, MJPEG, 12)
    damage(path, 5)
    whole = watch(camera(path))
    reader = open_source(camera(path), whole[7].position)
    assert [seen(captured) for captured in reader] == whole[8:]
    assert reader.corrupt == 0
    reader.close()


@pytest.mark.parametrize("kind", [MP4, MKV, MJPEG], ids=str)
def test_a_file_cut_short_is_read_as_far_as_it_goes_and_said(
    tmp_path: Path, kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    path = make(tmp_path, kind)
    whole = watch(camera(path))
    cut(path, 0.8)
    reader = open_source(camera(path), None)
    got = [seen(captured) for captured in reader]
    reader.close()
    assert 10 < len(got) < 39
    assert [picture.image for picture in got[:-1]] == [picture.image for picture in whole[: len(got) - 1]]
    assert reader.end_reason.startswith("the file is cut short: analysed up to ")
    assert "camera room" in caplog.text


def test_a_whole_file_ends_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reader = open_source(camera(make(tmp_path, MP4)), None)
    assert len(list(reader)) == 40
    assert (reader.end_reason, reader.corrupt, caplog.text) == ("end of file", 0, "")
    reader.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"", "is not a video that FFmpeg can read, is empty, or its header is cut off"),
        (b"a letter to my aunt\n" * 50, "is not a video that FFmpeg can read"),
    ],
)
def test_what_is_no_video_is_refused_with_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        check(camera(path))
    assert str(path) in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_damaged_pictures_only_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path, MJPEG, 3)
    for index in range(3):
        damage(path, index)
    with pytest.raises(SourceError, match=r"no picture of .* can be decoded"):
        check(camera(path))


def test_a_start_behind_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"at or after 9 s, it lasts 1\.60 s: start earlier"):
        check(camera(make(tmp_path, MP4), start_s=9))


@given(st.lists(st.none() | st.integers(-(2**40), 2**40)), st.none() | st.integers(-(2**40), 2**40))
def test_media_time_increases_whatever_the_stamps(stamps: list[int | None], origin: int | None) -> None:
    clock = MediaClock(Fraction(1, 90_000), 40_000, origin)
    times = [clock.at(stamp) for stamp in stamps]
    assert all(later > earlier for earlier, later in itertools.pairwise(times))


def test_a_missing_stamp_is_one_nominal_step_on() -> None:
    clock = MediaClock(Fraction(1, 1000), 40_000, 500)
    assert [clock.at(stamp) for stamp in (500, 540, None, 620)] == [0, 40_000, 80_000, 120_000]
    assert clock.counted


@pytest.mark.data
@pytest.mark.parametrize("clip", ["gmdcsa24/s3_fall_20.mp4", "gmdcsa24/s1_fall_15.mp4", "sam2/bedroom.mp4"])
def test_real_clips_are_taken_over_exactly(clip: str) -> None:
    path = DATA / "clips" / clip
    if not path.exists():
        pytest.skip(f"{path} is absent")
    film = camera(path, max_frames=60)
    whole = watch(film)
    assert len(whole) == 60
    for index in (0, 1, 29, 30, 44, 58):
        assert watch(film, whole[index].position, 4) == whole[index + 1 : index + 5]
