"""Processes one dead letter alone: `python -m services.console.retry PARTITION ID`, with KINESTREAM_CONFIG.

A process of its own, because a message may be dead for having killed one. Exit code 0: it passes now. What
the stage raises ends the process as any error does, with its traceback and exit code 1.
"""

import importlib
import os
import sys
from pathlib import Path

import msgspec

from shared.bus.connect import visit_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.stores import open_frames
from shared.bus.topology import LINKS
from shared.bus.transport import Letter
from shared.messages import Frame, decode
from shared.settings import Settings, load
from shared.worker import Stage, Work

FAILS = 1  # as the interpreter does for an error


class RetryError(Exception):
    """The letter cannot even be tried."""


def retry(letter: Letter, bus: RedisTransport, settings: Settings) -> None:
    """Run the letter's message through its stage, from the state of a camera of which nothing is known.

    Raises:
        RetryError: its bytes cannot be read, its stage is unknown, or its picture is no longer kept.
        Exception: whatever the stage raises.
    """
    dead = letter.letter
    if dead.stage not in LINKS:
        raise RetryError(f"no stage is called {dead.stage!r}")
    message = decode(dead.payload)
    if not isinstance(message, Frame):
        return  # ends and tombstones pass every stage
    if not message.frame_id:  # read from the frames themselves: the entry is the frame
        message = msgspec.structs.replace(message, frame_id=dead.entry_id)
    stage: Stage[object] = importlib.import_module(f"services.{dead.stage}.stage").build(settings)
    picture = None
    if stage.wants_picture(message):
        body = bus.fetch(letter.partition, [message.frame_id])[0]
        if body is None:
            raise RetryError("its picture is no longer kept (bus.retention_s), so it cannot be tried again")
        picture = open_frames(settings.frames).get(body)
    stage.process([Work(message, stage.fresh(), picture)])


def main() -> int:
    partition, letter_id = int(sys.argv[1]), sys.argv[2]
    settings = load(Path(os.environ["KINESTREAM_CONFIG"]))
    bus = visit_bus(settings.bus)
    found = [x for x in bus.letters() if (x.partition, x.id) == (partition, letter_id)]
    try:
        if not found:
            raise RetryError("the letter is gone")
        retry(found[0], bus, settings)
    except RetryError as error:
        sys.stderr.write(f"{error}\n")
        return FAILS
    return 0


if __name__ == "__main__":
    sys.exit(main())
