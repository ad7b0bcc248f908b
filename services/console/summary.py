"""What a run says at its end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from services.console.progress import CameraProgress, Progress
from services.console.screen import event_style, media_time, moment
from services.local import Usage
from shared.bus.topology import BRANCHES, STAGES
from shared.bus.transport import Letter
from shared.messages import Event
from shared.statistics import dropped_key, frames_key, percentile_ms, skipped_key

_MOST_EVENTS = 40


@dataclass(frozen=True)
class Incident:
    """All updates of one event id: the last one, and the media time of its confirmation."""

    last: Event
    raised_pts_us: int | None


@dataclass(frozen=True)
class Report:
    """What came of a run. `interrupted` is the signal that ended it early, or 0."""

    progress: Progress
    incidents: Mapping[str, Incident]
    letters: tuple[Letter, ...]
    usage: tuple[Usage, ...]
    interrupted: int = 0

    @property
    def complete(self) -> bool:
        return not self.letters and not self.interrupted


def show(report: Report, console: Console) -> None:
    """Print the summary."""
    progress = report.progress
    console.print()
    console.print(
        Text.assemble(
            (f"{progress.done} frames", "bold"),
            f" of {len(progress.cameras)} camera{'s' * (len(progress.cameras) != 1)}",
            f" in {progress.elapsed_s:.1f} s, of which {progress.started_s:.1f} s to start:",
            f" {progress.average_fps:.1f} frames/s",
        )
    )
    console.print(_stages(report))
    for line in _losses(report):
        console.print(line, soft_wrap=True)
    console.print(_events(report) if report.incidents else Text("no events"))


def stages_of(report: Report) -> list[str]:
    """The stages of the chain, and those beside it that were at work."""
    counts = report.progress.counts
    return [*STAGES, *(link.stage for link in BRANCHES if counts.get(frames_key(link.stage)))]


def _stages(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("stage")
    for heading in ("frames", "skipped", "p50 ms", "p95 ms", "CPU s", "restarts"):
        table.add_column(heading, justify="right")
    counts = report.progress.counts
    for stage in stages_of(report):
        used = [usage for usage in report.usage if usage.name.split("-")[0] == stage]
        frames = counts.get(frames_key(stage), 0)
        table.add_row(
            stage,
            str(frames or (report.progress.done if stage == "ingest" else 0)),
            _count(counts.get(skipped_key(stage), 0)),
            *_durations(counts, stage),
            f"{sum(usage.cpu_s for usage in used):.1f}",
            _count(sum(usage.restarts for usage in used)),
        )
    table.add_row("capture to end", "", "", *_durations(counts, "latency"), "", "")
    return table


def _losses(report: Report) -> list[Text]:
    lines = [line for camera in report.progress.cameras for line in _camera_lines(camera)]
    for (camera, reason), count in sorted(report.progress.drops.items()):
        lines.append(Text(f"dropped: {count} frames of {camera} ({reason})", style="yellow"))
    for link in BRANCHES:
        if count := report.progress.counts.get(dropped_key(link.stage), 0):
            said = f"dropped: {count} messages that {link.stage} stood too far behind to read"
            lines.append(Text(said, style="yellow"))
    for letter in report.letters:
        at = letter.letter.header
        where = f"{at.camera} at {media_time(at.pts_us)}" if at else "an unreadable entry"
        lines.append(Text(f"dead letter: {letter.letter.stage}, {where}: {letter.letter.error}", style="red"))
    if not lines:
        lines.append(Text("nothing dropped, no dead letters", style="dim"))
    return lines


def _camera_lines(camera: CameraProgress) -> Iterator[Text]:
    standing = camera.standing
    if standing is None:
        return
    if standing.report.reconnects:
        yield Text(f"opened again: {camera.name}, {standing.report.reconnects} times", style="yellow")
    for line in standing.troubles():
        yield Text.assemble((f"camera {camera.name}: ", "red"), line)


def _events(report: Report) -> Group:
    """A row for each incident, and under them what those with more to say have said last."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("event", "camera", "person", "began", "confirmed", "phase", "confidence"):
        right = heading in {"person", "began", "confirmed", "confidence"}
        table.add_column(heading, justify="right" if right else "left")
    incidents = list(report.incidents.values())
    for incident in incidents[:_MOST_EVENTS]:
        last, raised = incident.last, incident.raised_pts_us
        table.add_row(
            Text(last.kind, style=event_style(last)),
            last.camera,
            "-" if last.track is None else str(last.track),
            moment(last, last.started_pts_us),
            "-" if raised is None else moment(last, raised),
            last.phase,
            f"{last.confidence:.2f}",
        )
    if len(incidents) > _MOST_EVENTS:
        table.add_row(f"and {len(incidents) - _MOST_EVENTS} more", *[""] * 6)
    shown = (incident.last for incident in incidents[:_MOST_EVENTS])
    return Group(table, *(_said(last) for last in shown if last.detail))


def _said(event: Event) -> Text:
    whom = "" if event.track is None else f", person {event.track}"
    return Text(
        f"{event.kind} of {event.camera}{whom} at {moment(event, event.started_pts_us)}: {event.detail}",
        style="dim",
    )


def _durations(counts: Mapping[str, int], name: str) -> tuple[str, str]:
    p50, p95 = (percentile_ms(counts, name, share) for share in (0.5, 0.95))
    return ("-" if p50 is None else f"{p50:.1f}", "-" if p95 is None else f"{p95:.1f}")


def _count(number: int) -> str:
    return str(number) if number else "-"
