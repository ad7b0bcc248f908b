"""Labels, incidents and recordings made up for the tests of scoring."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from services.evaluate.events import chain
from services.evaluate.events.incidents import Incident, Update
from services.evaluate.events.labels import Clip, Label
from services.evaluate.events.recording import path_of, write_recording
from services.evaluate.events.scoring import ClipScore, labelled_kinds, score_clip
from shared.messages import Frame, Phase
from shared.settings import Settings
from tests.services.figures import PRONE, SITTING, STANDING, Figure, Take, falling, film

FALL = Label("fall_forward", fall=True, descent_s=2.0, ground_s=3.0, settled_s=3.5, last_on_ground_s=9.0)
FALLS, SITS = "first/fall.mp4", "second/sit.mp4"


def clip(*labels: Label, duration_s: float = 20.0) -> Clip:
    return Clip(fps=10, frames=round(10 * duration_s), events=labels)


def told(kind: str, raised_s: float | None, started_s: float | None = None, **changes: Any) -> Incident:
    """An incident that begins a second before it is raised."""
    started_s = (raised_s or 1.0) - 1.0 if started_s is None else started_s
    updates = [Update(Phase.SUSPECTED, started_s)]
    if raised_s is not None:
        updates.append(Update(Phase.CONFIRMED, raised_s))
    incident = Incident(f"{kind}-{started_s}", kind, 1, started_s, raised_s, 0.9, tuple(updates), {})
    return replace(incident, **changes)


def scored(of: Clip, *incidents: Incident, name: str = "set/clip.mp4") -> ClipScore:
    return score_clip(name, of, incidents, labelled_kinds([of]))


def outcomes(score: ClipScore) -> list[tuple[str, str]]:
    return [(verdict.kind, verdict.outcome.value) for verdict in score.verdicts]


def film_of(name: str, figure: Figure, duration_s: float = 8.0) -> list[Frame]:
    camera = chain.camera_of(name)
    frames = film([figure], Take(fps=10, duration_s=duration_s))
    return [msgspec.structs.replace(frame, camera=camera) for frame in frames]


def made_data_set(folder: Path) -> tuple[Path, Path]:
    """Labels of a fall and of somebody who sits down, and recordings of both; the clips are no real ones."""
    films = {
        FALLS: (
            film_of(FALLS, falling(PRONE)),
            Label("fall_forward", fall=True, descent_s=2.0, ground_s=2.4),
        ),
        SITS: (
            film_of(SITS, Figure([(2.0, STANDING), (3.2, SITTING)])),
            Label("sit_down", start_s=2.0, seated_s=3.0, settled_s=3.2, end_s=7.5),
        ),
    }
    entries = {}
    for name, (frames, label) in films.items():
        path = folder / "clips" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        labelled = Clip(fps=10, frames=len(frames), events=(label,))
        entries[name] = msgspec.to_builtins(labelled)
        write_recording(
            path_of(folder / "tracks", name), chain.origin(name, labelled, path, Settings()), frames
        )
    labels = folder / "clips" / "labels.json"
    labels.write_bytes(msgspec.json.encode({"clips": entries}))
    return labels, folder / "tracks"
