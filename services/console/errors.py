"""What people see when something is wrong: one clear line on stderr and an exit code."""

from typing import Any

import typer
from typer.core import TyperGroup

from shared.bus.transport import TransportError
from shared.errors import UserError

DONE = 0
INCOMPLETE = 1
BAD_INPUT = 2


class BadInputError(UserError):
    """What was typed cannot be done; nothing has been started."""


class FailedError(Exception):
    """What was asked for was begun and could not be completed."""


class Group(TyperGroup):
    """The one place where known errors become a line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            _say(error)
            raise typer.Exit(BAD_INPUT) from error
        except TransportError as error:
            _say(f"{error} Is the server running, and the address right?")
            raise typer.Exit(BAD_INPUT) from error
        except FailedError as error:
            _say(error)
            raise typer.Exit(INCOMPLETE) from error


def _say(error: Exception | str) -> None:
    """One line, whatever the error holds."""
    lines = (" ".join(line.split()) for line in str(error).splitlines())
    text = "; ".join(line for line in lines if line) or type(error).__name__
    typer.echo(f"kinestream: {text}", err=True)
