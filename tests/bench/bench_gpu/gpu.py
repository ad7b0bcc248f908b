"""What the driver says of the GPU, through `nvidia-smi`, which comes with it."""

import shutil
import statistics
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_EVERY_MS = 100
_FIELDS = "utilization.gpu,memory.used,power.draw"


@dataclass(frozen=True)
class Sample:
    """Share of the time in which a kernel ran (percent), memory in use (MiB), power (W; None: not told)."""

    busy: float
    memory_mib: float
    power_w: float | None


@dataclass
class Watch:
    """What was sampled; empty until the watching has ended, and where there is no `nvidia-smi`."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def busy(self) -> float | None:
        """Mean utilisation in percent; the first sample still tells of before."""
        later = self.samples[1:]
        return statistics.fmean(sample.busy for sample in later) if later else None

    @property
    def memory_mib(self) -> float | None:
        """The most that was in use, by everybody on the GPU."""
        return max((sample.memory_mib for sample in self.samples), default=None)

    @property
    def power_w(self) -> float | None:
        told = [sample.power_w for sample in self.samples[1:] if sample.power_w is not None]
        return statistics.fmean(told) if told else None


def parsed(lines: Iterable[str]) -> list[Sample]:
    """The samples in the driver's lines ("97, 10240, 612.3"); what is no sample is left out."""
    samples = []
    for line in lines:
        parts = [_number(part) for part in line.split(",")]
        if len(parts) == 3 and parts[0] is not None and parts[1] is not None:
            samples.append(Sample(parts[0], parts[1], parts[2]))
    return samples


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:  # "[N/A]"
        return None


@contextmanager
def watched() -> Iterator[Watch]:
    """Sample the first GPU meanwhile."""
    watch = Watch()
    program = shutil.which("nvidia-smi")
    if program is None:
        yield watch
        return
    command = [program, "--id=0", f"--query-gpu={_FIELDS}", "--format=csv,noheader,nounits"]
    process = subprocess.Popen(
        [*command, f"--loop-ms={_EVERY_MS}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield watch
    finally:
        process.terminate()
        output, _ = process.communicate()
        watch.samples = parsed(output.splitlines())


def described() -> str:
    """Name, driver and memory of the GPU; empty where there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    asked = [program, "--id=0", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""
