"""The sign of life, to a real web server and a real broker."""

import logging
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr, ValidationError

from services.monitor.broker import Status
from services.monitor.courier import Courier, DeliveryError
from services.monitor.heartbeat import Heartbeat, MqttChannel
from services.monitor.ping import Ping
from services.monitor.watcher import Outlook
from shared import metrics, settings
from shared.settings import Mqtt, SettingsError, load
from tests.conftest import Clock
from tests.services.monitor.outside import Broker, Listener, Web, needs_broker, until

WATCHED = Outlook(watched=frozenset({"hall"}))
TOPIC = "house/heartbeat"
STATUS = f"{TOPIC}/status"
SECRET = "s3cr3t-token"


@pytest.fixture
def web() -> Iterator[Web]:
    with Web().serving() as serving:
        yield serving


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path).running() as running:
        yield running


def heartbeat(clock: Clock, **changes: Any) -> Heartbeat:
    return Heartbeat(settings.Heartbeat(**changes), clock.now_s)


def asked(web: Web, times: int) -> None:
    until(lambda: len(web.asked) >= times, f"{times} pings")
    assert len(web.asked) == times


def counted(channel: str, outcome: str) -> float:
    labels = {"channel": channel, "outcome": outcome}
    return metrics.registry.get_sample_value("kinestream_heartbeats_total", labels) or 0.0


@pytest.mark.parametrize(
    "outlook",
    [
        Outlook(),
        Outlook(watched=frozenset({"hall"}), unsure=frozenset({"attic"})),
        Outlook(watched=frozenset({"hall"}), lost={"attic": "pose: no worker for 9 s"}),
    ],
)
def test_a_ping_comes_only_while_every_camera_is_watched(web: Web, clock: Clock, outlook: Outlook) -> None:
    beating = heartbeat(clock, every_s=30, url=SecretStr(f"http://{web.address}/ping/{SECRET}"))
    for second in range(90):
        clock.advance(1000)
        beating.follow(WATCHED if second < 40 else outlook)
        asked(web, 1 if second < 30 else 2)
    beating.close()
    assert [path for path, _ in web.asked] == [f"/ping/{SECRET}"] * 2


def test_nothing_comes_while_the_bus_is_away_and_all_again_when_it_is_back(web: Web, clock: Clock) -> None:
    beating = heartbeat(clock, every_s=30, url=SecretStr(f"http://{web.address}/"))
    for second in range(100):
        clock.advance(1000)
        if 10 < second < 75:
            beating.blind()
        else:
            beating.follow(WATCHED)
        asked(web, 1 if second < 75 else 2)
    beating.close()


@pytest.mark.parametrize(
    ("status", "location", "said"),
    [(500, "", "127.0.0.1 answers 500"), (302, "file:///etc/passwd", "redirects are not followed")],
)
def test_an_answer_that_is_no_success_is_a_failure(web: Web, status: int, location: str, said: str) -> None:
    web.status, web.location = status, location
    with pytest.raises(DeliveryError, match=said):
        Ping(f"http://{web.address}/{SECRET}").deliver(b"")
    assert len(web.asked) == 1


def test_user_and_password_travel_in_a_header_and_not_in_the_address(web: Web) -> None:
    Ping(f"http://nurse:pa%20ss@{web.address}/x?y=1").deliver(b"")
    [(path, headers)] = web.asked
    assert path == "/x?y=1"
    assert headers["Authorization"] == "Basic bnVyc2U6cGEgc3M="
    assert headers["Host"] == web.address


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/{}", "http://{}@127.0.0.1:1/", "http://{}.invalid/"])
def test_what_is_logged_of_a_failure_holds_no_secret(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    before = counted("http", "failed")
    courier = Courier("http", Ping(url.format(SECRET if "invalid" not in url else "nowhere")).deliver)
    courier.send(b"")
    until(lambda: counted("http", "failed") == before + 1, "a failure")
    courier.close(1)
    assert "did not arrive" in caplog.text
    assert SECRET not in caplog.text
    assert SECRET not in generate_latest(metrics.registry).decode()


def test_a_server_that_never_answers_holds_nobody_up_and_each_miss_is_counted(web: Web, clock: Clock) -> None:
    web.pause.clear()
    before = counted("http", "failed")
    beating = heartbeat(clock, every_s=1, url=SecretStr(f"http://{web.address}/"))
    beating.follow(WATCHED)
    until(lambda: len(web.asked) == 1, "the first")
    for _ in range(5):
        clock.advance(1000)
        beating.follow(WATCHED)
    assert counted("http", "failed") == before + 4  # one waits behind the first
    web.pause.set()
    beating.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-days", "1", "-nodes"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *subject,
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    web = Web()
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificate, key)
    web._server.socket = trust.wrap_socket(web._server.socket, server_side=True)
    with web.serving(), pytest.raises(DeliveryError, match="its certificate is refused: self-signed"):
        Ping(f"https://{web.address}/{SECRET}").deliver(b"")
    assert web.asked == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "http://", "http://a b/", "https://x:y/"])
