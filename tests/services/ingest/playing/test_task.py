"""What a player is told of its camera."""

from services.ingest.playing.task import job_of, task_of
from shared.settings import Camera, Settings

CAMERA = {"name": "hall", "source": "a.mp4", "fps": 5.0}
DRAWN = {
    "zones": [{"name": "bed", "points": [(0, 0), (1, 0), (1, 1)]}],
    "lines": [{"name": "door", "points": [(0, 0), (1, 1)]}],
    "rules": {"fall": {"confirm_s": 0.8}},
    "tilt_deg": 30.0,
}


def test_a_player_gets_its_camera() -> None:
    job = job_of(task_of(Settings(), Camera.model_validate(CAMERA)))
    assert (job.camera.name, job.camera.fps) == ("hall", 5.0)


def test_what_only_rules_know_changes_no_task_so_that_drawing_a_zone_starts_no_camera_anew() -> None:
    plain, drawn = (Camera.model_validate(fields) for fields in (CAMERA, CAMERA | DRAWN))
    assert task_of(Settings(), plain) == task_of(Settings(), drawn)
    changed = drawn.model_copy(update={"jpeg_quality": 50})
    assert task_of(Settings(), changed) != task_of(Settings(), drawn)
