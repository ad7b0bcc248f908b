"""Signs of life over MQTT: a beat whose absence is the alarm, and a status that outlives us.

Source: https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html (3.1.2.5 will, 3.1.4 same client id)
"""

import logging
import threading
import zlib
from enum import StrEnum
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from services.monitor.courier import DeliveryError
from shared.settings import Mqtt

_KEEP_ALIVE_S = 15  # a broker misses us after one and a half of it, and tells our last will
_ARRIVAL_S = 3.0
_RETRY_LONGEST_S = 30
_AT_MOST_ONCE, _AT_LEAST_ONCE = 0, 1

_log = logging.getLogger(__name__)


class Status(StrEnum):
    """What the topic `.../status` holds, retained: for whoever asks at any time."""

    WATCHING = "watching"  # every camera
    LOST = "lost"  # a camera is not watched, not yet known to be, or nobody can tell
    OFFLINE = "offline"  # no monitor: told by ourselves when we stop, else by the broker


class Broker:
    """A connection that comes back by itself; its thread is the client's own.

    All monitors of an installation use one client id: where the lease goes to another, the broker first ends
    the old connection and tells its last will, and only then takes the new one, whose status is thus the
    last.

    Args:
        where: broker, user and topic.
    """

    def __init__(self, where: Mqtt) -> None:
        self._where = where
        self._status = Status.LOST
        self._refusal = "no connection yet"
        self._connected = threading.Event()
        self._telling = threading.Lock()
        self._client = self._opened()

    def _opened(self) -> paho.Client:
        name = f"kinestream-{zlib.crc32(self._where.topic.encode()):08x}"
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.will_set(self._status_topic, Status.OFFLINE, _AT_LEAST_ONCE, retain=True)
        if self._where.username is not None:
            password = self._where.password
            client.username_pw_set(
                self._where.username, None if password is None else password.get_secret_value()
            )
        if self._where.tls:
            client.tls_set()  # verifies against the system's authorities, or SSL_CERT_FILE
        client.reconnect_delay_set(1, _RETRY_LONGEST_S)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.connect_async(self._where.host, self._where.port, _KEEP_ALIVE_S)
        client.loop_start()
        return client

    @property
    def _status_topic(self) -> str:
        return f"{self._where.topic}/status"

    def say(self, status: Status) -> None:
        """Tell the status, now where there is a connection, and whenever there is a new one."""
        self._status = status
        if self._connected.is_set():
            self._tell_status(self._client)

    def deliver(self, content: bytes) -> None:
        """Publish a beat and wait until the broker has it; the status is told again with it.

        Raises:
            DeliveryError: it has not; the beat is thrown away, for told late it would be a lie.
        """
        if not self._connected.is_set():
            raise DeliveryError(f"{self._where.host}:{self._where.port}: {self._refusal}")
        self._tell_status(self._client)
        message = self._client.publish(self._where.topic, content, _AT_LEAST_ONCE)
        if not _arrived(message):
            self._end()  # this client would send it again whenever it is connected again
            self._client = self._opened()
            raise DeliveryError(f"{self._where.host}:{self._where.port}: not confirmed in time")

    def close(self, *, farewell: bool) -> None:
        """Leave; with `farewell` the status says so, else another monitor has taken over and says its own."""
        if self._connected.is_set() and farewell:
            self._status = Status.OFFLINE
            _arrived(self._client.publish(self._status_topic, Status.OFFLINE, _AT_LEAST_ONCE, retain=True))
        self._end()

    def _end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._connected.clear()

    def _tell_status(self, client: paho.Client) -> None:
        """At most once: what is not sent now is not sent later, when it may be wrong."""
        with self._telling:  # else the client's thread could still tell the status before, after the new one
            client.publish(self._status_topic, self._status, _AT_MOST_ONCE, retain=True)

    def _on_connect(self, client: paho.Client, *told: Any) -> None:
        reason = told[2]
        if reason.is_failure:
            self._note(f"refused: {reason}")
            return
        self._connected.set()
        self._tell_status(client)

    def _on_connect_fail(self, *_told: Any) -> None:
        self._note("cannot be reached")

    def _on_disconnect(self, *told: Any) -> None:
        self._connected.clear()
        if told[3].is_failure:
            self._note(f"connection lost: {told[3]}")

    def _note(self, refusal: str) -> None:
        if refusal != self._refusal:
            _log.info("MQTT broker %s:%d: %s; trying again", self._where.host, self._where.port, refusal)
        self._refusal = refusal


def _arrived(message: paho.MQTTMessageInfo) -> bool:
    """Whether the broker confirms the message in time."""
    try:
        message.wait_for_publish(_ARRIVAL_S)
        return message.is_published()
    except (RuntimeError, ValueError):  # paho's words for: not sent
        return False
