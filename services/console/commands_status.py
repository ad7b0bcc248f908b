"""`kinestream status`."""

import time
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from services.console.options import ConfigOption, RedisOption, settings_of
from services.console.standing import Standing, standing_of
from shared.bus.connect import visit_bus
from shared.bus.topology import BRANCHES, STAGES
from shared.bus.transport import Overview, Source
from shared.statistics import dropped_key, frames_key, percentile_ms

_MEGABYTE = 1 << 20
_EVERY_S = 1.0


def status(
    config: ConfigOption = None,
    redis: RedisOption = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second, until Ctrl-C.")] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """How the cameras, the stages and the server stand.

    Try:

      kinestream status --redis redis://localhost

      kinestream status --redis redis://localhost --watch
    """
    bus = visit_bus(settings_of(config, redis).bus)
    console = Console()
    if json:
        typer.echo(as_json(bus.overview(), _now_us()))
    elif watch:
        with Live(view(bus.overview(), _now_us()), console=console, refresh_per_second=4) as live:
            while True:
                time.sleep(_EVERY_S)
                live.update(view(bus.overview(), _now_us()))
    else:
        console.print(view(bus.overview(), _now_us()))


def as_json(overview: Overview, now_us: int) -> str:
    """The overview for programs; counts are sums since the server's streams began."""
    drops = [
        {"camera": camera, "reason": reason, "frames": n} for (camera, reason), n in overview.drops.items()
    ]
    return msgspec.json.encode(
        {
            "cameras": {name: _camera_facts(source, now_us) for name, source in overview.sources.items()},
            "stages": {
                stage: {
                    **_dropped_facts(overview, stage),
                    "lag": overview.lags.get(stage, 0),
                    "workers": list(overview.workers.get(stage, ())),
                    "frames": overview.counts.get(frames_key(stage), 0),
                }
                for stage in _known(overview)
            },
            "drops": drops,
            "dead_letters": overview.dead,
            "memory_used_bytes": overview.memory_used,
            "memory_limit_bytes": overview.memory_limit,
        }
    ).decode()


def view(overview: Overview, now_us: int) -> RenderableType:
    """The overview for people."""
    limit = f" of {overview.memory_limit / _MEGABYTE:.0f}" if overview.memory_limit else ""
    facts = Text(
        f"server memory {overview.memory_used / _MEGABYTE:.1f}{limit} MB   dead letters ", style="dim"
    )
    facts.append(str(overview.dead), style="bold red" if overview.dead else "dim")
    if not overview.sources:
        return Group(Text("no camera has begun yet", style="dim"), Text(), _stages(overview), Text(), facts)
    notes = _notes(overview, now_us)
    return Group(_cameras(overview, now_us), Text(), *notes, _stages(overview), Text(), facts)


def _now_us() -> int:
    """Wall time, by the clock that reports were written by if ingest is on this machine."""
    return time.time_ns() // 1000


def _camera_facts(source: Source, now_us: int) -> dict[str, Any]:
    facts = {
        "run": source.run,
        "published": source.seq + 1,
        "finished": source.finished_seq + 1,
        "ended": source.ended,
    }
    standing = standing_of(source.report, now_us)
    if standing is None:
        return facts
    report = standing.report
    return facts | {
        "phase": report.phase,
        "since_us": report.since_us,
        "read": standing.read,
        "picture_age_s": standing.picture_age_s,
        "reconnects": report.reconnects,
        "problems": report.problems,
        "error": report.error,
        "stream": report.stream,
    }


def _cameras(overview: Overview, now_us: int) -> Table:
    table = _table("camera", "standing", "picture", "run", "frames", "in flight", "dropped", "reconnects")
    table.columns[1].justify = "left"
    for column in table.columns[:3]:
        column.no_wrap = True
    for name, source in sorted(overview.sources.items()):
        dropped = sum(n for (camera, _), n in overview.drops.items() if camera == name)
        standing = standing_of(source.report, now_us)
        again = standing.report.reconnects if standing else 0
        table.add_row(
            Text(name, style="bold"),
            _phase(source, standing),
            standing.picture() if standing and not source.ended else Text("-", style="dim"),
            str(source.run),
            str(source.seq + 1),
            str(max(source.seq - source.finished_seq, 0)),
            Text(str(dropped), style="yellow" if dropped else ""),
            Text(str(again), style="yellow" if again else ""),
        )
    return table


def _phase(source: Source, standing: Standing | None) -> Text:
    if source.ended:
        return Text("ended", style="dim")
    return Text("open") if standing is None else standing.phase()


def _notes(overview: Overview, now_us: int) -> list[Text]:
    """What each camera's stream is, and what is wrong with it."""
    lines = []
    for name, source in sorted(overview.sources.items()):
        standing = standing_of(source.report, now_us)
        if standing is None or source.ended:
            continue
        troubles = Text("; ").join(standing.troubles())
        said = [part for part in (troubles, Text(standing.report.stream, style="dim")) if part]
        lines += [Text.assemble((f"{name}: ", "bold"), Text("; ").join(said))] if said else []
    return [*lines, Text()] if lines else []


def _stages(overview: Overview) -> Table:
    table = _table("stage", "workers", "waiting", "frames", "p50 ms", "p95 ms")
    for stage in _known(overview):
        workers = len(overview.workers.get(stage, ()))
        p50, p95 = (percentile_ms(overview.counts, stage, share) for share in (0.5, 0.95))
        table.add_row(
            stage,
            Text(str(workers), style="" if workers else "bold red"),
            _waiting(overview, stage),
            str(overview.counts.get(frames_key(stage), 0)),
            "-" if p50 is None else f"{p50:.1f}",
            "-" if p95 is None else f"{p95:.1f}",
        )
    return table


def _dropped_facts(overview: Overview, stage: str) -> dict[str, int]:
    """Only of stages beside the chain: in it nothing is lost between two of them."""
    return {} if stage in STAGES else {"dropped": overview.counts.get(dropped_key(stage), 0)}


def _waiting(overview: Overview, stage: str) -> Text:
    """How many messages wait, and how many a stage beside the chain stood too far behind to read."""
    waiting, dropped = overview.lags.get(stage, 0), overview.counts.get(dropped_key(stage), 0)
    return Text(f"{waiting}, {dropped} dropped", style="yellow") if dropped else Text(str(waiting))


def _known(overview: Overview) -> list[str]:
    """The stages of the chain, and those beside it that have ever worked here."""
    return [*STAGES[1:], *(link.stage for link in BRANCHES if link.stage in overview.lags)]


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right")
    return table
