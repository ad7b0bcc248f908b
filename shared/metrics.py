"""Every metric that Kinestream exports: name, type, unit and meaning. `camera` is the only label that
grows.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from shared import settings
from shared.bus.transport import Commit, Outcome
from shared.errors import UserError

registry = CollectorRegistry()


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(f"kinestream_{name}", meaning, labels, registry=registry)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(f"kinestream_{name}", meaning, labels, registry=registry)


messages = _counter("messages", "Frames whose outcome is committed", "stage")
skipped = _counter("skipped", "Live frames passed on untouched because they were late", "stage")
dead = _counter("dead_letters", "Messages sent to the dead letters", "stage")
commits = _counter("commits", "Commits by outcome: done, stale, rolled_back", "stage", "outcome")
cpu_seconds = _counter("cpu_seconds", "CPU time by part: compute, bus, codec", "stage", "part")
partitions = _gauge("partitions_owned", "Partitions this worker holds the lease of", "stage")
published = _counter("frames_published", "Frames stored on the bus", "camera")
dropped = _counter("frames_dropped", "Frames never stored, by reason", "camera", "reason")
relayed = _counter("events_relayed", "Events merged into ks:events")
window = _gauge("window_messages", "Bound: messages of one camera in flight")
retention_bytes = _gauge("retention_bytes", "Bound: frame bytes that one partition may hold")
heartbeats = _counter(
    "heartbeats", "Signs of life to the outside, by channel and outcome: ok, failed", "channel", "outcome"
)
monitor_leads = _gauge("monitor_leads", "1 where this monitor leads")
monitor_looked = _gauge(
    "monitor_looked_timestamp_seconds", "When this monitor last looked at the whole chain"
)
monitor_watched = _gauge(
    "monitor_cameras_watched", "Cameras that somebody watches, as the leading monitor sees it"
)
monitor_lost = _gauge("monitor_cameras_lost", "Cameras that nobody watches, as the leading monitor sees it")
batch_size = _gauge("batch_messages", "Bound: messages read from one partition at a time", "stage")


class EndpointError(UserError):
    """The metrics cannot be offered where the configuration says."""


def serve(where: settings.Metrics) -> None:
    """Answer Prometheus at the configured port from now on, in a thread; nothing without a port.

    Raises:
        EndpointError: the address is taken, not ours, or not allowed.
    """
    if where.port is None:
        return
    try:
        start_http_server(where.port, where.host, registry)
    except OSError as error:
        raise EndpointError(
            f"metrics.port: {where.host}:{where.port} cannot be used ({error.strerror}): give another port"
        ) from None


class StageMetrics:
    """The metrics of one worker of one stage."""

    def __init__(self, stage: str) -> None:
        self._stage = stage

    def owned(self, count: int) -> None:
        partitions.labels(self._stage).set(count)

    def committed(self, commit: Commit, outcome: Outcome) -> None:
        """Count a commit; only one that took effect counts its messages."""
        commits.labels(self._stage, outcome.name.lower()).inc()
        if outcome is not Outcome.DONE:
            return
        counts = commit.counts
        taken = counts.get(f"{self._stage}:frames", 0)
        messages.labels(self._stage).inc(taken)
        dead.labels(self._stage).inc(len(commit.dead))
        skipped.labels(self._stage).inc(counts.get(f"{self._stage}:skipped", 0))
        for part in ("compute", "bus", "codec"):
            cpu_seconds.labels(self._stage, part).inc(counts.get(f"cpu_us:{self._stage}:{part}", 0) / 1e6)
