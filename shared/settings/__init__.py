"""The configuration of all workers; see `load`."""

from shared.section import Section
from shared.settings.cameras import Camera, Health, Ingest
from shared.settings.errors import SettingsError
from shared.settings.loading import OTHER_VARIABLES, Settings, load
from shared.settings.monitor import Heartbeat, Monitor, Mqtt
from shared.settings.server import Bus, Frames, Metrics, Runtime
from shared.settings.stages import (
    Actions,
    Detector,
    Enriching,
    MediaPipe,
    Pose,
    ReId,
    Segmentation,
    Tracker,
    Work,
)
from shared.settings.venue import Area, Effort, Fusion, Venue, VenueCamera
from shared.settings.watch import ConfigWatch, changed_sections, pinned_of

__all__ = [
    "OTHER_VARIABLES",
    "Actions",
    "Area",
    "Bus",
    "Camera",
    "ConfigWatch",
    "Detector",
    "Effort",
    "Enriching",
    "Frames",
    "Fusion",
    "Health",
    "Heartbeat",
    "Ingest",
    "MediaPipe",
    "Metrics",
    "Monitor",
    "Mqtt",
    "Pose",
    "ReId",
    "Runtime",
    "Section",
    "Segmentation",
    "Settings",
    "SettingsError",
    "Tracker",
    "Venue",
    "VenueCamera",
    "Work",
    "changed_sections",
    "load",
    "pinned_of",
]
