from pathlib import Path

import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.events import chain
from services.evaluate.events.labels import read_labels
from services.evaluate.events.recording import path_of, read_recording
from services.evaluate.events.replaying import Rulebook, find_recordings, replay, retold, score_all
from shared.actions import watch
from shared.settings import Actions, Camera, Settings
from tests.services.evaluate.events.made import FALLS, SITS, made_data_set


@pytest.fixture
def data(tmp_path: Path) -> tuple[Path, Path]:
    return made_data_set(tmp_path)


def test_recorded_tracks_are_scored_by_the_rules_of_the_stage(data: tuple[Path, Path]) -> None:
    labels, tracks = read_labels(data[0]), data[1]
    recorded = find_recordings(labels, tracks, data[0].parent, Settings())
    assert [(each.name, each.flags) for each in recorded] == [(FALLS, ()), (SITS, ())]
    rules = Rulebook.of(Settings())
    fall, sit = score_all(labels, replay(recorded, rules), rules)
    assert [(each.kind, each.outcome.value) for each in fall.verdicts] == [("fall", "found")]
    assert [(each.kind, each.outcome.value) for each in sit.verdicts] == [("sit_down", "found")]


def test_what_a_switched_off_rule_would_tell_is_not_asked_for(data: tuple[Path, Path]) -> None:
    labels = read_labels(data[0])
    rules = Rulebook(Actions.model_validate({"rules": {"sit_down": {"enabled": False}}}))
    assert rules.judged(labels) == {"fall", "found_on_floor"}
    recorded = find_recordings(labels, data[1], None, Settings())
    assert score_all(labels, replay(recorded, rules), rules)[1].verdicts == ()


def test_the_story_of_a_recording_is_that_of_its_run_or_not(data: tuple[Path, Path]) -> None:
    _, frames = read_recording(path_of(data[1], FALLS))
    rules = Rulebook.of(Settings())
    events = list(watch(frames, rules.actions))
    assert retold(frames, events[::-1], rules)
    assert not retold(frames[5:], events, rules)
    assert not retold(frames, events[1:], rules)


def test_a_recording_of_another_clip_is_refused(data: tuple[Path, Path]) -> None:
    labels, tracks = read_labels(data[0]), data[1]
    (data[0].parent / SITS).write_bytes(b"another clip under the same name")
    with pytest.raises(EvaluationError, match=rf"{SITS}.ktr cannot be used: the clip was another one"):
        find_recordings(labels, tracks, data[0].parent, Settings())
    path_of(tracks, SITS).write_bytes(path_of(tracks, FALLS).read_bytes())
    with pytest.raises(EvaluationError, match=f"it is of the clip {FALLS}"):
        find_recordings(labels, tracks, None, Settings())


def test_a_recording_by_another_chain_is_refused_with_the_option(data: tuple[Path, Path]) -> None:
    settings = Settings()
    other = settings.model_copy(update={"tracker": settings.tracker.model_copy(update={"lost_s": 2.0})})
    with pytest.raises(EvaluationError, match=r"tracker\.lost_s was null and is 2\.0; record it again"):
        find_recordings(read_labels(data[0]), data[1], data[0].parent, other)


def test_how_fast_a_chain_works_and_what_the_rules_are_does_not_matter(data: tuple[Path, Path]) -> None:
    settings = Settings()
    pose = settings.pose.model_copy(update={"replicas": 3, "batch": 2})
    actions = settings.actions.model_copy(update={"posture_s": 0.6})
    other = settings.model_copy(update={"pose": pose, "actions": actions})
    assert len(find_recordings(read_labels(data[0]), data[1], data[0].parent, other)) == 2


def test_other_code_and_other_lengths_are_flagged(
    data: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "code_of", lambda: "newer")
    data[0].write_text(data[0].read_text().replace('"frames":80', '"frames":81', 1))
    first, second = find_recordings(read_labels(data[0]), data[1], None, Settings())
    assert first.flags[0] == "81 frames are labelled, 80 were recorded"
    assert "recorded by other code of the stages" in first.flags[1]
    assert len(second.flags) == 1


def test_a_clip_is_played_by_the_configured_camera_of_its_name(data: tuple[Path, Path]) -> None:
    labels = read_labels(data[0])
    own = Camera(name="first-fall", source="rtsp://elsewhere/", rotate=90, start_s=3, real_time=True)
    settings = Settings(cameras=(own,))
    camera = chain.camera_for(FALLS, labels.clips[FALLS], data[0].parent, settings)
    assert (camera.name, camera.rotate, camera.start_s, camera.live) == ("first-fall", 90, 0.0, False)
    assert camera.source == str(data[0].parent / FALLS)
    with pytest.raises(EvaluationError, match=r"camera\.rotate was 0 and is 90"):
        find_recordings(labels, data[1], None, settings)


@pytest.mark.parametrize(
    ("clip", "camera"),
    [("home/a b.mp4", "home-a-b"), ("../ä.mp4", "clip"), ("x" * 80 + ".mp4", "x" * 64), ("a.mp4", "a")],
)
def test_cameras_are_called_after_their_clips(clip: str, camera: str) -> None:
    assert chain.camera_of(clip) == camera
