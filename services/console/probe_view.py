"""A look at a source as people and programs read it."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.console.advice import INTRA_ONLY, advise
from services.ingest.probing.probe import Probe, Stream
from shared.settings import Camera


def view(camera: Camera, probe: Probe) -> RenderableType:
    """What was found, and what it suggests."""
    if probe.trouble is not None:
        return _trouble(probe)
    stream = probe.stream
    assert stream is not None
    via = f" over {probe.transport}" if probe.transport else ""
    parts: list[RenderableType] = [Text.assemble(("works", "bold green"), f"  {probe.source}{via}"), Text()]
    facts = Table.grid(padding=(0, 3, 0, 0))
    for name, value in _facts(stream):
        facts.add_row(Text(name, style="dim"), value)
    parts.append(Padding(facts, (0, 0, 0, 2)))
    notes = advise(camera, probe).notes
    if notes:
        parts.append(Text())
        parts += [_point(note) for note in notes]
    return Group(*parts)


def table(looks: Sequence[tuple[Camera, str, Probe]]) -> RenderableType:
    """Many sources, a line each: (camera, which of its keys, what was found)."""
    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("camera", "stream", "", "codec", "size", "rate", "key every", "CPU", "what"):
        right = heading in {"rate", "key every", "CPU"}
        shown.add_column(heading, justify="right" if right else "left", overflow="fold")
    for camera, key, probe in looks:
        stream, trouble = probe.stream, probe.trouble
        first = (Text(camera.name, style="bold"), key.removesuffix("_source").replace("source", "analysis"))
        if stream is None:
            said = f"{trouble.text}: {trouble.advice}".removesuffix(": ") if trouble else ""
            shown.add_row(*first, Text("fails", style="bold red"), "", "", "", "", "", said)
            continue
        cells = (
            stream.codec or "-",
            _size(stream),
            _fps(stream.measured_fps),
            _seconds(stream.key_interval_s),
        )
        notes = "; ".join(advise(camera, probe).notes) if key == "source" else ""
        shown.add_row(*first, Text("works", style="green"), *cells, f"{stream.cpu_ms:.1f} ms", notes)
    return shown


def as_json(camera: Camera, key: str, probe: Probe) -> str:
    """One look as a line of JSON."""
    advice = advise(camera, probe) if probe.stream is not None else None
    document: dict[str, Any] = {
        "camera": camera.name,
        "stream": key,
        "source": probe.source,
        "works": probe.works,
        "trouble": probe.trouble,
        "transport": probe.transport,
        "tried": probe.tried,
        "found": probe.stream,
        "hardware": probe.hardware,
        "settings": advice.settings if advice else {},
        "notes": advice.notes if advice else (),
    }
    return msgspec.json.encode(document).decode()


def _trouble(probe: Probe) -> RenderableType:
    trouble = probe.trouble
    assert trouble is not None
    parts: list[RenderableType] = [
        Text.assemble(("does not work", "bold red"), f"  {probe.source}"),
        Text(),
        Text(f"  {trouble.text}"),
    ]
    if trouble.advice:
        parts.append(_point(trouble.advice))
    parts += [Text(f"  {line}", style="dim") for line in probe.tried[1:]]
    return Group(*parts)


def _point(text: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text("  →", style="yellow"), Text(text))
    return grid


def _facts(stream: Stream) -> Iterator[tuple[str, str]]:
    if stream.codec is not None:
        yield "codec", f"{stream.codec}{f' ({stream.profile})' if stream.profile else ''}, {_order(stream)}"
    yield "size", _size(stream)
    yield "rate", _rate(stream)
    if stream.codec is not None:
        yield "key pictures", _keys(stream)
    if stream.bit_rate_kbps is not None:
        yield "bit rate", f"{stream.bit_rate_kbps:.0f} kbit/s"
    yield "opens in", f"{stream.opened_s:.2f} s, first picture after {stream.first_picture_s:.2f} s"
    if stream.live:
        yield "camera's clock", _clock(stream)
    yield "picture", f"brightness {stream.brightness:.0%}, contrast {stream.contrast:.0%}"
    yield "decoding", _cost(stream)


def _order(stream: Stream) -> str:
    return "with B-frames" if stream.b_frames else "no B-frames"


def _size(stream: Stream) -> str:
    return f"{stream.width_px}x{stream.height_px}"


def _rate(stream: Stream) -> str:
    said = f", the stream says {stream.nominal_fps:.3g}" if stream.nominal_fps else ""
    gap = f"; longest pause {stream.longest_gap_s:.2f} s" if stream.longest_gap_s else ""
    return f"{_fps(stream.measured_fps)} pictures/s measured{said}{gap}"


def _keys(stream: Stream) -> str:
    if stream.codec in INTRA_ONLY:
        return "each picture is one"
    if stream.key_interval_s is None:
        return f"fewer than two in {stream.looked_s:.0f} s"
    return f"every {stream.key_interval_s:.2f} s"


def _clock(stream: Stream) -> str:
    off_s = stream.clock_offset_s
    if off_s is None:
        return f"not told within {stream.looked_s:.0f} s: the time of arrival is used"
    return f"told (NTP), {abs(off_s):.2f} s {'behind' if off_s < 0 else 'before'} ours with all delays"


def _cost(stream: Stream) -> str:
    many = stream.cameras_per_core
    cores = f": one core decodes about {many:.0f} such cameras" if many is not None and many >= 1 else ""
    return f"{stream.cpu_ms:.1f} ms of CPU a picture ({stream.decoder or 'no decoder'}){cores}"


def _fps(fps: float | None) -> str:
    return "-" if fps is None else f"{fps:.1f}"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"
