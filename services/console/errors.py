"""What people see when something is wrong: one clear line on stderr and an exit code."""

import sys
from typing import Any

import click
import typer
from typer.core import TyperGroup

from services.ingest.capture import SourceError
from shared.bus.transport import TransportError
from shared.errors import UserError
from shared.models.errors import ModelError

DONE = 0
INCOMPLETE = 1
BAD_INPUT = 2


class BadInputError(UserError):
    """What was typed cannot be done; nothing has been started."""


class FailedError(Exception):
    """What was asked for was begun and could not be completed."""


_INPUT = (UserError, TransportError, SourceError, ModelError)


class OneLine(click.ClickException):
    """An error as people see it."""

    def __init__(self, error: Exception, exit_code: int) -> None:
        super().__init__(" ".join(str(error).split()) or type(error).__name__)
        self.exit_code = exit_code

    def show(self, file: Any = None) -> None:
        typer.echo(f"kinestream: {self.message}", file=file or sys.stderr)


class Group(TyperGroup):
    """The one place where known errors become a line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _INPUT as error:
            raise OneLine(error, BAD_INPUT) from error
        except FailedError as error:
            raise OneLine(error, INCOMPLETE) from error
