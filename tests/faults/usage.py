"""What processes take: memory, threads, file descriptors. Linux."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_KB = 1024


@dataclass(frozen=True)
class Usage:
    """Of one process. `pss_mb` is its proportional set size: shared pages count by their share. `own_mb` is
    the part that no file stands behind; programs that come and go beside it do not change that.
    """

    pid: int
    pss_mb: float
    own_mb: float
    threads: int
    descriptors: int


def family(pid: int) -> list[psutil.Process]:
    """A process and all its descendants; empty where it is gone."""
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def children(pid: int) -> list[psutil.Process]:
    """Of a process; empty where it is gone."""
    try:
        found: list[psutil.Process] = psutil.Process(pid).children()
    except psutil.NoSuchProcess:
        return []
    return found


def usages(pids: Iterable[int]) -> Iterator[Usage]:
    """Of each process, those that ended meanwhile left out."""
    for pid in pids:
        try:
            yield _usage(psutil.Process(pid))
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError, StopIteration):
            continue


def _usage(process: psutil.Process) -> Usage:
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    lines = (line.split() for line in rollup.splitlines()[1:])
    mb = {name: int(size) / _KB for name, size, _ in lines}
    descriptors = process.num_fds()
    return Usage(process.pid, mb["Pss:"], mb["Pss_Anon:"], process.num_threads(), descriptors)
