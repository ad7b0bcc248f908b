"""What happens when the metrics cannot be offered."""

import socket

import pytest

from shared import metrics
from shared.settings import Metrics


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(metrics.EndpointError, match=rf"^metrics\.port: 127\.0\.0\.1:{port} .*in use"):
            metrics.serve(Metrics(port=port))


def test_without_a_port_nothing_is_offered() -> None:
    metrics.serve(Metrics())
