"""The summary of a run as JSON: for benchmarks and scripts."""

import resource
from typing import Any

import msgspec

from services.console.progress import CameraProgress
from services.console.summary import Report, stages_of
from shared.statistics import percentile_ms

_SHARES = (50, 95)


def encode(report: Report) -> bytes:
    """The summary of a run whose processes have all ended.

    `frames`, `wall_s`, `streaming_s`; `cameras`: how each stood at the end;
    `processes`: CPU time of each worker, of the embedded server (with
    whatever else was started) and of this process; `stages`: percentiles in ms; `counts`: what the stages
    committed; `drops` by camera and reason; `dead_letters`.
    """
    progress = report.progress
    summary = {
        "frames": progress.done,
        "wall_s": progress.elapsed_s,
        "streaming_s": progress.streaming_s,
        "cameras": {camera.name: _camera(camera) for camera in progress.cameras},
        "processes": _processes(report),
        "stages": {stage: _percentiles(report, stage) for stage in (*stages_of(report), "latency")},
        "counts": progress.counts,
        "drops": [
            {"camera": camera, "reason": reason, "frames": count}
            for (camera, reason), count in sorted(progress.drops.items())
        ],
        "dead_letters": len(report.letters),
    }
    return msgspec.json.format(msgspec.json.encode(summary), indent=2)


def _camera(camera: CameraProgress) -> dict[str, Any]:
    report = None if camera.standing is None else camera.standing.report
    facts = {"frames": camera.done, "ended": camera.finished}
    if report is None:
        return facts
    told = {"phase": report.phase, "reconnects": report.reconnects, "problems": report.problems}
    return {**facts, **told, "error": report.error, "stream": report.stream}


def _processes(report: Report) -> list[dict[str, Any]]:
    workers = [{"name": usage.name, "cpu_s": usage.cpu_s} for usage in report.usage]
    others_s = _cpu_s(resource.RUSAGE_CHILDREN) - sum(usage.cpu_s for usage in report.usage)
    return [
        *workers,
        {"name": "server", "cpu_s": max(others_s, 0.0)},
        {"name": "console", "cpu_s": _cpu_s(resource.RUSAGE_SELF)},
    ]


def _percentiles(report: Report, stage: str) -> dict[str, float | None]:
    counts = report.progress.counts
    return {f"p{share}_ms": percentile_ms(counts, stage, share / 100) for share in _SHARES}


def _cpu_s(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime
