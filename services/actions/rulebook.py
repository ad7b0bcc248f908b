"""The rules as the configuration says at this moment."""

import logging

from shared import metrics
from shared.actions import Watch
from shared.settings import ConfigWatch, Settings, Work

_log = logging.getLogger(__name__)


class Rulebook:
    """Follows zones, lines and options of rules while the file is edited; what is wrong changes nothing.

    What is remembered of tracks stays: it is the camera's checkpoint, of which no configuration is a part.

    Args:
        config: the file; None: nothing ever changes.
        watch: the rules as they were loaded.
    """

    def __init__(self, config: ConfigWatch | None, watch: Watch) -> None:
        self._config = config
        self._watch = watch
        self._settings = None if config is None else config.settings
        self._told = ""

    def look(self) -> Watch:
        """The rules that are in force; looks at the file about once a second."""
        if self._config is None:
            return self._watch
        settings = self._config.look()
        metrics.config_age.labels("actions").set(self._config.age_s)
        self._tell(self._config.error)
        if settings is not None:
            self._follow(settings)
        return self._watch

    def _follow(self, new: Settings) -> None:
        old, self._settings = self._settings, new
        assert old is not None
        if old.actions == new.actions and old.cameras == new.cameras:
            return
        self._watch = Watch(new.actions, new.cameras)
        fixed = [
            name for name in Work.model_fields if getattr(old.actions, name) != getattr(new.actions, name)
        ]
        if fixed:
            _log.warning("actions: restart the workers for what was changed in: %s", ", ".join(fixed))
        _log.info("actions: the configuration was changed: rules, zones and lines are as it says now")

    def _tell(self, error: str) -> None:
        if error and error != self._told:
            metrics.config_errors.labels("actions").inc()
            said = "; ".join(error.splitlines())
            _log.warning("actions: the configuration is wrong, the last good one is kept: %s", said)
        elif self._told and not error:
            _log.info("actions: the configuration is good again")
        self._told = error
