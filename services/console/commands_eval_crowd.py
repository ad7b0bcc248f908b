"""`kinestream eval crowd`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.evaluate.tracking.made import write_crowd
from shared.scene.crowd.film import CrowdSpec
from shared.scene.crowd.pace import Pace

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the sequence.")]
PeopleOption = Annotated[
    int, typer.Option(min=1, max=1000, metavar="N", help="About so many in the picture at a time.")
]
SecondsOption = Annotated[float, typer.Option(min=1, max=3600, metavar="S", help="How long it is filmed.")]
SeedOption = Annotated[int, typer.Option(min=0, metavar="N", help="Other numbers make other crowds.")]
FpsOption = Annotated[float, typer.Option(min=1, max=240, metavar="HZ", help="Frames per second.")]
DanceOption = Annotated[bool, typer.Option("--dance", help="They dance on a stage instead of walking.")]


def crowd(
    folder: FolderArgument,
    *,
    people: PeopleOption = 20,
    seconds: SecondsOption = 20.0,
    seed: SeedOption = 1,
    fps: FpsOption = 25.0,
    dance: DanceOption = False,
) -> None:
    """Make up a crowd with its truth, as a MOTChallenge sequence, to try trackers on.

    People walk over a square (goals, stops, groups, exits) or dance close together, before a camera. Into the
    folder go everybody's boxes (gt/gt.txt), what a detector would say of them (det/det.txt) and seqinfo.ini.
    The same options make the same bytes.

    Try:

      kinestream eval crowd crowds/walk60 --people 60

      kinestream eval tracking crowds --policy crowd --policy bytetrack
    """
    spec = CrowdSpec("dance" if dance else "walk", people, seconds, seed, Pace(fps))
    shot = write_crowd(folder, spec)
    Console().print(
        f"{folder}: {shot.pts_us.size} frames, {len(set(shot.ids.tolist()))} people;"
        f" kinestream eval tracking {folder} --policy crowd",
        soft_wrap=True,
        highlight=False,
    )
