"""`kinestream venue`."""

import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import cv2
import msgspec
import numpy as np
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

from services.console import pictures
from services.console.errors import DONE, INCOMPLETE, BadInputError, Group
from services.console.options import ConfigOption, RedisOption, settings_of
from services.console.tailing import entries_of
from services.console.venue_view import lines, table
from services.venue.checking import Finding
from services.venue.checking import check as check_camera
from services.venue.picture import Plan, from_above, in_camera
from services.venue.site import Points, Site
from shared.bus.connect import visit_bus
from shared.bus.frames import Image
from shared.bus.topology import VENUE_CHANNEL
from shared.messages import Farewell, Places
from shared.schema import places_schema
from shared.settings import Settings, Venue, load

app = typer.Typer(cls=Group, no_args_is_help=True, help="Several cameras that look at one ground.")

_EMPTY = 45  # grey of a camera's picture where none is given
_ABOVE = "above"
_GONE_SHOWN = 5


@app.command()
def check(
    config: Annotated[Path, typer.Option(metavar="FILE", help="The configuration with the section `venue`.")],
    picture: Annotated[
        list[str] | None,
        typer.Option(metavar="CAMERA=FILE", help="A picture of a camera to draw into; may be repeated."),
    ] = None,
    source: Annotated[
        bool, typer.Option("--source", help="Take a picture of each camera that has none from its source.")
    ] = False,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the drawings go.")] = Path("venue-check"),
) -> None:
    """Say how well the venue's cameras are calibrated, and draw the ground as each of them sees it.

    Exit code 0: nothing speaks against it; 1: a camera fits badly; 2: bad input.

    Try:

      kinestream venue check --config kinestream.yaml --source

      kinestream venue check --config kinestream.yaml --picture left=left.jpg --picture right=right.jpg
    """
    settings = load(config)
    venue = settings.venue
    if venue is None:
        raise BadInputError(f"{config} has no section `venue`: see services/venue/README.md")
    site = Site(venue)
    findings = [
        check_camera(name, site.grounds[name], Points.of(camera)) for name, camera in venue.cameras.items()
    ]
    images = _images(settings, venue, picture or [], source=source)
    console = Console()
    for finding in findings:
        console.print(_table(finding))
        console.print(f"{finding.camera}: {finding.verdict}\n", style=None if finding.right else "red")
    _draw(site, venue, findings, images, out)
    raise typer.Exit(DONE if all(finding.right for finding in findings) else INCOMPLETE)


@app.command()
def watch(
    config: ConfigOption = None,
    redis: RedisOption = None,
    json: Annotated[bool, typer.Option("--json", help="All that is told, as JSON lines.")] = False,
    after: Annotated[
        str,
        typer.Option(
            "--from", metavar="ID", help="Entry id to go on after; 0: all that is kept; $: what is new."
        ),
    ] = "$",
    follow: Annotated[bool, typer.Option(help="Wait for more, until Ctrl-C.")] = True,
) -> None:
    """Show where the venue's people are, as the cameras see them: ids, metres, speed, distance, sprints.

    Try:

      kinestream venue watch --redis redis://localhost

      kinestream venue watch --redis redis://localhost --from 0 --no-follow --json > places.jsonl
    """
    bus, console = visit_bus(settings_of(config, redis).bus), Console()
    entries = entries_of(bus, VENUE_CHANNEL, after, follow=follow)
    if json:
        for _, data in entries:
            sys.stdout.write(data.decode() + "\n")
            sys.stdout.flush()
        return
    told = (msgspec.json.decode(data, type=Places) for _, data in entries)
    if console.is_terminal and follow:
        _watch_live(told, console)
        return
    for places in told:
        for line in lines(places):
            console.print(line, soft_wrap=True, highlight=False)


@app.command()
def schema() -> None:
    """Print what `ks:venue` holds, as JSON Schema, for whoever writes a subscriber.

    Try:

      kinestream venue schema > places.schema.json
    """
    typer.echo(msgspec.json.format(msgspec.json.encode(places_schema())).decode())


