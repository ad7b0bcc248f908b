"""Where players come from: a small process that forks them.

A process with threads cannot fork safely, and starting Python anew takes half a second and tens of megabytes
for each camera. So the worker forks the nursery before it has threads; the nursery, which never gets any,
forks the players: in milliseconds, sharing the memory of everything that is loaded.
"""

import gc
import importlib
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self

from setproctitle import setproctitle

from services.ingest.playing.channel import Channel, ClosedError, Fork, Forked, Gone, Kill
from shared.worker.leash import die_with

_CLOSE_S = 5.0  # the nursery ends at once when its worker lets go of it
_POLL_S = 0.01
_RENDERER = "services.ingest.reading.scenes"

Play = Callable[[socket.socket], int]

_log = logging.getLogger(__name__)


class NurseryLostError(Exception):
    """The nursery is gone: no more players can be made, and those it had are dead."""


class Nursery:
    """The worker's end; make it while the process has one thread.

    Args:
        play: what a player does with its socket; its exit status.
    """

    def __init__(self, play: Play) -> None:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        self._pid = os.fork()
        if not self._pid:
            with _Leaving() as leaving:
                ours.close()
                _tie_to(parent)
                _Keeper(theirs, play, leaving).serve()
        theirs.close()
        self._channel = Channel(ours)

    def fileno(self) -> int:
        return self._channel.fileno()

    def fork(self, player: int, *, rendered: bool) -> socket.socket:
        """Order a player; our end of its socket.

        Raises:
            NurseryLostError: there is nobody to make it.
        """
        ours, theirs = socket.socketpair()
        try:
            self._channel.send_with(Fork(player, rendered), theirs.fileno())
        except ClosedError as error:
            ours.close()
            raise NurseryLostError(f"the process that makes players is lost: {error}") from None
        finally:
            theirs.close()
        return ours

    def kill(self, player: int) -> None:
        """End a player at once; its end is reported as any other."""
        self._channel.send(Kill(player))

    def receive(self) -> list[Forked | Gone]:
        """Who came and who went since the last look.

        Raises:
            NurseryLostError: nobody will come any more.
        """
        self._channel.flush()
        try:
            return [message for message in self._channel.receive() if isinstance(message, Forked | Gone)]
        except ClosedError as error:
            raise NurseryLostError(f"the process that makes players is lost: {error}") from None

    def close(self) -> None:
        """End it with all players that are left."""
        self._channel.close()
        deadline_s = time.monotonic() + _CLOSE_S
        while not os.waitpid(self._pid, os.WNOHANG)[0]:
            if time.monotonic() > deadline_s:
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
                return
            time.sleep(_POLL_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Leaving:
    """Whatever happens inside, the process ends here: nothing of the stack it was forked with runs on."""

    status = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            _log.critical("%s", error, exc_info=error)
            self.status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.status)


class _Keeper:
    """The nursery itself: obeys its worker, and tells it who has ended."""

    def __init__(self, end: socket.socket, play: Play, leaving: _Leaving) -> None:
        setproctitle("kinestream ingest: nursery")
        for number in (signal.SIGINT, signal.SIGTERM):  # the worker decides when its players end
            signal.signal(number, signal.SIG_IGN)
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        keep_only({end.fileno(), self._woken, wake})
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._channel = Channel(end)
        self._play = play
        self._leaving = leaving
        self._pids: dict[int, int] = {}

    def serve(self) -> None:
        """Until the worker is gone; then nobody is left behind."""
        gc.collect()
        gc.freeze()  # players shall not copy our memory only to look through it
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            poll.poll()
            try:
                self._obey()
            except ClosedError:
                break
            self._reap()
        for pid in self._pids.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _obey(self) -> None:
        self._channel.flush()
        for message in self._channel.receive():
            if isinstance(message, Fork):
                self._fork(message)
            elif isinstance(message, Kill) and message.player in self._pids:
                os.kill(self._pids[message.player], signal.SIGKILL)  # not reaped, so still its own number

    def _fork(self, order: Fork) -> None:
        descriptor = self._channel.descriptors.popleft()
        if order.rendered:
            importlib.import_module(_RENDERER)
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            _log.error("no process for another camera: %s", error.strerror)
            self._channel.send(Gone(order.player, os.EX_OSERR))
        else:
            if not pid:
                self._become_player(descriptor, parent)
            self._pids[order.player] = pid
            self._channel.send(Forked(order.player, pid))
        finally:
            os.close(descriptor)

    def _become_player(self, descriptor: int, parent: int) -> None:
        with self._leaving as leaving:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            keep_only({descriptor})
            _tie_to(parent)
            leaving.status = self._play(socket.socket(fileno=descriptor))

    def _reap(self) -> None:
        try:
            while os.read(self._woken, 4096):
                pass
        except BlockingIOError:
            pass
        for player, pid in list(self._pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._pids[player]
                self._channel.send(Gone(player, os.waitstatus_to_exitcode(status)))


def _tie_to(parent: int) -> None:
    """End with `parent`, and at once where it has ended already (not on Linux: when its socket closes)."""
    if not die_with(parent):
        os._exit(1)


def keep_only(descriptors: Collection[int]) -> None:
    """Close what was inherited, except standard streams and these."""
    low = 3
    for descriptor in sorted(descriptors):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))
