"""Every metric that Kinestream exports: name, type, unit and meaning. `camera` is the only label that
grows; `model` is one of the registry's names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared import settings
from shared.bus.frames import Held
from shared.bus.transport import Commit, Outcome
from shared.errors import UserError
from shared.models.account import Inference, account
from shared.statistics import noted_key

registry = CollectorRegistry()


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(f"kinestream_{name}", meaning, labels, registry=registry)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(f"kinestream_{name}", meaning, labels, registry=registry)


def _histogram(name: str, meaning: str, bounds: Sequence[float], *labels: str) -> Histogram:
    return Histogram(f"kinestream_{name}", meaning, labels, buckets=bounds, registry=registry)


_SIZES = tuple(1 << power for power in range(9))  # batches
_INFERENCE_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)

messages = _counter("messages", "Frames whose outcome is committed", "stage")
noted = _counter(
    "noted",
    "What a stage itself counts; venue: places, merged, left, unaligned, lightened (see its page)",
    "stage",
    "what",
)
behind = _gauge("behind_messages", "Messages that wait for a stage beside the chain", "stage")
behind_dropped = _gauge(
    "behind_dropped_messages",
    "Messages a stage beside the chain stood too far behind to read, in all",
    "stage",
)
behind_limit = _gauge(
    "behind_limit_messages", "Bound: messages of a partition kept for a stage beside the chain"
)
venue_people = _gauge("venue_people", "People whom a camera of the venue sees now", "venue")
venue_held = _gauge("venue_held_frames", "Pictures that wait for the venue's other cameras", "venue")
venue_clock = _gauge("venue_clock_offset_seconds", "What is added to the clock of a venue's camera", "camera")
venue_memory = _gauge("venue_memory_bytes", "What the venue remembers, as its checkpoint holds it", "venue")
venue_memory_limit = _gauge("venue_memory_limit_bytes", "Bound: a venue's checkpoint")
skipped = _counter("skipped", "Live frames passed on untouched because they were late", "stage")
dead = _counter("dead_letters", "Messages sent to the dead letters", "stage")
commits = _counter("commits", "Commits by outcome: done, stale, rolled_back", "stage", "outcome")
cpu_seconds = _counter("cpu_seconds", "CPU time by part: compute, bus, codec", "stage", "part")
partitions = _gauge("partitions_owned", "Partitions this worker holds the lease of", "stage")
published = _counter("frames_published", "Frames stored on the bus", "camera")
dropped = _counter("frames_dropped", "Frames never stored, by reason", "camera", "reason")
camera_up = _gauge("camera_up", "1 while pictures of the camera are being published, else 0", "camera")
camera_frame_age = _gauge("camera_frame_age_seconds", "How long ago the camera's last picture came", "camera")
camera_reconnects = _counter("camera_reconnects", "Sources opened again after they failed", "camera")
camera_kills = _counter("camera_kills", "Processes of a camera killed because they hung", "camera")
camera_deaths = _counter("camera_deaths", "Processes of a camera that died, killed ones included", "camera")
config_errors = _counter("config_errors", "Edits of the configuration that were refused", "service")
config_age = _gauge("config_age_seconds", "Age of the configuration in use since it was loaded", "service")
relayed = _counter("events_relayed", "Events merged into ks:events")
places_relayed = _counter("places_relayed", "Places of a venue's people merged into ks:venue")
window = _gauge("window_messages", "Bound: messages of one camera in flight")
retention_bytes = _gauge("retention_bytes", "Bound: frame bytes that one partition may hold")
hang_seconds = _gauge("hang_seconds", "Bound: silence of a camera's process beyond its time limits")
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
pose_ignored = _counter(
    "pose_frames_ignored", "Live frames passed on because MediaPipe gave no result in time", "camera"
)
pose_landmarkers = _gauge("pose_landmarkers", "MediaPipe landmarkers that are open")
batch_size = _gauge("batch_messages", "Bound: messages read from one partition at a time", "stage")
fill_frames = _gauge("fill_frames", "Wanted: messages of all partitions in one batch", "stage")
batch_frames = _histogram("batch_frames", "Frames of different cameras processed at once", _SIZES, "stage")
fill_seconds = _counter(
    "fill_seconds", "Time batches waited for more messages after the first had come", "stage"
)
model_items = _histogram("model_items", "Pictures in one run of a model, padding left out", _SIZES, "model")
model_padding = _counter(
    "model_padding",
    "Places of a model's batches that were padding; beside model_items_sum: its share",
    "model",
)
model_seconds = _histogram(
    "model_seconds", "Time of one run of a model, copies included", _INFERENCE_S, "model"
)
model_halvings = _counter("model_halvings", "Batches halved because the GPU's memory was full", "model")
model_largest = _gauge("model_largest_batch", "Bound: pictures in one run of a model", "model")


class Pictures(Collector):
    """What is kept in shared memory, looked up whenever somebody asks."""

    def __init__(self, held: Callable[[], Sequence[Held]], bound_bytes: float) -> None:
        self._held = held
        self._bound_bytes = bound_bytes

    def collect(self) -> Iterator[Metric]:
        size = GaugeMetricFamily(
            "kinestream_picture_bytes", "Shared memory taken for a camera's pictures", labels=["camera"]
        )
        slots = GaugeMetricFamily(
            "kinestream_picture_slots", "Pictures of a camera that fit there at once", labels=["camera"]
        )
        held = self._held()
        for camera in sorted({each.camera for each in held}):
            size.add_metric([camera], sum(each.size_bytes for each in held if each.camera == camera))
            slots.add_metric([camera], sum(each.slots for each in held if each.camera == camera))
        yield from (size, slots)
        yield GaugeMetricFamily(
            "kinestream_picture_limit_bytes",
            "Bound: shared memory that one camera's pictures may take",
            value=self._bound_bytes,
        )

    def describe(self) -> Iterator[Metric]:
        return iter(())  # nothing is looked up before the first question


def watch_pictures(held: Callable[[], Sequence[Held]], bound_bytes: float) -> None:
    """Export what `held` says from now on; one process of a host is enough."""
    registry.register(Pictures(held, bound_bytes))


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


@dataclass(frozen=True)
class CameraCounts:
    """What a camera's process counted since it was last heard."""

    published: int
    reconnects: int
    dropped: Mapping[str, int]