def _watch_live(told: Iterable[Places], console: Console) -> None:
    """A table that is redrawn in place."""
    gone: deque[Farewell] = deque(maxlen=_GONE_SHOWN)
    with Live(table(None, gone), console=console, refresh_per_second=8) as live:
        for places in told:
            gone.extend(places.left)
            live.update(table(places, gone))


def _table(finding: Finding) -> Table:
    """A line for each point; see the README for what the columns mean."""
    rms = f"{finding.residuals.rms_px:.1f} px"
    title = f"{finding.camera}: {len(finding.points.px)} points, {rms}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("point", "picture px", "ground m", "off px", "off m", "others px", "person m"):
        table.add_column(heading, justify="right", no_wrap=True)
    found, sharpness = finding.residuals, finding.sharpness_m
    for row, (px, metres) in enumerate(zip(finding.points.px, finding.points.metres, strict=True)):
        without = found.others_px[row]
        table.add_row(
            str(row + 1),
            f"{px[0]:g}, {px[1]:g}",
            f"{metres[0]:g}, {metres[1]:g}",
            f"{found.px[row]:.1f}",
            f"{found.metres[row]:.2f}",
            "-" if np.isnan(without) else f"{without:.1f}",
            f"±{sharpness[row]:.2f}",
            style="red" if row == finding.wrong else None,
        )
    return table


def _images(settings: Settings, venue: Venue, given: Sequence[str], *, source: bool) -> dict[str, Image]:
    """A picture of each camera, in the size that its points were marked in.

    Raises:
        BadInputError: a picture is of no camera, cannot be read, does not come from the source, or is too
            small for the points.
    """
    found = dict(pictures.given(text, venue.cameras, "the venue's") for text in given)
    cameras = {camera.name: camera for camera in settings.cameras}
    for name in venue.cameras:
        if name not in found and source:
            if name not in cameras:
                raise BadInputError(
                    f"--source: the configuration has no camera {name}: give --picture {name}=FILE"
                )
            found[name] = pictures.taken(cameras[name])
    return {name: _sized(venue, name, found.get(name)) for name in venue.cameras}


def _sized(venue: Venue, name: str, image: Image | None) -> Image:
    camera = venue.cameras[name]
    farthest = np.array([point.px for point in camera.points]).max(axis=0)
    if image is None:
        width, height = camera.size_px or (int(farthest[0] * 1.1), int(farthest[1] * 1.1))
        return np.full((max(height, 16), max(width, 16), 3), _EMPTY, np.uint8)
    height, width = image.shape[:2]
    if camera.size_px not in (None, (width, height)):
        return np.asarray(cv2.resize(image, camera.size_px, interpolation=cv2.INTER_AREA), np.uint8)
    if farthest[0] > width or farthest[1] > height:
        raise BadInputError(
            f"venue.cameras.{name}: points lie beyond the picture of {width} x {height} px: say with size_px"
            " how large the one was that they were marked in"
        )
    return image


def _draw(
    site: Site, venue: Venue, findings: Sequence[Finding], images: Mapping[str, Image], out: Path
) -> None:
    metres = np.vstack([finding.points.metres for finding in findings])
    plan = Plan.of(venue.field, metres)
    drawings = {
        finding.camera: in_camera(images[finding.camera], site.grounds[finding.camera], finding, plan)
        for finding in findings
    }
    top = from_above(site.grounds, findings, plan)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, drawing in drawings.items():
            pictures.write(out / f"{name}.png", drawing)
        pictures.write(out / f"{_above(drawings)}.png", top)
    except OSError as error:
        raise BadInputError(f"--out {out}: {error.strerror}") from None
    typer.echo(f"drew {len(drawings) + 1} pictures into {out}")


def _above(names: Mapping[str, Image]) -> str:
    """A name that no camera has."""
    return _ABOVE if _ABOVE not in names else f"{_ABOVE}-all"