def test_only_web_addresses_are_taken_and_none_is_repeated(url: str) -> None:
    with pytest.raises(ValidationError, match="is not an http:// or https:// URL"):
        settings.Heartbeat(url=SecretStr(url))


@needs_broker
def test_a_broker_gets_beats_and_a_status_that_stays(broker: Broker, clock: Clock) -> None:
    beating = heartbeat(clock, every_s=30, mqtt=Mqtt(host="127.0.0.1", port=broker.port, topic=TOPIC))
    with Listener(broker.port) as listener:
        beating.follow(Outlook(unsure=frozenset({"hall"})))
        listener.await_last(STATUS, b"lost")
        assert listener.told(TOPIC) == []
        beating.follow(WATCHED)
        until(lambda: len(listener.told(TOPIC)) == 1, "a beat")
        listener.await_last(STATUS, b"watching")
        assert msgspec.json.decode(listener.told(TOPIC)[0])["cameras"] == ["hall"]
        with Listener(broker.port) as late:
            until(lambda: len(late.heard) == 1, "what is retained")
            assert late.heard == [(STATUS, b"watching", True)]
        beating.blind()
        listener.await_last(STATUS, b"lost")
        beating.close()
        listener.await_last(STATUS, b"offline")


@needs_broker
def test_a_monitor_that_only_hands_over_does_not_say_that_nobody_is_there(
    broker: Broker, clock: Clock
) -> None:
    first, second = (
        heartbeat(clock, mqtt=Mqtt(host="127.0.0.1", port=broker.port, topic=TOPIC)) for _ in range(2)
    )
    with Listener(broker.port) as listener:
        first.follow(WATCHED)
        listener.await_last(STATUS, b"watching")
        first.stand_by()
        second.follow(WATCHED)
        until(lambda: listener.told(STATUS)[-2:] == [b"watching"] * 2, "the second's status")
        assert b"offline" not in listener.told(STATUS)
        second.close()


@needs_broker
def test_a_beat_is_not_kept_for_later_when_the_broker_is_away(
    broker: Broker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    failed = counted("mqtt", "failed")
    channel = MqttChannel(Mqtt(host="127.0.0.1", port=broker.port, topic=TOPIC))
    channel.say(Status.WATCHING)
    with Listener(broker.port) as listener:
        listener.await_last(STATUS, b"watching")
    broker.kill()
    until(lambda: "connection lost" in caplog.text or not channel._broker._connected.is_set(), "noticed")
    channel.beat(b"too late")
    until(lambda: counted("mqtt", "failed") == failed + 1, "a failure")
    broker.start()
    with Listener(broker.port) as listener:
        listener.await_last(STATUS, b"watching")
        channel.beat(b"in time")
        listener.await_last(TOPIC, b"in time")
        assert b"too late" not in listener.told(TOPIC)
        channel.close(farewell=True)


@needs_broker
def test_a_wrong_password_is_said_without_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("")
    subprocess.run(
        ["mosquitto_passwd", "-b", str(passwords), "nurse", SECRET], check=True, capture_output=True
    )
    caplog.set_level(logging.DEBUG)
    with Broker(tmp_path, ["allow_anonymous false", f"password_file {passwords}"]).running() as broker:
        where = Mqtt(
            host="127.0.0.1",
            port=broker.port,
            topic=TOPIC,
            username="nurse",
            password=SecretStr(SECRET),
        )
        right = MqttChannel(where)
        right.say(Status.WATCHING)
        with Listener(broker.port, "nurse", SECRET) as listener:
            listener.await_last(STATUS, b"watching")
        right.close(farewell=True)
        wrong = MqttChannel(where.model_copy(update={"password": SecretStr(f"{SECRET}x")}))
        until(lambda: "refused: Not authorized" in caplog.text, "a refusal")
        wrong.beat(b"")
        until(lambda: "Not authorized" in caplog.text, "a failure")
        wrong.close(farewell=True)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("mqtt", "said"),
    [
        ("{host: h, password_file: x}", "a password is given without username"),
        ("{host: h, topic: 'a/#'}", "topic"),
        ("{host: ''}", "host"),
    ],
)
def test_a_broker_that_cannot_be_meant_is_refused(tmp_path: Path, mqtt: str, said: str) -> None:
    config = tmp_path / "kinestream.yaml"
    config.write_text(f"monitor: {{heartbeat: {{mqtt: {mqtt}}}}}")
    with pytest.raises(SettingsError, match=said):
        load(config)
