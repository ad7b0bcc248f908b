"""`kinestream run` and `kinestream demo`."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.text import Text

from services.console import errors
from services.console.cameras import Playback, make_cameras, parse_crop
from services.console.errors import BadInputError
from services.console.feed import JsonLines
from services.console.following import Follow
from services.console.lengths import expected_frames
from services.console.models import ensure_models, require_runtime
from services.console.options import ConfigOption, RedisOption, settings_of, with_redis
from services.console.play import Outlets, Plan, play
from services.console.screen import make_screen
from services.console.summary import Report, show
from services.console.summary_file import encode
from services.ingest.reading.sources import check, is_live
from services.local import worker_commands
from shared.messages import EventKind, Phase
from shared.settings import ConfigWatch, Settings, load

EventsOption = Annotated[
    str | None,
    typer.Option(
        "--events", metavar="FILE", help="Write events as JSON lines; -: to stdout, all else to stderr."
    ),
]
VenueOption = Annotated[
    str | None,
    typer.Option(
        "--venue",
        metavar="FILE",
        help="Write where the venue's people are as JSON lines (section `venue` of --config); -: to stdout.",
    ),
]
_DEMO = "synth://demo"
_DEMO_TEXT = """\
A rendered person walks, sits down, gets up and falls in a synthetic room. Six workers (ingest, detector,
pose, segmentation, tracker, actions) pass every frame on over Redis Streams, as they would with a camera.
"""


def run(  # noqa: PLR0913 - one parameter for each option of the command
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...",
            help="Cameras (rtsp://, http://, /dev/video0), video files, folders of images, replay://FILE or"
            " synth://SCENE.",
        ),
    ] = None,
    *,
    config: ConfigOption = None,
    redis: RedisOption = None,
    events: EventsOption = None,
    venue: VenueOption = None,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Name of the camera; once for each SOURCE, in order."),
    ] = None,
    start: Annotated[float | None, typer.Option(min=0, metavar="S", help="Skip so many seconds.")] = None,
    max_frames: Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop after N frames.")] = None,
    crop: Annotated[
        str | None, typer.Option(metavar="X0,Y0,X1,Y1", help="Analyse only this part, in pixels.")
    ] = None,
    real_time: Annotated[
        bool | None,
        typer.Option("--real-time", help="Play at the source's own speed, dropping what is late."),
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the summary as JSON, too.")
    ] = None,
) -> None:
    """Analyse cameras and videos: start a server and every worker, print events, at the end a summary.

    Without SOURCE the cameras of the configuration are played, and the file may be edited meanwhile: cameras
    come, change and go with it, one that is away is waited for. Cameras play
    until Ctrl-C, which finishes what is in flight; twice stops at once. A password belongs into the file that
    `password_file` of the configuration names, not into SOURCE, where your shell keeps it. Exit code 0: all
    analysed; 1: incomplete; 2: bad input.

    Try:

      kinestream run fall.mp4

      kinestream run rtsp://192.168.1.20/stream1 --name hall

      kinestream run a.mp4 b.mp4 --name hall --name bedroom --events events.jsonl

      kinestream run night.mp4 --start 3600 --max-frames 500 --crop 0,0,640,480

      kinestream run synth://demo --events - | jq .kind

      kinestream run --config hall.yaml --venue - | jq -c '.people[] | [.id, .metres]'
    """
    playback = Playback(start, max_frames, parse_crop(crop) if crop else None, real_time)

    def adapt(settings: Settings) -> Settings:
        cameras = tuple(playback.apply(camera) for camera in settings.cameras)
        return with_redis(settings.model_copy(update={"cameras": cameras}), redis)

    configured = load(config)
    follow = None
    if sources:
        configured = configured.model_copy(update={"cameras": make_cameras(sources, name or [])})
    elif config is not None:
        follow = Follow(ConfigWatch(config, configured), adapt)
    if venue is not None and configured.venue is None:
        raise BadInputError("--venue: no venue is configured: give --config with the section `venue`")
    if not configured.cameras:
        raise BadInputError(
            "nothing to run: give a SOURCE, as in `kinestream run video.mp4`, or cameras in --config"
        )
    with ExitStack() as stack:
        file = stack.enter_context(_open(summary, "--summary")) if summary is not None else None
        report = _perform(adapt(configured), Wanted(events, venue), follow)
        if file is not None:
            file.write(encode(report).decode())
    raise typer.Exit(_exit_code(report))


def demo(events: EventsOption = None) -> None:
    """See it work: a built-in synthetic room, played through the real workers and the real models.

    Ends with exit code 0 when a fall was confirmed and a sit_down seen.

    Try:

      kinestream demo

      kinestream demo --events - > events.jsonl
    """
    console = _console(Wanted(events))
    console.print(_DEMO_TEXT, highlight=False)
    cameras = make_cameras([_DEMO], [])
    report = _perform(settings_of(None, None).model_copy(update={"cameras": cameras}), Wanted(events))
    missing = missing_in_demo(report)
    if missing:
        console.print(Text(f"check FAILED: {' and '.join(missing)} not seen", style="bold red"))
        raise typer.Exit(_exit_code(report) or errors.INCOMPLETE)
    console.print(Text("check passed: a fall was confirmed and a sit_down seen", style="bold green"))
    raise typer.Exit(_exit_code(report))


def missing_in_demo(report: Report) -> Sequence[str]:
    """What the demo must show and did not."""
    incidents = report.incidents.values()
    fell = any(i.last.kind is EventKind.FALL and i.raised_pts_us is not None for i in incidents)
    sat = any(i.last.kind is EventKind.SIT_DOWN and i.last.phase is Phase.CONFIRMED for i in incidents)
    return [text for seen, text in ((fell, "a confirmed fall"), (sat, "a sit_down")) if not seen]


@dataclass(frozen=True)
class Wanted:
    """Files for JSON lines, `-` for stdout."""

    events: str | None = None
    venue: str | None = None


def _perform(settings: Settings, wanted: Wanted, follow: Follow | None = None) -> Report:
    """Run it all. A source that was typed must be there; a configured camera may come when it likes."""
    for camera in settings.cameras:
        if follow is None or not is_live(camera.source):
            check(camera)
    require_runtime()
    totals = {camera.name: expected_frames(camera) for camera in settings.cameras}
    console = _console(wanted)
    with ExitStack() as stack:
        outlets = Outlets(_lines(wanted.events, "--events", stack), _lines(wanted.venue, "--venue", stack))
        screen = make_screen(console)
        ensure_models(settings, screen.say)
        # where the file is followed, a live camera may be added to films at any time
        commands = partial(worker_commands, watched=follow is not None)
        report = play(Plan(settings, totals, follow), screen, outlets, commands)
    show(report, console)
    return report


def _lines(file: str | None, option: str, stack: ExitStack) -> JsonLines:
    if file is None or file == "-":
        return JsonLines(sys.stdout if file else None)
    return JsonLines(stack.enter_context(_open(Path(file), option)))


def _open(path: Path, option: str) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{option} {path}: {error.strerror}") from error


def _console(wanted: Wanted) -> Console:
    return Console(stderr="-" in (wanted.events, wanted.venue))


def _exit_code(report: Report) -> int:
    if report.interrupted:
        return 128 + report.interrupted
    return errors.DONE if report.complete else errors.INCOMPLETE
