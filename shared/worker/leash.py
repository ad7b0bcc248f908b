"""Runs a command that dies with its parent: `python leash.py PARENT_PID COMMAND...`.

A file of its own, run before the command replaces it, because nothing may run between fork and exec in a
parent that has threads. Only Linux can tie a process to its parent; elsewhere the command just runs.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> bool:
    """Let the kernel kill this process when `parent` ends; False where it died before we asked."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    return os.getppid() == parent


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if not die_with(parent):
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the command is this program's own


if __name__ == "__main__":
    main()
