"""Which cameras are to be played, as the configuration says at this moment."""

import logging
from collections.abc import Callable

from services.ingest.playing.account import fingerprint
from services.ingest.playing.channel import Task
from services.ingest.playing.publisher import SOURCE_CHANGED
from services.ingest.playing.task import task_of
from shared import metrics
from shared.settings import Camera, ConfigWatch, Ingest, Settings, changed_sections, pinned_of

REMOVED = "removed from the configuration"
MOVED = "moved to another partition"
_LIVE = frozenset({"cameras", "ingest", "health"})  # what takes effect without a restart of this worker
_PINS = "venue"  # its worker must be restarted, but where its cameras lie is the same for all at once
_ELSEWHERE = frozenset({"monitor", "actions"})  # ... and what its own service watches

_log = logging.getLogger(__name__)


class Roster:
    """The cameras, and the runs that are to be ended because their camera is gone.

    Args:
        watch: of the configuration.
        pin: told which cameras name their partition.
        assign: the partition of a camera.
    """

    def __init__(
        self, watch: ConfigWatch, pin: Callable[[dict[str, int]], None], assign: Callable[[str], int]
    ) -> None:
        self._watch = watch
        self._pin = pin
        self._assign = assign
        self._settings = watch.settings
        self._told = ""
        self.farewells: dict[str, Task] = {}
        self._take(watch.settings)

    @property
    def ingest(self) -> Ingest:
        return self._settings.ingest

    @property
    def lease_s(self) -> float:
        return self._settings.bus.lease_s

    def look(self) -> None:
        """Follow the configuration."""
        settings = self._watch.look()
        self._tell_error()
        metrics.config_age.labels("ingest").set(self._watch.age_s)
        if settings is not None:
            self._follow(settings)

    def task(self, name: str) -> Task | None:
        """What is to be done with a camera; ending a run that nobody wants comes first."""
        return self.farewells.get(name) or self._tasks.get(name)

    @property
    def names(self) -> frozenset[str]:
        """The cameras with which something is to be done."""
        return frozenset(self._tasks.keys() | self.farewells.keys())

    def clear(self) -> None:
        """Nothing is to be done any more."""
        self._tasks.clear()
        self.farewells.clear()

    def _take(self, settings: Settings) -> None:
        self._settings = settings
        pinned = pinned_of(settings)
        cameras = (c.model_copy(update={"partition": pinned.get(c.name)}) for c in settings.cameras)
        self._tasks = {camera.name: task_of(settings, camera) for camera in cameras}
        metrics.hang_seconds.set(settings.ingest.hang_s)

    def _tell_error(self) -> None:
        error = self._watch.error
        if error and error != self._told:
            metrics.config_errors.labels("ingest").inc()
            _log.warning(
                "ingest: the configuration is wrong, the last good one is kept: %s",
                "; ".join(error.splitlines()),
            )
        elif self._told and not error:
            _log.info("ingest: the configuration is good again")
        self._told = error

    def _follow(self, new: Settings) -> None:
        old, changed = self._settings, changed_sections(self._settings, new)
        kept = sorted(changed - _LIVE - _ELSEWHERE)
        if kept:
            _log.warning("ingest: restart the workers for what was changed in: %s", ", ".join(kept))
        effective = old.model_copy(update={name: getattr(new, name) for name in (*_LIVE, _PINS)})
        before = {camera.name: camera for camera in old.cameras}
        after = {camera.name: camera for camera in effective.cameras}
        partitions = {name: self._assign(name) for name in before}
        self._pin(pinned_of(effective))
        for name, task in list(self.farewells.items()):
            if name in after and task.camera["partition"] == self._assign(name):
                del self.farewells[name]
        for name, camera in before.items():
            reason = self._over(camera, after.get(name), partitions[name])
            if reason:
                self.farewells[name] = _farewell(old, camera, partitions[name], reason)
        edited = {n for n in before.keys() & after.keys() if before[n] != after[n]}
        _tell(
            {
                "added": after.keys() - before.keys(),
                "removed": before.keys() - after.keys(),
                "changed": edited,
            }
        )
        self._take(effective)

    def _over(self, old: Camera, new: Camera | None, partition: int) -> str:
        """Why the run of a camera ends; empty where it goes on."""
        if new is None:
            return REMOVED
        if self._assign(new.name) != partition:
            return MOVED
        return SOURCE_CHANGED if fingerprint(new.source) != fingerprint(old.source) else ""


def _farewell(settings: Settings, camera: Camera, partition: int, reason: str) -> Task:
    """Ends a run where it was: the transport looks for the camera elsewhere by now."""
    return task_of(settings, camera.model_copy(update={"partition": partition}), reason)


def _tell(changes: dict[str, set[str]]) -> None:
    said = "; ".join(f"{what}: {', '.join(sorted(names))}" for what, names in changes.items() if names)
    _log.info("ingest: the configuration was changed: %s", said or "no camera")
