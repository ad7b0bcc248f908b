"""What may go wrong between a worker and the server."""

from shared.errors import UserError


class BusError(Exception):
    """What went wrong between a worker and the server."""


class TransportError(BusError):
    """The server did not answer or could not be reached: back off, reconnect, load the position again."""


class ServerRefusedError(BusError, UserError):
    """The server answers but cannot serve us (too old, wrong partition count, wrong password): a person
    must act.
    """
