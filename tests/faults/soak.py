"""20 reconnects in a row, then many minutes of one stream: memory, threads and descriptors must not grow.

    python -m tests.faults.soak [MINUTES [FOLDER]]

Writes `soak.md` and `soak.png` into FOLDER (build), and ends with status 1 where something grew.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console

from tests.faults import usage
from tests.faults.rig import Rig, now_ms, steady
from tests.faults.trial import check
from tests.faults.watcher import Watcher
from tests.servers.proxy import Proxy
from tests.servers.rtsp import SECRET, RtspServer, missing
from tests.servers.waiting import until

RECONNECTS = 20
EVERY_S = 10.0
GROWTH_MB = 5.0  # own memory of one process, from its first looks to its last; 0.2 MB was measured
ROLES = ("worker", "nursery", "player")  # by depth in the tree of processes

_BACK_S = 60.0
_KEPT_PICTURES = 1000  # so that the watcher itself does not grow
_SIZE = (960, 480)  # of the plot, in pixels
_COLOURS = ((200, 80, 0), (0, 140, 0), (0, 0, 200))


@dataclass(frozen=True)
class Sample:
    """One look; `part` is "reconnects" or "stream"."""

    part: str
    at_s: float
    role: str
    usage: usage.Usage


def look(rig: Rig, part: str, started_s: float) -> list[Sample]:
    """Every process of ingest, now."""
    at_s = time.monotonic() - started_s
    levels = [[worker.pid for worker in rig.workers]]
    while len(levels) < len(ROLES):
        levels.append([child.pid for pid in levels[-1] for child in usage.children(pid)])
    return [
        Sample(part, at_s, role, used)
        for role, pids in zip(ROLES, levels, strict=True)
        for used in usage.usages(pids)
    ]


def growth(samples: Sequence[Sample]) -> list[str]:
    """What grew beyond its bound, for people."""
    kinds = dict.fromkeys((sample.part, sample.role) for sample in samples)
    return [
        f"{part}: {role} {complaint}"
        for part, role in kinds
        for complaint in _growth(
            [sample.usage for sample in samples if (sample.part, sample.role) == (part, role)]
        )
    ]


def _growth(series: Sequence[usage.Usage]) -> Iterator[str]:
    """The last fifth of the looks against the first."""
    fifth = max(1, len(series) // 5)
    first, last = series[:fifth], series[-fifth:]
    more_mb = statistics.median(u.own_mb for u in last) - statistics.median(u.own_mb for u in first)
    if more_mb > GROWTH_MB:
        yield f"took {more_mb:.1f} MB more at the end (bound {GROWTH_MB:g})"
    for name in ("threads", "descriptors"):
        before = max(getattr(used, name) for used in first)
        after = min(getattr(used, name) for used in last)
        if after > before:
            yield f"has {after} {name} at the end, {before} at the beginning"


def reconnect(rig: Rig, proxy: Proxy, watcher: Watcher, started_s: float) -> list[Sample]:
    """Cut the connection again and again; a look after each new picture."""
    samples = []
    for count in range(RECONNECTS):
        proxy.cut()
        until(partial(_connected, proxy, count + 2), "a new connection", _BACK_S)
        steady(watcher, 10, _BACK_S)
        samples += look(rig, "reconnects", started_s)
    return samples


def stream(rig: Rig, watcher: Watcher, minutes: float, started_s: float) -> list[Sample]:
    """Nothing happens."""
    samples: list[Sample] = []
    end_s = time.monotonic() + 60 * minutes
    while (next_s := time.monotonic() + EVERY_S) < end_s:
        until(partial(_past, next_s), "the next look", 2 * EVERY_S)
        samples += look(rig, "stream", started_s)
        pictures = watcher.seen.pictures
        check(list(pictures))
        assert pictures[-1].at_ms > now_ms() - 5000, "no pictures for 5 s"
        del pictures[:-_KEPT_PICTURES]
    return samples


def _connected(proxy: Proxy, times: int) -> bool:
    return proxy.accepted >= times


def _past(at_s: float) -> bool:
    return time.monotonic() >= at_s


def soak(folder: Path, minutes: float) -> list[Sample]:
    """All of it.

    Raises:
        AssertionError: the camera did not come back, or pictures came twice.
    """
    with ExitStack() as stack, Rig(folder, {"ingest": {"retry_first_s": 0.2, "retry_longest_s": 1.0}}) as rig:
        server = stack.enter_context(RtspServer(user="user", password=SECRET, width=640, height=480))
        proxy = stack.enter_context(Proxy(server.port))
        rig.configure({"source": server.url(port=proxy.port)})
        watcher = rig.watch()
        rig.start_worker()
        steady(watcher, 60)
        started_s = time.monotonic()
        samples = reconnect(rig, proxy, watcher, started_s)
        return samples + stream(rig, watcher, minutes, started_s)


def markdown(samples: Sequence[Sample]) -> str:
    lines = [
        "| part | process | looks | memory first / last / most | of it its own | threads | descriptors |\n",
        "| --- | --- | --- | --- | --- | --- | --- |\n",
    ]
    for part in dict.fromkeys(sample.part for sample in samples):
        for role in ROLES:
            series = [sample.usage for sample in samples if (sample.part, sample.role) == (part, role)]
            if series:
                lines.append(f"| {part} | {role} | {len(series)} | {_summary(series)} |\n")
    return "".join(lines)


def _summary(series: Sequence[usage.Usage]) -> str:
    memory = [_course([used.pss_mb for used in series]), _course([used.own_mb for used in series])]
    threads = [used.threads for used in series]
    files = [used.descriptors for used in series]
    return " | ".join([*memory, *(f"{min(counts)} to {max(counts)}" for counts in (threads, files))])


def _course(memory_mb: Sequence[float]) -> str:
    return f"{memory_mb[0]:.1f} / {memory_mb[-1]:.1f} / {max(memory_mb):.1f} MB"


def plot(samples: Sequence[Sample], path: Path) -> None:
    """Memory of each process over time; the left edge is the first look, the bottom is 0."""
    width, height = _SIZE
    drawn = np.full((height, width, 3), 255, np.uint8)
    last_s = max(sample.at_s for sample in samples) or 1.0
    most_mb = 1.2 * max(sample.usage.own_mb for sample in samples)
    for role, colour in zip(ROLES, _COLOURS, strict=True):
        series = [sample for sample in samples if sample.role == role]
        points = [
            (round(each.at_s / last_s * (width - 1)), round((1 - each.usage.own_mb / most_mb) * (height - 1)))
            for each in series
        ]
        cv2.polylines(drawn, [np.array(points, np.int32).reshape(-1, 1, 2)], False, colour, 2, cv2.LINE_AA)
        if points:
            label = f"{role} {series[-1].usage.own_mb:.0f} MB"
            at = (points[-1][0] - 150, points[-1][1] - 8)
            cv2.putText(drawn, label, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    caption = (
        f"own memory over {last_s / 60:.1f} min, {RECONNECTS} reconnects first; full scale {most_mb:.0f} MB"
    )
    cv2.putText(drawn, caption, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.imwrite(str(path), drawn)


def main(arguments: Sequence[str]) -> int:
    console = Console()
    minutes = float(arguments[0]) if arguments else 30.0
    out = Path(arguments[1]) if len(arguments) > 1 else Path("build")
    if (reason := missing()) is not None:
        console.print(reason, markup=False)
        return 2
    with tempfile.TemporaryDirectory(prefix="kinestream-soak-") as folder:
        samples = soak(Path(folder), minutes)
    out.mkdir(exist_ok=True)
    written = markdown(samples)
    (out / "soak.md").write_text(written, encoding="utf-8")
    plot(samples, out / "soak.png")
    console.print(written, markup=False, highlight=False, soft_wrap=True)
    complaints = growth(samples)
    console.print("\n".join(complaints) or "Nothing grew.", markup=False)
    return 1 if complaints else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
