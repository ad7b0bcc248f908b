"""The worker's side of a camera: its player, and what is known of those before it."""

import socket
import time

from services.ingest.pace import Backoff
from services.ingest.playing.channel import Beat, Channel, ClosedError, Leave, Task, Token
from shared import metrics

_STABLE_S = 60.0  # a player that lived so long is started again at once
_LEAVE_S = 8.0  # from being told to leave to being killed; whoever stops the worker waits 10 s


class Player:
    """A player that was ordered: what it was told, and the life it shows."""

    def __init__(self, task: Task, end: socket.socket) -> None:
        self.task = task
        self.channel = Channel(end)
        self.started_s = time.monotonic()
        self.killed = ""
        self.beat: Beat | None = None
        self._heard_s = self.started_s
        self._told_to_leave_s: float | None = None
        self.channel.send(task)

    @property
    def leaving(self) -> bool:
        return self._told_to_leave_s is not None

    def leave(self) -> None:
        """Tell it to finish its picture and end."""
        if self._told_to_leave_s is None:
            self._told_to_leave_s = time.monotonic()
            self.channel.send(Leave())

    def assure(self) -> None:
        """Tell it that it may go on."""
        self.channel.offer(Token())

    def listen(self) -> list[Beat]:
        """The beats that came since the last look; one that is gone says nothing more."""
        try:
            beats = [message for message in self.channel.receive() if isinstance(message, Beat)]
        except ClosedError:
            return []
        if beats:
            self._heard_s, self.beat = time.monotonic(), beats[-1]
        return beats

    def fault(self, hang_s: float) -> str:
        """Why it must be killed; empty where it need not."""
        now_s = time.monotonic()
        if self._told_to_leave_s is not None and now_s - self._told_to_leave_s > _LEAVE_S:
            return f"it does not leave within {_LEAVE_S:g} s"
        if now_s - self._heard_s > hang_s:
            return f"it shows no life for {now_s - self._heard_s:.1f} s"
        if self.beat is not None and self.beat.overdue_s > hang_s:
            return f"reading does not return, {self.beat.overdue_s:.1f} s beyond its time limit"
        return ""


class Seat:
    """A camera in its worker: who plays it now, and when the next one may.

    Args:
        name: of the camera.
        first_s, longest_s: the pauses after players that died.
    """

    def __init__(self, name: str, first_s: float, longest_s: float) -> None:
        self.name = name
        self.player: Player | None = None
        self.ended: Task | None = None  # this was done, and nothing is left to do of it
        self._waits = Backoff(first_s, longest_s)
        self._not_before_s = 0.0

    @property
    def free(self) -> bool:
        """Whether a player may be started."""
        return self.player is None and time.monotonic() >= self._not_before_s

    def listen(self) -> None:
        """Take the player's beats over into the metrics, where counts only grow."""
        if self.player is None:
            return
        before = self.player.beat
        for beat in self.player.listen():
            metrics.camera_beat(self.name, _grown(before, beat), playing=beat.playing, age_s=beat.frame_age_s)
            before = beat

    def vacate(self) -> Player:
        """The player is gone; the pause before the next one begins."""
        assert self.player is not None
        self.listen()
        player, self.player = self.player, None
        player.channel.close()
        metrics.camera_gone(self.name)
        return player

    def pause(self, player: Player) -> float:
        """Wait before the next player, for the last one died; for how long, in seconds."""
        if time.monotonic() - player.started_s >= _STABLE_S:
            self._waits.reset()
        pause_s = self._waits.pause_s()
        self._not_before_s = time.monotonic() + pause_s
        return pause_s


def _grown(before: Beat | None, beat: Beat) -> metrics.CameraCounts:
    """What the beat counts more than the one before it, of the same player."""
    published, reconnects = (0, 0) if before is None else (before.published, before.reconnects)
    dropped = {} if before is None else before.dropped
    return metrics.CameraCounts(
        beat.published - published,
        beat.reconnects - reconnects,
        {reason: count - dropped.get(reason, 0) for reason, count in beat.dropped.items()},
    )
