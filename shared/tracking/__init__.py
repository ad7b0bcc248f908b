"""Following people from picture to picture: a tracker that stands by itself, without bus or messages.

    tracker = Tracker(Policy.bytetrack())
    found = tracker.step(pts_us, Observations(boxes, scores))
    found.ids, found.states, found.lost, found.removed

All tracks of a camera are rows of arrays; ids start at 1, are unique in the camera and never used again.
"""

from shared.tracking.found import Found
from shared.tracking.observations import Lost, Observations, State
from shared.tracking.policy import PRESETS, Policy, policy_of
from shared.tracking.tracker import Tracker
from shared.tracking.tracks import Memory

__all__ = ["PRESETS", "Found", "Lost", "Memory", "Observations", "Policy", "State", "Tracker", "policy_of"]
