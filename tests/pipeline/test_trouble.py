"""Cameras that do not wait: a dead stage, a hanging stage, a full server."""

import signal

import pytest

from tests.pipeline.play import LIMIT_S, Crew, Stand, Story, falling, fell, told

HANGS_S = 4.0
HANGS_LONG_S = 60.0
BUDGET_MB = 0.6  # of frames, in one partition: two seconds of them, fewer than the window
OVERHEAD = 1.25  # what the allocator of the server takes for an entry, beside its bytes
MESSAGES_MB = 0.5  # a window of messages between the stages
BIG = "synth://fall_sideways?size=640x480&fps=15&noise=2&duration={}"


def test_falls_arrive_without_any_segmentation_worker(stand: Stand, crew: Crew) -> None:
    with crew.without("segmentation"), stand.ingest(falling("hall", real_time=True)):
        frame = stand.next_frame("hall", "segments")
        stand.through("hall")
        counts = stand.overview().counts
    assert frame.skipped == ("segmentation",)
    assert fell(stand.events("hall"))
    assert counts["segmentation:skipped"] == counts["actions:frames"] > 20
    assert "segmentation:frames" not in counts


def hang(stand: Stand, seconds: float) -> None:
    """Stop the pose worker for so long under a camera that does not wait."""
    empty = stand.overview().memory_used
    # However slowly a busy machine plays, the film goes on for as long as anybody waits.
    camera = falling("hall", real_time=True, source=BIG.format(seconds + 3 * LIMIT_S))
    with stand.ingest(camera, retention_mb=BUDGET_MB):
        stand.await_finished("hall", 3)
        stand.send("pose", signal.SIGSTOP)
        try:
            most = stand.watch_memory(seconds)
            stand.until(lambda: stand.drops("hall").get("bytes", 0) > 0, "drops for want of room")
        finally:
            stand.send("pose", signal.SIGCONT)
        dropped = stand.drops("hall")
        stand.await_finished("hall", stand.settings.bus.window)
        stand.bus.begin("hall")
        stand.until(lambda: fell(stand.events("hall", 2)), "a fall after the trouble")
        assert stand.deaths() == []
    assert most - empty < (BUDGET_MB * OVERHEAD + MESSAGES_MB) * 1e6
    assert sum(dropped.values()) > seconds * 15 / 2  # of 15 frames/s; on a busy machine some are "late"


def test_a_hanging_pose_worker_costs_frames_that_are_counted_and_no_more_memory_than_promised(
    stand: Stand,
) -> None:
    hang(stand, HANGS_S)


@pytest.mark.chaos
def test_a_minute_without_a_pose_worker_changes_nothing_of_that(stand: Stand) -> None:
    hang(stand, HANGS_LONG_S)


def test_at_the_memory_limit_all_drains_and_goes_on_when_there_is_room(
    stand: Stand, undisturbed: Story
) -> None:
    live = falling("bedroom", real_time=True, start_s=1.5)
    with stand.ingest(falling("hall"), live, window=8):
        stand.await_finished("hall", 5)
        with stand.limited(0):
            stand.until(lambda: stand.drops("bedroom").get("memory", 0) >= 5, "drops")
            stand.until(
                lambda: all(s.seq == s.finished_seq for s in stand.overview().sources.values()), "dry"
            )
            at_limit = stand.source("hall").seq
        stand.through("hall", "bedroom")
        assert stand.deaths() == []
    assert at_limit < 36
    assert told(stand.events("hall")) == undisturbed
    assert fell(stand.events("bedroom"))
    assert stand.bus.letters() == []


def test_frames_that_are_kept_make_room_before_the_server_is_full(stand: Stand) -> None:
    camera = falling("hall", source="synth://empty?size=640x480&fps=15&duration=4", start_s=0.0)
    with stand.limited(1.5), stand.ingest(camera, retention_mb=100):
        stand.through("hall")
        assert stand.deaths() == []
    assert stand.overview().counts["actions:frames"] == 60
