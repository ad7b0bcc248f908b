"""What the rules see of figures that move."""

from collections.abc import Sequence

from shared.actions.person import Instant, Memory, miss, observe, teach
from shared.actions.view import View
from shared.messages import Frame, Person
from shared.rules.moment import Moment
from shared.settings import Actions

SETTINGS = Actions()


def moments(
    frames: Sequence[Frame], view: View | None = None, tilt_deg: float | None = None
) -> tuple[list[Moment], View, Memory]:
    """Each moment of the first track of frames, what its camera knows then, and the track's memory."""
    view, memory = view or View(), Memory(1, 0)
    seen: list[Moment] = []
    for frame in frames:
        size_px = (frame.width_px, frame.height_px)
        now = Instant(frame.pts_us, frame.captured_us, size_px, view, tilt_deg)
        if frame.persons:
            memory, moment = observe(memory, frame.persons[0], now, SETTINGS)
            view = teach(view, moment, frame.persons[0], size_px)
        else:
            memory, moment = miss(memory, Person((0, 0, 1, 1), 0.5), now)
        seen.append(moment)
    return seen, view, memory
