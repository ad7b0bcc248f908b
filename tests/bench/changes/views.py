"""Clips as changed cameras see them, through the stages and kept."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from services.evaluate.events import chain
from services.evaluate.events.recording import Header, path_of
from services.evaluate.events.replaying import Recorded
from shared.settings import Settings
from tests.bench.changes import pictures
from tests.bench.changes.rows import Changed, Row, generator
from tests.bench.stages import Film, Stages, kept


@dataclass(frozen=True)
class View:
    """A changed camera.

    Attributes:
        name: for the table, `--change` and the folder of its recordings.
        alter: of each picture.
        fps: so many pictures a second are taken at most; None: all.
    """

    name: str
    alter: pictures.Alter = pictures.same
    fps: float | None = None


VIEWS = (
    View("mirror", pictures.mirrored),
    View("half", pictures.halved),
    View("dark", pictures.darkened),
    View("jpeg", pictures.compressed),
    View("roll+10", partial(pictures.rolled, degrees=10)),
    View("roll-10", partial(pictures.rolled, degrees=-10)),
    View("far", pictures.further),
    View("barrel", pictures.bulged),
    View("middle", pictures.narrowed),
    View("blur", pictures.blurred),
    View("tilt", pictures.pitched),
    View("grey", pictures.greyed),
    View("fps10", fps=10),
    View("fps5", fps=5),
)


@dataclass(frozen=True)
class Source:
    """Where clips are, and the options that they are played by."""

    clips: Path
    settings: Settings

    def origin(self, of: Recorded, view: View) -> Header:
        """The header of a recording of a changed clip."""
        origin = chain.origin(of.name, of.clip, self.clips / of.name, self.settings)
        return msgspec.structs.replace(origin, chain=origin.chain | {"camera.view": view.name})

    def play(self, stages: Stages, of: Recorded, view: View) -> Film:
        """What is tracked in a clip as a changed camera sees it."""
        camera = chain.camera_for(of.name, of.clip, self.clips, self.settings)
        if view.fps is not None:
            camera = camera.model_copy(update={"fps": view.fps})
        rng = generator(view.name, of.name)
        return stages.play(camera, lambda image: view.alter(image, rng))


def played(
    views: Sequence[View], recorded: Sequence[Recorded], folder: Path, source: Source
) -> Iterator[Changed]:
    """A row of each view; what is not in the folder yet is played."""
    print(f"{len(views)} changes of {len(recorded)} clips: minutes for each", file=sys.stderr, flush=True)
    stages = Stages(source.settings)
    for view in views:
        again = []
        for each in recorded:
            path = path_of(folder / view.name, each.name)
            kept(path, source.origin(each, view), partial(source.play, stages, each, view))
            again.append(Recorded(each.name, each.clip, path))
        yield Changed(Row(view.name), tuple(again))