def camera_beat(camera: str, counts: CameraCounts, *, playing: bool, age_s: float | None) -> None:
    """Take over what a camera's process says; `age_s` of its last picture, None before the first."""
    published.labels(camera).inc(counts.published)
    camera_reconnects.labels(camera).inc(counts.reconnects)
    for reason, count in counts.dropped.items():
        dropped.labels(camera, reason).inc(count)
    camera_up.labels(camera).set(int(playing))
    if age_s is not None:
        camera_frame_age.labels(camera).set(age_s)


def camera_gone(camera: str) -> None:
    """No process of ours plays the camera: what it counted stays, what it was is no longer known."""
    for gauge in (camera_up, camera_frame_age):
        with suppress(KeyError):
            gauge.remove(camera)


class ModelMetrics:
    """What the models of this process do; see `shared.models.account`."""

    def inferred(self, inference: Inference) -> None:
        model_items.labels(inference.model).observe(inference.items)
        model_padding.labels(inference.model).inc(inference.size - inference.items)
        model_seconds.labels(inference.model).observe(inference.seconds)

    def limited(self, model: str, largest: int) -> None:
        model_largest.labels(model).set(largest)

    def halved(self, model: str) -> None:
        model_halvings.labels(model).inc()


def watch_models() -> None:
    """Count from now on what the models of this process do."""
    account.listen(ModelMetrics())


class StageMetrics:
    """The metrics of one worker of one stage."""

    def __init__(self, stage: str) -> None:
        self._stage = stage

    def owned(self, count: int) -> None:
        partitions.labels(self._stage).set(count)

    def processing(self, frames: int) -> None:
        """The stage gets so many frames at once, each of another camera."""
        batch_frames.labels(self._stage).observe(frames)

    def filled(self, waited_s: float) -> None:
        """A batch begins that waited so long for messages after its first."""
        fill_seconds.labels(self._stage).inc(waited_s)

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
        prefix = noted_key(self._stage, "")
        for key, count in counts.items():
            if key.startswith(prefix):
                noted.labels(self._stage, key.removeprefix(prefix)).inc(count)
        for part in ("compute", "bus", "codec"):
            cpu_seconds.labels(self._stage, part).inc(counts.get(f"cpu_us:{self._stage}:{part}", 0) / 1e6)
