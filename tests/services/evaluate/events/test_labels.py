import json
from pathlib import Path
from typing import Any

import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.events.labels import Label, group_of, read_labels
from tests.services.footage import data_file

_FALL = {"kind": "fall_forward", "fall": True, "descent_s": 1.0, "ground_s": 2.0, "settled_s": 2.5}
_CLIP = {"fps": 30.0, "frames": 300, "size": "640x480", "events": [_FALL]}


def written(folder: Path, clips: Any) -> Path:
    path = folder / "labels.json"
    path.write_text(json.dumps({"about": "made up", "clips": clips}))
    return path


def test_labels_are_read_with_what_they_leave_out(tmp_path: Path) -> None:
    labels = read_labels(written(tmp_path, {"home/a.mp4": _CLIP, "b.mp4": {**_CLIP, "events": []}}))
    assert list(labels.clips) == ["home/a.mp4", "b.mp4"]
    first = labels.clips["home/a.mp4"]
    assert (first.duration_s, first.crop_xyxy) == (10.0, None)
    assert first.falls == (Label("fall_forward", True, None, 1.0, 2.0, 2.5),)
    assert [group_of(name) for name in labels.clips] == ["home", "."]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fps": 0}, "clip a.mp4: Expected `float` > 0.0 - at `$.fps`"),
        ({"size": "wide"}, "at `$.size`"),
        ({"crop_xyxy": [0, 0, 700, 480]}, "crop_xyxy [0, 0, 700, 480] is no part of a picture of 640 x 480"),
        ({"crop_xyxy": [10, 0, 10, 480]}, "is no part of a picture"),
        ({"colour": "red"}, "Object contains unknown field `colour`"),
        ({"events": [{**_FALL, "grond_s": 2}]}, "contains unknown field `grond_s` - at `$.events[0]`"),
        ({"events": [{"kind": "fall", "fall": True}]}, "a fall needs descent_s and ground_s"),
        ({"events": [{**_FALL, "ground_s": 0.5}]}, "ground_s 0.5 is before descent_s 1"),
        ({"events": [{**_FALL, "descent_s": -1}]}, "at `$.events[0].descent_s`"),
        (
            {"events": [{"kind": "sit_down", "start_s": 2, "end_s": 12}]},
            "event 0 (sit_down) is labelled until 12 s, but the clip has 300 frames at 30/s, 10.00 s",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_the_clip_and_the_field(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(EvaluationError) as refused:
        read_labels(written(tmp_path, {"fine.mp4": _CLIP, "a.mp4": {**_CLIP, **change}}))
    assert "clip a.mp4" in str(refused.value)
    assert says in str(refused.value)


@pytest.mark.parametrize("name", ["/a.mp4", "../a.mp4", "", "a//b.mp4"])
def test_a_clip_lies_below_the_folder_of_clips(tmp_path: Path, name: str) -> None:
    with pytest.raises(EvaluationError, match="is no path below the folder of clips"):
        read_labels(written(tmp_path, {name: _CLIP}))


def test_a_file_without_labels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_labels(path)
    for content in ("[]", "{", '{"clips": 1}'):
        path.write_text(content)
        with pytest.raises(EvaluationError, match="holds no labels"):
            read_labels(path)
    with pytest.raises(EvaluationError, match="labels no clip"):
        read_labels(written(tmp_path, {}))


def test_clips_are_chosen_by_part_of_their_path(tmp_path: Path) -> None:
    labels = read_labels(written(tmp_path, {"home/a.mp4": _CLIP, "lab/b.mp4": _CLIP}))
    assert list(labels.only(("lab",)).clips) == ["lab/b.mp4"]
    assert labels.only(()) is labels
    with pytest.raises(EvaluationError, match="no labelled clip is called garden"):
        labels.only(("lab", "garden"))


@pytest.mark.data
def test_the_labels_of_the_test_data_are_as_they_should_be() -> None:
    labels = read_labels(data_file("clips/labels.json"))
    assert sum(len(clip.falls) for clip in labels.clips.values()) == 9
