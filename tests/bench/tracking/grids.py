"""What is tried when a peer is tuned: for each option its default, then the other values.

Tuning is one pass over the options in this order: each is set to what scores best with those before it. The
score is the mean of HOTA and IDF1 over the families of crowds. `clock` hands over media time, `seen` leaves
out coasting tracks; neither is a peer's default.
"""

from collections.abc import Mapping
from typing import Any

Grid = Mapping[str, tuple[Any, ...]]

_LIFE = {"lost_track_buffer": (30, 60), "clock": (False, True)}
_SURE = {
    "track_activation_threshold": (0.7, 0.6, 0.5),
    "high_conf_det_threshold": (0.6, 0.5, 0.4),
    "minimum_consecutive_frames": (2, 1),
}

GRIDS: Mapping[str, Grid] = {
    "supervision ByteTrack": {
        "track_activation_threshold": (0.25, 0.4, 0.5),
        "minimum_matching_threshold": (0.8, 0.9),
        "minimum_consecutive_frames": (1, 2, 3),
        "lost_track_buffer": (30, 60),
    },
    "norfair": {
        "distance_threshold": (0.5, 0.7, 0.9),
        "detection_threshold": (0, 0.3, 0.5),
        "seen": (False, True),
        "hit_counter_max": (15, 30),
        "initialization_delay": (None, 2),
    },
    "trackers SORT": {
        "track_activation_threshold": (0.25, 0.4, 0.5),
        "minimum_iou_threshold": (0.3, 0.2, 0.1),
        "minimum_consecutive_frames": (3, 2),
        **_LIFE,
    },
    "trackers ByteTrack": {**_SURE, "minimum_iou_threshold": (0.1, 0.2, 0.3), **_LIFE},
    "trackers C-BIoU": {
        **_SURE,
        "minimum_iou_threshold_first_assoc": (0.2, 0.1, 0.3),
        "minimum_iou_threshold_second_assoc": (0.5, 0.3),
        "buffer_ratio_first": (0.3, 0.5),
        **_LIFE,
    },
    "trackers BoT-SORT": {
        **_SURE,
        "minimum_iou_threshold_first_assoc": (0.2, 0.1, 0.3),
        "minimum_iou_threshold_second_assoc": (0.5, 0.3),
        **_LIFE,
    },
}


def combinations(grid: Grid) -> int:
    """How many settings one pass tries."""
    return 1 + sum(len(values) - 1 for values in grid.values())
