"""`kinestream eval events` over the real bus and stages: what is kept is what was told, at any speed."""

import json
import os
import shutil
import signal
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import pytest
from typer.testing import CliRunner, Result

from services.console.command import app
from services.console.progress import Progress
from services.console.recording_tracks import ClipsScreen
from services.evaluate.events.labels import Clip, Label
from services.evaluate.events.recording import path_of, read_recording
from shared.messages import Frame
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Runtime

FPS = 8
START = 28  # what comes before is walking
CLIPS = ("one/fall.mp4", "two/fall.mp4")


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rendered falls as video files."""
    folder = tmp_path_factory.mktemp("clips")
    clips = {}
    for seed, name in enumerate(CLIPS, 1):
        scene = Scene(parse(f"synth://fall_sideways?size=320x240&fps={FPS}&noise=0&duration=8&seed={seed}"))
        path = folder / name
        path.parent.mkdir()
        frames = range(START, scene.frame_count)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=FPS)
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
            stream.bit_rate, stream.time_base = 4_000_000, Fraction(1, FPS)
            for index in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(scene.render(index), format="bgr24")))
            container.mux(stream.encode())
        fall = Label("fall_sideways", fall=True, descent_s=0.0, ground_s=1.5)
        clips[name] = msgspec.to_builtins(Clip(fps=FPS, frames=len(frames), events=(fall,)))
    file = folder / "labels.json"
    file.write_bytes(msgspec.json.encode({"clips": clips}))
    return file


def configured(folder: Path, runtime: Runtime) -> Path:
    path = folder / "kinestream.yaml"
    path.write_text(f"runtime: {{providers: [cpu], threads: 1, models_dir: {runtime.models_dir}}}\n")
    return path


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", "events", *map(str, arguments)], env={"COLUMNS": "300"})


def evaluate(*arguments: object) -> Result:
    done = invoke(*arguments)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def plain(labels: Path, tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> Path:
    """Recordings of both clips, played by one worker of each stage ten times as fast as they were."""
    folder = tmp_path_factory.mktemp("plain")
    done = evaluate(labels, "--config", configured(folder, runtime), "--record", folder, "--speed", "10")
    assert done.stderr.splitlines()[-1] == "72 of 72 frames"  # nothing is amiss
    return folder


def recorded(folder: Path) -> list[Frame]:
    """The frames of the first clip, without the wall time at which they were played."""
    _, frames = read_recording(path_of(folder, CLIPS[0]))
    return [msgspec.structs.replace(frame, captured_us=0) for frame in frames]


def test_tracks_and_events_are_the_same_at_any_speed_and_with_three_workers(
    labels: Path, plain: Path, tmp_path: Path, runtime: Runtime
) -> None:
    arguments = (labels, "--config", configured(tmp_path, runtime), "--only", "one", "--json")
    again = evaluate(*arguments, "--record", tmp_path, "--workers", "3", "--speed", "1")
    assert "tell another story" not in again.stderr
    assert (
        json.loads(again.stdout)["clips"]
        == json.loads(evaluate(*arguments, "--tracks", plain).stdout)["clips"]
    )
    assert json.loads(again.stdout)["groups"][0]["falls"]["found"] == 1
    assert recorded(tmp_path) == recorded(plain)


def test_an_interruption_keeps_what_came_through_and_the_rest_is_run_next_time(
    labels: Path, plain: Path, tmp_path: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (labels, "--config", configured(tmp_path, runtime), "--record", tmp_path)
    first, second = (path_of(tmp_path, name) for name in CLIPS)
    first.parent.mkdir()
    shutil.copy2(path_of(plain, CLIPS[0]), first)
    made_ns = first.stat().st_mtime_ns

    def interrupt(screen: ClipsScreen, progress: Progress) -> None:
        assert [camera.name for camera in progress.cameras] == ["two-fall"]
        if progress.done:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(ClipsScreen, "update", interrupt)
    done = invoke(*arguments, "--speed", "0.5")
    assert done.exit_code == 128 + signal.SIGINT
    assert f"interrupted; the same command goes on with what {tmp_path} lacks" in done.stderr
    assert not second.exists()
    monkeypatch.undo()
    assert "nothing wrong in 2 clips" in evaluate(*arguments).stdout
    assert second.exists()
    assert first.stat().st_mtime_ns == made_ns
