"""What is exported of pictures in memory, and what happens when the metrics cannot be offered."""

import socket

import pytest
from prometheus_client import CollectorRegistry

from shared import metrics
from shared.bus.frames import Held
from shared.models.account import Inference
from shared.settings import Metrics


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(metrics.EndpointError, match=rf"^metrics\.port: 127\.0\.0\.1:{port} .*in use"):
            metrics.serve(Metrics(port=port))


def test_without_a_port_nothing_is_offered() -> None:
    metrics.serve(Metrics())


def test_memory_taken_for_pictures_is_looked_up_at_each_question() -> None:
    held = [Held("hall", 50, 1000), Held("hall", 10, 200), Held("bedroom", 50, 500)]
    registry = CollectorRegistry()
    registry.register(metrics.Pictures(lambda: held, 4000))

    def value(name: str, camera: str) -> float | None:
        return registry.get_sample_value(f"kinestream_picture_{name}", {"camera": camera})

    assert [value(name, "hall") for name in ("bytes", "slots")] == [1200, 60]
    assert [value(name, "bedroom") for name in ("bytes", "slots")] == [500, 50]
    assert registry.get_sample_value("kinestream_picture_limit_bytes") == 4000
    held.clear()
    assert value("bytes", "hall") is None


def test_runs_of_models_are_counted_with_their_padding() -> None:
    def value(name: str, **labels: str) -> float:
        return (
            metrics.registry.get_sample_value(f"kinestream_model_{name}", {"model": "toy", **labels}) or 0.0
        )

    models = metrics.ModelMetrics()
    models.limited("toy", 8)
    models.inferred(Inference("toy", items=8, size=8, seconds=0.004))
    models.inferred(Inference("toy", items=3, size=4, seconds=0.03))
    models.halved("toy")
    models.limited("toy", 4)
    assert (value("items_sum"), value("items_count"), value("padding_total")) == (11, 2, 1)
    assert (value("items_bucket", le="4.0"), value("seconds_bucket", le="0.005")) == (1, 1)
    assert (value("halvings_total"), value("largest_batch")) == (1, 4)
