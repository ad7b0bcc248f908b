"""What people do: features of bodies, postures, and rules that make events of a camera's tracks.

It knows neither bus nor workers: `watch(frames, settings)` is the whole of it, and `Watch` the same frame by
frame with a state that fits a checkpoint.
"""

from shared.actions.watch import CameraState, Watch, watch

__all__ = ["CameraState", "Watch", "watch"]
