"""Falls that stick figures make, recorded and told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from services.evaluate.events.recording import Header, path_of, write_recording
from services.evaluate.explain.explanation import Explanation, explain
from services.evaluate.explain.told import told_of
from shared.actions import watch
from shared.messages import Event, EventKind
from shared.settings import Actions
from tests.services.figures import PRONE, SITTING, STANDING, SUPINE, Figure, Take, falling, film

CLIP = "hall/fall.mp4"
FALL = falling(PRONE)
HIDDEN = replace(falling(SUPINE, descent_s=0.7), away=(2.85, 9.0))
ACROSS_A_GAP = replace(falling(SUPINE, descent_s=1.0), away=(2.1, 3.1))
UP_AGAIN = Figure([(2, STANDING), (2.6, PRONE), (3.1, STANDING)])
SEATED_AND_FALLEN = Figure([(1, STANDING), (2, SITTING), (4, SITTING), (4.7, SUPINE)])


def recorded(folder: Path, figures: Sequence[Figure] = (FALL,), take: Take | None = None) -> Path:
    """A recording; the camera is called room, its run is 3."""
    header = Header(clip=CLIP, sha256="0" * 64, chain={}, code="c", software="s", frames=0, crc32=0)
    path = path_of(folder, CLIP)
    write_recording(path, header, film(figures, take or Take(fps=30)))
    return path


def events_of(figure: Figure, take: Take | None = None, kind: EventKind = EventKind.FALL) -> list[Event]:
    """What is told of a figure, of one kind."""
    return [each for each in watch(film([figure], take or Take(fps=30)), Actions()) if each.kind is kind]


def explained(figure: Figure, take: Take | None = None) -> Explanation:
    """Of the first fall of a figure, as its events alone tell it."""
    events = events_of(figure, take)
    return explain(told_of(each for each in events if each.id == events[0].id))
