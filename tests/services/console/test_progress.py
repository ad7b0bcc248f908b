"""How far a run is, from what the bus counts."""

import io

import pytest
from rich.console import Console

from services.console.progress import Meter, Progress
from services.console.screen import live_view, media_time, progress_line
from shared.bus.transport import Overview, Source


def overview(source: Source, *, drops: int = 0, dead: int = 0, counts: int = 0) -> Overview:
    return Overview(
        sources={"hall": source, "other": Source(5, 99)},
        counts={"pose:frames": counts},
        drops={("hall", "window"): drops, ("other", "window"): 7},
        dead=dead,
        lags={"pose": 3, "tracker": 0},
        workers={},
        memory_used=5 << 20,
        memory_limit=64 << 20,
    )


def measured(now: Overview, *, total: int | None = None) -> Progress:
    """Progress of run 2 of a camera that had seen 10 messages before, two seconds after it began."""
    before = overview(Source(1, 9, finished_seq=9), drops=1, dead=1, counts=10)
    meter = Meter(before, {"hall": Source(2, 9, finished_seq=9)}, {"hall": total}, 100.0)
    return meter.measure(now, 102.0)


@pytest.mark.parametrize(
    ("seq", "finished_seq", "ended", "published", "done", "finished"),
    [
        (9, 9, False, 0, 0, False),
        (14, 11, False, 5, 2, False),
        (14, 14, False, 5, 5, False),
        (15, 14, True, 5, 5, False),  # the end itself is still under way
        (15, 15, True, 5, 5, True),
        (10, 10, True, 0, 0, True),  # nothing but an end
    ],
)
def test_only_this_runs_frames_count(
    seq: int, finished_seq: int, ended: bool, published: int, done: int, finished: bool
) -> None:
    progress = measured(overview(Source(2, seq, ended=ended, finished_seq=finished_seq)))
    [camera] = progress.cameras
    assert (camera.published, camera.done, camera.finished) == (published, done, finished)
    assert progress.finished is finished


def test_what_the_server_had_counted_before_is_left_out() -> None:
    source = Source(2, 14, ended=False, finished_seq=14)
    progress = measured(overview(source, drops=3, dead=2, counts=15))
    assert progress.drops == {("hall", "window"): 2}
    assert progress.dead == 1
    assert progress.counts == {"pose:frames": 5}


def test_the_rate_is_that_of_the_last_seconds() -> None:
    assert measured(overview(Source(2, 19, ended=False, finished_seq=19))).fps == pytest.approx(5.0)


def test_a_camera_that_somebody_began_anew_is_over_for_us() -> None:
    assert measured(overview(Source(3, 12, ended=False, finished_seq=11))).finished


def test_one_line_says_all_that_matters() -> None:
    source = Source(2, 14, ended=False, finished_seq=13)
    line = progress_line(measured(overview(source, drops=3, dead=2), total=8))
    assert line == "hall 4/8 frames (50 %); 2.0 frames/s; waiting pose 3; dropped 2; dead letters 1"


def test_the_live_view_names_cameras_stages_and_memory() -> None:
    console = Console(file=io.StringIO(), width=100, record=True)
    console.print(live_view(measured(overview(Source(2, 14, ended=False, finished_seq=13)), total=8), 4))
    shown = console.export_text()
    for words in ("hall", "4/8 frames (50 %)", "waiting: pose 3", "events 4", "server 5/64 MB"):
        assert words in shown


@pytest.mark.parametrize(
    ("pts_us", "text"), [(0, "0:00.00"), (3_400_000, "0:03.40"), (3_600_000_000, "60:00.00")]
)
def test_media_time_is_minutes_and_seconds(pts_us: int, text: str) -> None:
    assert media_time(pts_us) == text
