"""The `kinestream` command."""

import os
import sys

from setproctitle import setproctitle

from shared.redaction import redacted_command


def main() -> None:
    setproctitle(redacted_command(["kinestream", *sys.argv[1:]]))
    # A second of imports, during which the list of processes would show a password that was typed.
    from services.console.command import app  # noqa: PLC0415

    try:
        app(prog_name="kinestream")
    except BrokenPipeError:  # whoever read our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
