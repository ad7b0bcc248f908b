"""The pipeline as shipped: `kinestream run`, separate processes, file speed, segmentation on."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from shared.bus.topology import CHAIN
from shared.statistics import cpu_key
from tests.bench.command import CommandError, Cost, run

PARTS = ("compute", "bus", "codec")  # of a worker's CPU time; what is left is Python's start and the rest
WORKERS = ("ingest", *(link.stage for link in CHAIN))
SERVER = "server"
_MICROSECONDS = 1e6


class Process(msgspec.Struct, frozen=True):
    """One of the run's processes; `cpu_s` includes its earlier lives."""

    name: str
    cpu_s: float


class Summary(msgspec.Struct, frozen=True):
    """What we read of `--summary FILE`. Only `wall_s` holds the start of the workers too."""

    frames: int
    wall_s: float
    processes: tuple[Process, ...]
    counts: dict[str, int]
    streaming_s: float | None = None

    def cpu_s(self, name: str) -> float:
        """CPU time of all processes of this stage."""
        return sum(p.cpu_s for p in self.processes if p.name.partition("-")[0] == name)

    def part_s(self, stage: str, part: str) -> float:
        """What a stage's workers counted for one part of their work."""
        return self.counts.get(cpu_key(stage, part), 0) / _MICROSECONDS


@dataclass(frozen=True)
class PipelineLap:
    """One run over the clip."""

    summary: Summary
    cost: Cost

    @property
    def frames(self) -> int:
        return self.summary.frames

    @property
    def streaming_s(self) -> float:
        """From the first picture to the last result, or the whole run where the summary does not say."""
        return self.summary.streaming_s or self.summary.wall_s

    @property
    def transport_s(self) -> float:
        """CPU time of the server, and of the workers in bus and codec."""
        counted = sum(self.summary.part_s(stage, part) for stage in WORKERS for part in ("bus", "codec"))
        return self.summary.cpu_s(SERVER) + counted


def lap(clip: Path, frames: int, folder: Path, env: Mapping[str, str] | None = None) -> PipelineLap:
    """Analyse the clip once, with `env` added to the environment.

    Raises:
        CommandError: the run failed, or lost frames.
    """
    report = folder / "summary.json"
    report.unlink(missing_ok=True)
    cost = run([sys.executable, "-m", "services", "run", clip, "--summary", report], env)
    try:
        summary = msgspec.json.decode(report.read_bytes(), type=Summary)
    except (OSError, msgspec.DecodeError) as error:
        raise CommandError(f"`kinestream run --summary {report}` left nothing to read: {error}") from error
    if summary.frames != frames:
        raise CommandError(f"the pipeline finished {summary.frames} of {frames} frames")
    return PipelineLap(summary, cost)
