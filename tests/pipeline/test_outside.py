"""What is seen from outside a worker: its metrics, its sign of life, what it says when it cannot work."""

import re
import socket
from urllib.request import urlopen

import pytest
from prometheus_client import generate_latest

from shared import metrics
from shared.bus.topology import STAGES
from shared.settings import Metrics
from tests.pipeline.play import Stand

NAME = re.compile(r"^# HELP (\S+)(?<!_created) ", re.MULTILINE)  # those only exist once there is a value


TRACKER = STAGES.index("tracker")  # its port is so many above that of the first stage


def free(port: int) -> bool:
    with socket.socket() as listener:
        return listener.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def port() -> int:
    """The first of the ports that nobody uses."""
    first = range(29_464, 39_464, len(STAGES))
    return next(port for port in first if free(port) and free(port + TRACKER))


def answer(port: int) -> str:
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as page:
            return str(page.read().decode())
    except OSError:
        return ""


def test_a_worker_shows_metrics_at_a_port_of_its_own_and_signs_of_life(stand: Stand, port: int) -> None:
    with stand.crew(["ingest", "tracker"], metrics=Metrics(port=port)) as crew:
        healths = [command.health for command in crew.commands if command.health is not None]
        stand.until(lambda: all(health.exists() for health in healths), "signs of life")
        touched = [health.stat().st_mtime for health in healths]
        stand.until(
            lambda: all(h.stat().st_mtime > t for h, t in zip(healths, touched, strict=True)), "more of them"
        )
        pages = [answer(port), answer(port + TRACKER)]
        assert stand.deaths() == []
    names = set(NAME.findall(pages[0]))
    assert names == set(NAME.findall(pages[1]))
    assert names == set(NAME.findall(generate_latest(metrics.registry).decode()))
    assert 'kinestream_partitions_owned{stage="tracker"}' in pages[1]
