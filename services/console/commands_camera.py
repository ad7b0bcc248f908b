"""`kinestream camera`."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from services.console import probe_view
from services.console.advice import snippet
from services.console.cameras import make_cameras
from services.console.errors import DONE, INCOMPLETE, BadInputError, Group
from services.console.interrupts import Interrupts
from services.console.options import ConfigOption, RedisOption, settings_of
from services.console.recording import Order
from services.console.recording import record as save_frames
from services.ingest.probe import Probe, probe
from services.ingest.probe import Progress as ReportProgress
from shared.bus.connect import visit_bus
from shared.bus.frames import encode_jpeg
from shared.settings import Camera, load
from shared.settings.credentials import with_credentials

app = typer.Typer(cls=Group, no_args_is_help=True, help="Cameras: try one out, record one.")
_AT_ONCE = 4
_QUALITY = 90
_SECONDS = 5.0

Look = tuple[Camera, str, Probe]  # the camera, which of its keys was looked at, what was found


@app.command(name="probe")
def probe_command(  # noqa: PLR0913 - one parameter for each option of the command
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help="As `source` in the configuration.")
    ] = None,
    *,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What the camera shall be called.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Probe every camera of this configuration instead.")
    ] = None,
    username: Annotated[str | None, typer.Option(metavar="USER", help="The camera's user.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the password; never shown, never in `ps`.")
    ] = None,
    transport: Annotated[Literal["tcp", "udp"], typer.Option(help="How RTSP is tried first.")] = "tcp",
    seconds: Annotated[float, typer.Option(min=0.5, max=600, help="How long to look.")] = _SECONDS,
    save: Annotated[Path | None, typer.Option(metavar="FILE.jpg", help="Keep one picture.")] = None,
    json: Annotated[bool, typer.Option("--json", help="A line of JSON for each stream.")] = False,
) -> None:
    """Say what a stream is, whether it works, and which settings fit.

    Exit code 0: it works; 1: it does not; 2: bad input.

    Try:

      kinestream camera probe rtsp://192.168.1.20/stream1 --username admin --password-file hall.txt

      kinestream camera probe http://192.168.1.21/video.mjpg --save hall.jpg

      kinestream camera probe --config kinestream.yaml
    """
    if (source is None) == (config is None):
        raise BadInputError(
            "give either a SOURCE, as in `kinestream camera probe rtsp://HOST/PATH`, or --config"
        )
    console = Console()
    if config is not None:
        wanted = _configured(config)
    else:
        assert source is not None
        [camera] = make_cameras([source], [name] if name else [])
        given = {"username": username, "password_file": password_file, "transport": transport}
        wanted = [(with_credentials("--", camera.model_copy(update=given), Path()), "source")]
    with _Bar(Console(stderr=True), quiet=json) as bar:
        looks = _look(wanted, seconds, bar)
    if json:
        for look in looks:
            typer.echo(probe_view.as_json(*look))
    elif config is not None:
        console.print(probe_view.table(looks))
    else:
        _show(console, looks[0][0], looks[0][2], password_file)
    if save is not None:
        _save(looks[0][2], save)
    raise typer.Exit(DONE if all(found.works for _, _, found in looks) else INCOMPLETE)


@app.command()
def record(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The camera, as `status` names it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to write; it must not exist yet.")],
    seconds: Annotated[float, typer.Option(min=0.1, metavar="S", help="How much of it.")] = 60.0,
    max_mb: Annotated[float, typer.Option(min=1, metavar="MB", help="Largest size of the file.")] = 2000.0,
    config: ConfigOption = None,
    redis: RedisOption = None,
) -> None:
    """Record what the stages get of a running camera: cut, masked and scaled as they see it.

    `kinestream run replay://FILE` plays it again, picture for picture. Ctrl-C finishes the file. Whoever has
    the file sees the room: keep it as you keep the camera's password.

    Try:

      kinestream camera record bedroom night.ksr --seconds 120 --redis redis://localhost

      kinestream run replay://night.ksr
    """
    settings = settings_of(config, redis)
    order = Order(name, file, seconds, round(max_mb * 1e6))
    with Interrupts() as interrupts, _Bar(Console(stderr=True)) as bar:
        line = bar.line(name)

        def progress(done_s: float, size_bytes: int) -> None:
            line(f"{done_s:.0f} of {seconds:.0f} s, {size_bytes / 1e6:.1f} MB", done_s / seconds)

        done = save_frames(visit_bus(settings.bus), settings.frames, order, interrupts, progress)
    lost = f", {done.lost} were gone before they could be copied" if done.lost else ""
    typer.echo(
        f"wrote {file}: {done.pictures} pictures, {done.seconds:.1f} s, {done.size_bytes / 1e6:.1f} MB"
        f" ({done.reason}{lost}); play it with: kinestream run replay://{file}"
    )


def _show(console: Console, camera: Camera, found: Probe, password_file: Path | None) -> None:
    console.print(probe_view.view(camera, found))
    if found.works:
        console.print(Text("\nfor kinestream.yaml:\n", style="dim"))
        text = Text(snippet(camera, found, password_file), style="cyan")
        console.print(text, soft_wrap=True)  # never cut or wrapped: it is copied from here


def _configured(config: Path) -> list[tuple[Camera, str]]:
    wanted = []
    for camera in load(config).cameras:
        wanted.append((camera, "source"))
        if camera.record_source is not None:
            wanted.append((camera.model_copy(update={"source": camera.record_source}), "record_source"))
    if not wanted:
        raise BadInputError(f"{config} has no cameras: add one, or give a SOURCE")
    return wanted


def _look(wanted: Sequence[tuple[Camera, str]], seconds: float, bar: "_Bar") -> list[Look]:
    def one(item: tuple[Camera, str]) -> Look:
        camera, key = item
        return camera, key, probe(camera, seconds, bar.line(camera.name))

    if len(wanted) == 1:
        return [one(wanted[0])]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = [pool.submit(one, item) for item in wanted]
        try:
            return [look.result() for look in looks]
        except KeyboardInterrupt:
            bar.stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _save(found: Probe, path: Path) -> None:
    if found.picture is None:
        return
    try:
        path.write_bytes(encode_jpeg(found.picture, _QUALITY))
    except OSError as error:
        raise BadInputError(f"--save {path}: {error.strerror}") from None
    typer.echo(f"wrote {path}", err=True)


class _Bar:
    """Progress on stderr, in a terminal only; a line for each camera."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        columns = (
            TextColumn("{task.fields[camera]}", style="bold"),
            BarColumn(),
            TextColumn("{task.description}"),
        )
        hidden = quiet or not console.is_terminal
        self.stopped = threading.Event()
        self._progress = Progress(*columns, console=console, transient=True, disable=hidden)

    def line(self, camera: str) -> ReportProgress:
        """Shows how far a look is; it ends the look where all are to stop."""
        task = self._progress.add_task("waiting", total=1.0, camera=camera)

        def report(text: str, share: float) -> None:
            if self.stopped.is_set():
                raise KeyboardInterrupt
            self._progress.update(task, description=text, completed=share)

        return report

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
