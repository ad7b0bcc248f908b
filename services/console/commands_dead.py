"""`kinestream dead`: the messages that a stage could not process."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.console.errors import BadInputError, FailedError, Group
from services.console.options import ConfigOption, RedisOption, settings_of
from services.console.screen import media_time
from services.console.workspace import Workspace
from services.local import worker_environment
from shared.bus.connect import visit_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.transport import Letter
from shared.messages import decode
from shared.settings import Settings

app = typer.Typer(cls=Group, no_args_is_help=True, help="Messages that a stage could not process.")
_RETRY_S = 120.0
_SHOWN = 4000

LetterArgument = Annotated[str, typer.Argument(metavar="LETTER", help="As `dead list` names it, or `all`.")]


@app.command(name="list")
def list_letters(
    config: ConfigOption = None,
    redis: RedisOption = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """List the dead letters, oldest first.

    Try:

      kinestream dead list --redis redis://localhost
    """
    letters = visit_bus(settings_of(config, redis).bus).letters()
    if json:
        for letter in letters:
            typer.echo(_as_json(letter))
        return
    console = Console()
    if not letters:
        console.print("no dead letters")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("letter", "when", "stage", "camera", "media time", "error"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "letter")  # it is typed again
    for letter in letters:
        at = letter.letter.header
        camera, pts = (at.camera, media_time(at.pts_us)) if at else ("-", "-")
        cells = (_name(letter), _when(letter), letter.letter.stage, camera, pts, letter.letter.error)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


@app.command()
def show(name: LetterArgument, config: ConfigOption = None, redis: RedisOption = None) -> None:
    """Show a dead letter: where it died, why, and what was in it.

    Try:

      kinestream dead show 3/1700000000000-0 --redis redis://localhost
    """
    for letter in _chosen(visit_bus(settings_of(config, redis).bus), name):
        dead = letter.letter
        typer.echo(f"letter   {_name(letter)}\nwhen     {_when(letter)}\nstage    {dead.stage}")
        if dead.header is not None:
            at = dead.header
            typer.echo(
                f"message  {at.camera}, run {at.run}, seq {at.seq}, media time {media_time(at.pts_us)}"
            )
        typer.echo(f"entry    {dead.entry_id}\nerror    {dead.error}\ncontent  {_content(dead.payload)}")
        typer.echo(dead.traceback)


@app.command()
def retry(
    name: LetterArgument,
    config: ConfigOption = None,
    redis: RedisOption = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the letter even if it passes.")] = False,
) -> None:
    """Try a dead letter again, alone in a process of its own; one that passes now is dropped.

    The stage starts from the state of a camera of which nothing is known, and nothing is written to the
    pipeline: this shows whether the fault is mended. Exit code 1: it still fails.

    Try:

      kinestream dead retry all --redis redis://localhost
    """
    settings = settings_of(config, redis)
    bus = visit_bus(settings.bus)
    failed = 0
    for letter in _chosen(bus, name):
        error = _attempt(letter, settings)
        if error is not None:
            failed += 1
            typer.echo(f"{_name(letter)}: still fails: {error}")
        else:
            dropped = not keep and bus.drop_letter(letter.partition, letter.id)
            typer.echo(f"{_name(letter)}: passes now{', dropped' if dropped else ''}")
    if failed:
        raise FailedError(f"{failed} dead letter{'s' * (failed > 1)} still cannot be processed")


@app.command()
def drop(name: LetterArgument, config: ConfigOption = None, redis: RedisOption = None) -> None:
    """Forget a dead letter.

    Try:

      kinestream dead drop 3/1700000000000-0 --redis redis://localhost
    """
    bus = visit_bus(settings_of(config, redis).bus)
    for letter in _chosen(bus, name):
        bus.drop_letter(letter.partition, letter.id)
        typer.echo(f"{_name(letter)}: dropped")


def _chosen(bus: RedisTransport, name: str) -> list[Letter]:
    letters = bus.letters()
    chosen = letters if name == "all" else [letter for letter in letters if _name(letter) == name]
    if not chosen and name != "all":
        raise BadInputError(f"there is no dead letter {name}: `kinestream dead list` names them")
    return chosen


def _attempt(letter: Letter, settings: Settings) -> str | None:
    with Workspace() as workspace:
        environment = worker_environment(os.environ, workspace.write(settings))
        command = (sys.executable, "-P", "-m", "services.console.retry", str(letter.partition), letter.id)
        try:
            done = subprocess.run(
                command,
                env=environment,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_RETRY_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"not done after {_RETRY_S:.0f} s"
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"it kills the process ({signal.Signals(-done.returncode).name})"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit code {done.returncode}"


def _name(letter: Letter) -> str:
    return f"{letter.partition}/{letter.id}"


def _when(letter: Letter) -> str:
    moment = datetime.fromtimestamp(int(letter.id.split("-")[0]) / 1000, UTC)
    return moment.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00") + " UTC"


def _content(payload: bytes) -> str:
    try:
        text = repr(decode(payload))
    except ValueError as error:
        text = f"{len(payload)} bytes that cannot be read ({error})"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def _as_json(letter: Letter) -> str:
    dead, at = letter.letter, letter.letter.header
    facts = {"letter": _name(letter), "stage": dead.stage, "entry": dead.entry_id, "error": dead.error}
    where = {"camera": at.camera, "run": at.run, "seq": at.seq, "pts_us": at.pts_us} if at else {}
    return msgspec.json.encode(facts | where).decode()
