"""Options that the evaluations share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from services.console.errors import BadInputError
from services.console.evaluating import TRUTH

FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FOLDER]", help="Holds annotations.json (or another) and the pictures."),
]
AnnotationsOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The annotations, where FOLDER holds several or none.")
]
PicturesOption = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="The pictures, where they are somewhere else.")
]
ModelsOption = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME", help="Run this model; all: every fitting one. Repeatable."),
]
DetectorsOption = Annotated[
    list[str] | None,
    typer.Option("--detector", metavar="NAME", help="... with this detector's boxes. Repeatable."),
]
BoxesOption = Annotated[
    list[str] | None, typer.Option("--boxes", metavar="truth", help="... with the labelled boxes.")
]
OutOption = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Draw the worst pictures of each model here.")
]
WorstOption = Annotated[int, typer.Option(min=0, metavar="N", help="... so many of them.")]
ResamplesOption = Annotated[
    int, typer.Option(min=0, max=10_000, metavar="N", help="Draws for the intervals; 0: no intervals.")
]
DemoOption = Annotated[
    bool, typer.Option("--demo", help="Make pictures, and models with known faults, in FOLDER.")
]
SeedOption = Annotated[int, typer.Option(min=0, max=10_000_000, help="Of the demo and the intervals.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs.")]


def names_of(paths: Sequence[Path]) -> dict[str, Path]:
    """Short names of files or folders: without suffix, and without folders where they differ without."""
    stems = [path.stem for path in paths]
    return {path.stem if stems.count(path.stem) == 1 else str(path.with_suffix("")): path for path in paths}


def check_boxes(kinds: Sequence[str]) -> None:
    """Refuse boxes that are neither labelled nor a detector's.

    Raises:
        BadInputError: another word than `TRUTH`.
    """
    for kind in kinds:
        if kind != TRUTH:
            raise BadInputError(f"--boxes {kind}: write --boxes {TRUTH}, or --detector NAME")


def folder_name(model: str) -> str:
    """A model's name as it can stand in a path."""
    return model.replace(", ", "+").replace(" ", "-").replace("/", "-")
