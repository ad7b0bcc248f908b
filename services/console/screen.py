"""What a run shows while it runs: a live table in a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from services.console.progress import CameraProgress, Progress
from services.local import Notice
from shared.messages import Event, EventKind, Phase

_PLAIN_EVERY_S = 5.0
_BAR_COLUMNS = 28
_MEGABYTE = 1 << 20
_GOOD = frozenset({EventKind.CAMERA_BACK, EventKind.MONITORING_RESTORED})
_CAMERA_TROUBLES = frozenset(
    {
        EventKind.CAMERA_STALLED,
        EventKind.CAMERA_FROZEN,
        EventKind.CAMERA_DARK,
        EventKind.CAMERA_COVERED,
        EventKind.CAMERA_MOVED,
    }
)


class Screen(Protocol):
    """Where a run speaks to people."""

    def say(self, text: str) -> None:
        """A line of its own."""

    def warn(self, text: str) -> None:
        """A line that should not be overlooked."""

    def notice(self, notice: Notice) -> None:
        """What happened to a worker."""

    def event(self, event: Event) -> None:
        """An event, as it happens."""

    def update(self, progress: Progress) -> None:
        """How far the run is."""

    def close(self) -> None:
        """Nothing live remains on the screen."""


class PlainScreen:
    """Lines only; progress every few seconds."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._updated_s = clock()

    def say(self, text: str) -> None:
        self._line(Text(text))

    def warn(self, text: str) -> None:
        self._line(Text(text, style="yellow"))

    def notice(self, notice: Notice) -> None:
        self.warn(f"{notice.name} {notice.text}")
        for line in notice.tail:
            self._line(Text(f"    {line}", style="dim"))

    def event(self, event: Event) -> None:
        self._line(event_line(event))

    def update(self, progress: Progress) -> None:
        now_s = self._clock()
        if now_s - self._updated_s >= _PLAIN_EVERY_S:
            self._updated_s = now_s
            self._line(Text(progress_line(progress)))

    def close(self) -> None:
        """Nothing to do: what is printed stays."""

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


class LiveScreen(PlainScreen):
    """Lines above a table that is redrawn in place."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._events = 0
        self._live = Live(console=console, transient=True, refresh_per_second=4)

    def event(self, event: Event) -> None:
        self._events += 1
        super().event(event)

    def update(self, progress: Progress) -> None:
        if not self._live.is_started:
            self._live.start()
        self._live.update(live_view(progress, self._events))

    def close(self) -> None:
        self._live.stop()


def make_screen(console: Console) -> Screen:
    return LiveScreen(console) if console.is_terminal else PlainScreen(console)


def media_time(pts_us: int) -> str:
    """Media time as minutes and seconds, as in 0:03.40."""
    minutes, seconds = divmod(pts_us / 1e6, 60)
    return f"{int(minutes)}:{seconds:05.2f}"


def event_line(event: Event) -> Text:
    """One event as people read it: a live one with the time of day, another with its media time."""
    text = Text(f"{moment(event, event.pts_us):>8}  ", style="dim")
    text.append(f"{event.kind} {event.phase}", style=event_style(event))
    person = "" if event.track is None else f", person {event.track}"
    text.append(f"  {event.camera}{person}", style="default")
    if event.zone:
        text.append(f", {event.zone}", style="default")
    if event.detail:
        text.append(f": {event.detail}", style="default")
    if event.track is not None:
        text.append(f"  confidence {event.confidence:.2f}", style="dim")
    return text


def event_style(event: Event) -> str:
    """Red is what somebody must look at now: a fall, a camera that does not see, a chain that is broken."""
    if event.kind in _GOOD or event.phase is Phase.RECOVERED:
        return "bold green"
    if event.kind is EventKind.MONITORING_LOST:
        return "bold white on red"
    if event.kind in _CAMERA_TROUBLES:
        return "bold yellow" if event.phase is Phase.SUSPECTED else "bold red"
    return "bold red" if event.kind is EventKind.FALL else "bold cyan"


def moment(event: Event, pts_us: int) -> str:
    """A media time of an event as people read it: of a live one the time of day."""
    if not event.live:
        return media_time(pts_us)
    wall_us = event.captured_us - (event.pts_us - pts_us)
    return datetime.fromtimestamp(wall_us / 1e6).astimezone().strftime("%H:%M:%S")


def progress_line(progress: Progress) -> str:
    """A run's progress in one line."""
    cameras = ", ".join(f"{camera.name} {_frames(camera)}{_trouble(camera)}" for camera in progress.cameras)
    parts = [cameras, f"{progress.fps:.1f} frames/s", f"waiting {_lags(progress)}"]
    if progress.drops:
        parts.append(f"dropped {sum(progress.drops.values())}")
    if progress.dead:
        parts.append(f"dead letters {progress.dead}")
    return "; ".join(parts)


def live_view(progress: Progress, events: int) -> Group:
    """The table of cameras and a line about the pipeline."""
    table = Table.grid(padding=(0, 2))
    for camera in progress.cameras:
        for row in _rows(camera):
            table.add_row(*row)
    dropped = sum(progress.drops.values())
    facts = Text(f"{progress.fps:5.1f} frames/s   waiting: {_lags(progress)}", style="dim")
    counts = Text(f"dropped {dropped}", style="yellow" if dropped else "dim")
    counts.append(f"   dead letters {progress.dead}", style="bold red" if progress.dead else "dim")
    counts.append(f"   events {events}   {_memory(progress)}   {progress.elapsed_s:.0f} s", style="dim")
    return Group(Text(), table, facts, counts)


def _rows(camera: CameraProgress) -> Iterator[tuple[RenderableType, ...]]:
    """What a camera takes in the table: a bar where its length is known, else how it stands."""
    name, standing = Text(camera.name, style="bold"), camera.standing
    if camera.total or standing is None:
        total = float(camera.total) if camera.total else None
        bar = ProgressBar(total=total, completed=camera.done, width=_BAR_COLUMNS, pulse=total is None)
        yield name, bar, Text(_frames(camera))
        return
    again = f", {standing.report.reconnects} reconnects" if standing.report.reconnects else ""
    picture = Text.assemble(f"{_frames(camera)}{again}, picture ", standing.picture())
    yield name, standing.phase(), picture
    for line in standing.troubles():
        yield "", "", line


def _frames(camera: CameraProgress) -> str:
    if not camera.total:
        return f"{camera.done} frames"
    return f"{camera.done}/{camera.total} frames ({min(100 * camera.done // camera.total, 100)} %)"


def _trouble(camera: CameraProgress) -> str:
    standing = camera.standing
    if standing is None or standing.well or camera.finished:
        return ""
    return f" ({', '.join([standing.phase().plain, *standing.report.problems])})"


def _lags(progress: Progress) -> str:
    waiting = [f"{stage} {lag}" for stage, lag in progress.lags.items() if lag]
    return " · ".join(waiting) or "nothing"


def _memory(progress: Progress) -> str:
    used = f"{progress.memory_used / _MEGABYTE:.0f}"
    limit = f"/{progress.memory_limit / _MEGABYTE:.0f}" if progress.memory_limit else ""
    return f"server {used}{limit} MB"
