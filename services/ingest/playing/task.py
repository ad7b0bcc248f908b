"""Settings on their way to a player: through its socket, so that no secret stands in a command line."""

from pydantic import BaseModel

from services.ingest.playing.channel import Task
from services.ingest.playing.publisher import Job
from shared.bus.transport import Budget
from shared.settings import Bus, Camera, Frames, Health, Ingest, Settings

_OF_RULES = {
    "zones",
    "lines",
    "rules",
    "tilt_deg",
}  # nothing that a player knows: to draw one starts no camera anew


def task_of(settings: Settings, camera: Camera, farewell: str = "") -> Task:
    """What a player of this camera needs."""
    bus = _plain(settings.bus)
    if settings.bus.url is not None:
        bus["url"] = settings.bus.url.get_secret_value()
    health = camera.health or settings.health
    seen = camera.model_dump(mode="json", exclude=_OF_RULES)
    return Task(seen, bus, _plain(settings.ingest), _plain(health), _plain(settings.frames), farewell)


def bus_of(task: Task) -> Bus:
    return Bus.model_validate(task.bus)


def frames_of(task: Task) -> Frames:
    return Frames.model_validate(task.frames)


def job_of(task: Task) -> Job:
    """The task as the publisher takes it."""
    return Job(
        Camera.model_validate(task.camera),
        budget_of(bus_of(task)),
        Ingest.model_validate(task.ingest),
        Health.model_validate(task.health),
    )


def budget_of(bus: Bus) -> Budget:
    """What one camera may hold on the bus."""
    return Budget(bus.window, round(bus.retention_s * 1000), round(bus.retention_mb * 1e6))


def _plain(section: BaseModel) -> dict[str, object]:
    return section.model_dump(mode="json")
