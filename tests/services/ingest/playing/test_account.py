"""What a camera's report says of its source."""

import pytest

from services.ingest.playing.account import Account, Findings, fingerprint
from shared.camera import decode_report


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("rtsp://cam/1", "rtsp://cam/1", True),
        ("rtsp://cam/1", "rtsp://cam/2", False),
        ("rtsp://cam/1", "rtsp://user:secret@CAM/1", True),
        ("rtsp://user:old@cam/1", "rtsp://user:new@cam/1", True),
        ("rtsp://cam/s?channel=1", "rtsp://cam/s?channel=2", False),
        ("rtsp://cam/s?channel=1&password=a", "rtsp://cam/s?password=b&channel=1", True),
        ("rtsp://cam/user=a_password=b_channel=1", "rtsp://cam/user=a_password=c_channel=1", True),
        ("rtsp://cam/user=a_password=b_channel=1", "rtsp://cam/user=a_password=b_channel=2", False),
        ("a.mp4", "b.mp4", False),
        ("synth://fall?seed=1", "synth://fall?seed=2", False),
    ],
)
def test_sources_are_told_apart_by_all_but_their_secrets(one: str, other: str, same: bool) -> None:
    assert (fingerprint(one) == fingerprint(other)) is same
    assert "cam" not in fingerprint(one)


def test_media_time_goes_on_for_the_next_player_of_a_camera_that_never_showed_a_picture() -> None:
    now_us = 50_000_000
    first = Account(1, "x", None, lambda: now_us)
    now_us += 8_000_000
    first.lost("refused")
    assert first.media_us() == 8_000_000
    report = decode_report(first.written(Findings()))
    now_us += 1_000_000
    second = Account(1, "x", report, lambda: now_us)
    second.connecting()
    assert second.media_us() == 9_000_000
