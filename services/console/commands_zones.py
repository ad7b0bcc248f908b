"""`kinestream zones`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from services.console import pictures
from services.console.errors import BadInputError, Group
from shared.bus.frames import Image
from shared.settings import Camera, load
from shared.vision.outlines import draw_places

app = typer.Typer(cls=Group, no_args_is_help=True, help="Places that rules know, in the cameras' pictures.")


@app.command()
def draw(
    config: Annotated[Path, typer.Option(metavar="FILE", help="The configuration with the cameras.")],
    camera: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this camera; may be repeated.")
    ] = None,
    picture: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CAMERA=FILE",
            help="A picture of a camera, as it is analysed, instead of one from its source; may be repeated.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the drawings go.")] = Path("zones"),
) -> None:
    """Draw each camera's zones and lines into a picture of it, so that you see whether they fit.

    The picture is the one that is analysed: masked, cropped, turned and scaled as the configuration says. A
    camera without zones is drawn as it is, with a grid of tenths to read corners from.

    Try:

      kinestream zones draw --config kinestream.yaml

      kinestream zones draw --config kinestream.yaml --camera bedroom --picture bedroom=bedroom.jpg
    """
    cameras = _wanted(load(config).cameras, camera or [])
    images = dict(pictures.given(text, [c.name for c in cameras], "these") for text in picture or [])
    try:
        out.mkdir(parents=True, exist_ok=True)
        for one in cameras:
            image = images[one.name] if one.name in images else pictures.taken(one)
            pictures.write(out / f"{one.name}.png", _drawn(one, image))
            typer.echo(f"{one.name}: {_counted(one)}: {out / f'{one.name}.png'}")
    except OSError as error:
        raise BadInputError(f"--out {out}: {error.strerror}") from None


def _wanted(cameras: Sequence[Camera], names: Sequence[str]) -> list[Camera]:
    known = {camera.name: camera for camera in cameras}
    for name in names:
        if name not in known:
            raise BadInputError(f"--camera {name}: the configuration has {', '.join(known) or 'no cameras'}")
    if not known:
        raise BadInputError("the configuration has no cameras: add some, or see `kinestream camera probe`")
    return [known[name] for name in names] if names else list(cameras)


def _drawn(camera: Camera, image: Image) -> Image:
    return draw_places(image, camera.zones, camera.lines, grid=not camera.zones and not camera.lines)


def _counted(camera: Camera) -> str:
    zones, lines = len(camera.zones), len(camera.lines)
    return f"{zones} zone{'s' * (zones != 1)}, {lines} line{'s' * (lines != 1)}"
