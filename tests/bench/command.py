"""Runs a command and says what it cost."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TAIL_LINES = 8


class CommandError(Exception):
    """A command of the benchmark failed; the text holds its last lines."""


@dataclass(frozen=True)
class Cost:
    """What a finished command used, in seconds: wall time, and CPU time (user and system) of it and of all
    its descendants that were waited for.
    """

    wall_s: float
    cpu_s: float
    output: str


def run(argv: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Cost:
    """Run `argv` in the repository's root.

    Raises:
        CommandError: it did not end with exit code 0.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started_s = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in argv],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started_s
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    if process.returncode:
        tail = "\n".join("\n".join(texts).strip().splitlines()[-_TAIL_LINES:])
        raise CommandError(f"{' '.join(map(str, argv))} ended with {process.returncode}:\n{tail}")
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, texts[0])
