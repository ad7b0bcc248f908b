"""Several actors, one running at a time: who goes next and what befalls him is drawn from a seeded generator.

Every call of an actor to the server is a place where he can be stopped for a while, killed, or cheated of the
reply. The actors are threads that hand over a baton, so a schedule repeats exactly from its seed.
"""

import threading
from collections.abc import Callable
from typing import Any

from shared.bus.transport import TransportError


class KilledError(BaseException):
    """As good as SIGKILL: no handler of the product catches it."""


class Actor:
    """A loop that runs only while it holds the baton. `turn` is called again and again with the actor."""

    def __init__(self, turn: Callable[[], object]) -> None:
        self._turn = turn
        self._go = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._killed = False
        self._reply_lost = False
        self.crash: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def resume(self) -> None:
        """Let it run to its next call to the server."""
        self._go.release()
        self._back.acquire()

    def kill(self) -> None:
        """End it where it stands."""
        if self.alive and self.crash is None:
            self._killed = True
            self.resume()
            self._thread.join()

    def lose_next_reply(self) -> None:
        self._reply_lost = True

    def call(self, operation: Callable[[], Any]) -> Any:
        """Run one operation on the server as this actor: a place to stop before it and one behind it."""
        self.pause()
        result = operation()
        self.pause()
        if self._reply_lost:
            self._reply_lost = False
            raise TransportError("the reply was lost")
        return result

    def pause(self) -> None:
        self._back.release()
        self._go.acquire()
        if self._killed:
            raise KilledError

    def _run(self) -> None:
        self._go.acquire()
        try:
            while not self._killed:
                self._turn()
                self.pause()
        except KilledError:
            pass
        except BaseException as error:  # noqa: BLE001 - shown by the test that owns the actor
            self.crash = error
        finally:
            self._back.release()


class Watched:
    """A transport whose every call goes through an actor. The actor is set once it exists."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.actor: Actor | None = None

    def pause(self) -> None:
        """Let the others go on."""
        if self.actor is not None:
            self.actor.pause()

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._transport, name)
        if not callable(member) or self.actor is None:
            return member
        actor = self.actor

        def call(*args: Any, **kwargs: Any) -> Any:
            return actor.call(lambda: member(*args, **kwargs))

        return call
