"""Pictures that come a segment at a time, handed on at their own pace."""

from collections.abc import Callable

from services.ingest.pace import Pacer

_LATE_S = 0.1  # what is no later is on time
_WAITED_S = 2.0  # a delay up to this is kept from then on, so that the next one does no harm
_HURRY_S = 10.0  # later pictures are handed on at once, to catch up; not for longer than this
_FAR_S = 20.0  # so far ahead, the stream left something out


class Evener:
    """Says how long to hold each picture back.

    A segment's pictures are there at once, and whoever plays a live camera keeps only the newest: without
    this, one picture of each segment would be seen.

    Args:
        clock: monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pacer = Pacer(clock)
        self._late_since_s: float | None = None

    def wait_s(self, pts_us: int) -> float:
        """Seconds to hold back the picture of this media time."""
        due_s = self._pacer.due_in_s(pts_us)
        if due_s >= -_LATE_S:
            self._late_since_s = None
            if due_s > _FAR_S:
                return self._again(pts_us)
            return max(due_s, 0.0)
        if self._late_since_s is None and due_s >= -_WAITED_S:
            return self._again(pts_us)
        now_s = self._clock()
        if self._late_since_s is None:
            self._late_since_s = now_s
        if now_s - self._late_since_s > _HURRY_S:
            return self._again(pts_us)
        return 0.0

    def _again(self, pts_us: int) -> float:
        """This picture is on time, whatever was before."""
        self._late_since_s = None
        self._pacer = Pacer(self._clock)
        return self._pacer.due_in_s(pts_us)
