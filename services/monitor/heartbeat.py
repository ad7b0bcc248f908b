"""When to show life to the outside: only while every camera is watched."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from services.monitor.broker import Broker, Status
from services.monitor.courier import Courier
from services.monitor.ping import Ping
from services.monitor.watcher import Outlook
from shared import settings

_PATIENCE_S = 2.0  # for what is under way at the end


class Channel(Protocol):
    """One way to the outside. Nothing here waits."""

    def say(self, status: Status) -> None:
        """How things stand, at each look."""

    def beat(self, content: bytes) -> None:
        """A sign of life is due."""

    def close(self, *, farewell: bool) -> None:
        """End; `farewell`: nobody of us goes on."""


class HttpChannel:
    """A ping has no status: it comes, or it does not."""

    def __init__(self, url: str) -> None:
        self._courier = Courier("http", Ping(url).deliver)

    def say(self, status: Status) -> None:
        pass

    def beat(self, content: bytes) -> None:
        self._courier.send(content)

    def close(self, *, farewell: bool) -> None:
        self._courier.close(_PATIENCE_S)


class MqttChannel:
    """Tells the status when it changes, and beats."""

    def __init__(self, where: settings.Mqtt) -> None:
        self._broker = Broker(where)
        self._courier = Courier("mqtt", self._broker.deliver)
        self._said: Status | None = None

    def say(self, status: Status) -> None:
        if status is not self._said:
            self._broker.say(status)
        self._said = status

    def beat(self, content: bytes) -> None:
        self._courier.send(content)

    def close(self, *, farewell: bool) -> None:
        self._courier.close(_PATIENCE_S)
        self._broker.close(farewell=farewell)


def channels(heartbeat: settings.Heartbeat) -> list[Channel]:
    """All that are configured."""
    found: list[Channel] = []
    if heartbeat.mqtt is not None:
        found.append(MqttChannel(heartbeat.mqtt))
    if heartbeat.url is not None:
        found.append(HttpChannel(heartbeat.url.get_secret_value()))
    return found


class Heartbeat:
    """The leading monitor's sign of life; channels are open only while it leads.

    Args:
        heartbeat: how often, and where to.
        clock: monotonic, in seconds.
    """

    def __init__(self, heartbeat: settings.Heartbeat, clock: Callable[[], float]) -> None:
        self._settings = heartbeat
        self._clock = clock
        self._channels: Sequence[Channel] | None = None
        self._due_s = clock()

    def turn_to(self, heartbeat: settings.Heartbeat) -> None:
        """From now on it goes there."""
        if heartbeat != self._settings:
            self._close(farewell=True)
            self._settings = heartbeat

    def follow(self, outlook: Outlook) -> None:
        """We lead, and this is what was seen just now."""
        self._say(Status.WATCHING if outlook.all_watched else Status.LOST)
        now_s = self._clock()
        if outlook.all_watched and now_s >= self._due_s:
            self._due_s = now_s + self._settings.every_s
            beat = msgspec.json.encode(
                {"at": datetime.now(UTC).isoformat(timespec="seconds"), "cameras": sorted(outlook.watched)}
            )
            for channel in self._channels or ():
                channel.beat(beat)

    def blind(self) -> None:
        """The bus is away, and with it the knowledge who leads and who is watched."""
        if self._channels is not None:
            self._say(Status.LOST)

    def stand_by(self) -> None:
        """Another monitor leads."""
        self._close(farewell=False)

    def close(self) -> None:
        """We stop."""
        self._close(farewell=True)

    def _say(self, status: Status) -> None:
        if self._channels is None:
            self._channels = channels(self._settings)
        for channel in self._channels:
            channel.say(status)

    def _close(self, *, farewell: bool) -> None:
        for channel in self._channels or ():
            channel.close(farewell=farewell)
        self._channels = None
