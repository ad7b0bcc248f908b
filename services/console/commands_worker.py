"""`kinestream worker`."""

import os
from typing import Annotated

import typer

from services.console.errors import BadInputError
from services.console.options import ConfigOption
from services.local import WORKERS, worker_argv, worker_environment
from shared.settings import load


def worker(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help=", ".join(WORKERS))],
    config: ConfigOption = None,
) -> None:
    """Run one worker in this process; on a server of several machines each runs the stages that suit it.

    SIGTERM: it finishes its batch, gives its cameras to the others and ends with exit code 0.

    Try:

      kinestream worker pose --config kinestream.yaml

      KINESTREAM_BUS__URL=redis://redis:6379 kinestream worker detector
    """
    if stage not in WORKERS:
        raise BadInputError(f"no stage is called {stage!r}: there are {', '.join(WORKERS)}")
    load(config)  # a wrong configuration is said here, before the process is replaced
    environment = worker_environment(os.environ, None)
    if config is not None:
        environment["KINESTREAM_CONFIG"] = str(config)
    argv = worker_argv(stage)
    os.execve(argv[0], argv, environment)  # noqa: S606 - our own program
