"""The pipeline with MediaPipe in the pose worker's place, as a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from shared.messages import Event, EventKind, Phase
from shared.settings import MediaPipe, Pose
from tests.mediapipe_needs import needs_mediapipe
from tests.pipeline.play import Crew, Stand, Story, falling, fell, pids

pytestmark = needs_mediapipe

LIBRARY = "libmediapipe.so"


def family(events: list[Event]) -> set[tuple[EventKind, Phase]]:
    return {(event.kind, event.phase) for event in events}


@contextmanager
def posing(stand: Stand, crew: Crew, **options: Any) -> Iterator[None]:
    """A pose worker with MediaPipe instead of the other one."""
    pose = Pose(backend="mediapipe", mediapipe=MediaPipe(**options))
    with crew.without("pose"), stand.crew(["pose"], pose=pose) as alone:
        stand.until(runs_mediapipe, "a pose worker with MediaPipe")
        yield
        alone.dismiss()
        assert alone.notices == []


def runs_mediapipe() -> bool:
    return any(
        mapped.path.endswith(LIBRARY) for pid in pids("pose") for mapped in psutil.Process(pid).memory_maps()
    )


def test_a_fall_is_told_as_with_the_other_backend(stand: Stand, crew: Crew, undisturbed: Story) -> None:
    with posing(stand, crew):
        stand.play(falling("hall"))
        events = stand.events("hall")
        assert fell(events)
        assert family(events) == {(kind, phase) for _, _, kind, phase, *_ in undisturbed}
    assert stand.bus.letters() == []


def test_live_pictures_that_mediapipe_is_late_with_come_through_and_say_so(stand: Stand, crew: Crew) -> None:
    late = {"running_mode": "live_stream", "result_wait_ms": 1}
    with posing(stand, crew, **late), stand.ingest(falling("hall", real_time=True)):
        stand.through("hall")
        counts = stand.overview().counts
    assert counts["pose:skipped"] == counts["camera:hall:skipped:pose"] > 20
    assert counts["actions:frames"] == counts["camera:hall:frames"] == 36
    assert stand.bus.letters() == []
