"""Who is to be watched, and how, as the configuration says at this moment."""

import logging
from collections.abc import Callable

from services.monitor.heartbeat import Heartbeat
from services.monitor.watcher import Watcher
from shared import metrics
from shared.settings import ConfigWatch, Settings, pinned_of

_log = logging.getLogger(__name__)


class Charge:
    """Follows the configuration while it is edited; what is wrong in it changes nothing.

    Args:
        watch: of the configuration.
        watcher: told the cameras and the limits.
        heartbeat: told where to send signs of life.
        pin: told which cameras name their partition.
    """

    def __init__(
        self,
        watch: ConfigWatch,
        watcher: Watcher,
        heartbeat: Heartbeat,
        pin: Callable[[dict[str, int]], None],
    ) -> None:
        self._watch = watch
        self._watcher = watcher
        self._heartbeat = heartbeat
        self._pin = pin
        self._pinned = pinned_of(watch.settings)
        self._error = ""

    def look(self) -> None:
        """Follow the configuration."""
        settings = self._watch.look()
        metrics.config_age.labels("monitor").set(self._watch.age_s)
        self._tell(self._watch.error)
        if settings is not None:
            self._follow(settings)

    def _follow(self, settings: Settings) -> None:
        # A camera that is gone stays pinned: its standing is cleared where it lies.
        names = {camera.name for camera in settings.cameras}
        gone = {name: partition for name, partition in self._pinned.items() if name not in names}
        self._pinned = gone | pinned_of(settings)
        self._pin(self._pinned)
        self._watcher.follow(settings.cameras, settings.monitor)
        self._heartbeat.turn_to(settings.monitor.heartbeat)
        _log.info("the configuration has changed: %d cameras are watched over", len(names))

    def _tell(self, error: str) -> None:
        if error and error != self._error:
            metrics.config_errors.labels("monitor").inc()
            _log.warning("the configuration is wrong, the last good one is kept: %s", error)
        elif self._error and not error:
            _log.info("the configuration is good again")
        self._error = error
