"""Time of live pictures: media time that only grows, and when each was taken."""

from dataclasses import dataclass
from fractions import Fraction

_JUMP_US = 5_000_000  # stamps that part so far from the time that passed are wrong, not late
_PATIENCE_US = 3_000_000  # late for so long: not a backlog that is being caught up, but time that is missing
_AHEAD_US = 30_000_000  # more than any server hands out at once for a start
_BACK_US = 200_000  # pictures out of order, not a clock that was set back
_LEAK = 0.001  # how much a clock may be slow: a bad crystal is a twentieth of that
_WRONG_RATES, _WITHIN_US = 3, 300_000_000  # so many corrections in this time: the stamps run at a wrong rate
_WRAPS = (2**32, 2**33)  # RTP (RFC 3550), MPEG transport streams (ISO/IEC 13818-1)
_WRAP_SLACK_S = 60
_NTP_SLACK_US = 5_000_000  # a camera's clock that is wrong by more tells nothing


@dataclass(frozen=True)
class _Anchor:
    """A stamp, the media time that it means, and when it came."""

    stamp: int
    media_us: int
    arrived_us: int


class LiveClock:
    """Turns a stream's stamps into media time: microseconds from 0 on that strictly increase.

    Steps of the stamps are kept as they are, with whatever rate they vary. The time of arrival, which
    network and server disturb, only guards them: where stamps jump, or part for long from the time that
    passed, as those of a camera that was frozen, media time goes on by arrival from there. Stamps that wrap
    around go on. Without stamps, and where they run at a wrong rate, media time is the time of arrival.

    Args:
        time_base: of the stamps, in seconds.
        stamped: whether the stamps are the stream's own.
    """

    def __init__(self, time_base: Fraction, *, stamped: bool) -> None:
        self._tick_us = time_base * 1_000_000
        self._wrap_slack = round(_WRAP_SLACK_S / time_base)
        self._stamped = stamped
        self._anchor: _Anchor | None = None
        self._last_us = -1  # media time of the last picture
        self._arrived_us = 0  # when it came
        self._stamp = 0
        self._lead_us = 0.0  # how far stamps ran ahead of arrival where they came soonest
        self._late_since_us: int | None = None
        self._corrected_us: list[int] = []

    @property
    def name(self) -> str:
        """What media time goes by."""
        return "stamps" if self._stamped else "arrival"

    def at(self, stamp: int | None, arrived_us: int) -> int:
        """Media time of the next picture.

        Args:
            stamp: the picture's time stamp.
            arrived_us: when it came, by a clock that nobody sets.
        """
        passed_us = max(0, arrived_us - self._arrived_us) if self._last_us >= 0 else 0
        if stamp is None or not self._stamped:
            self._anchor = None
            media_us = self._last_us + passed_us
        else:
            media_us = self._by_stamp(stamp, arrived_us, passed_us)
        self._arrived_us = max(arrived_us, self._arrived_us)
        self._last_us = max(media_us, self._last_us + 1)
        return self._last_us

    def _by_stamp(self, stamp: int, arrived_us: int, passed_us: int) -> int:
        anchor = self._anchor
        if anchor is None:
            self._drop_anchor(stamp, max(self._last_us + passed_us, 0), arrived_us)
            return self._media_us()
        stamp = self._unwrapped(stamp)
        step_us = (stamp - self._stamp) * self._tick_us
        if step_us < -_BACK_US or step_us > passed_us + _JUMP_US:
            self._drop_anchor(stamp, self._by_arrival_us(anchor, arrived_us), arrived_us)
        else:
            self._stamp = stamp
            if self._runs_wrong(anchor, arrived_us, passed_us):
                self._drop_anchor(stamp, self._by_arrival_us(anchor, arrived_us), arrived_us)
                self._correct(arrived_us)
        return self._media_us()

    def _unwrapped(self, stamp: int) -> int:
        """The stamp as if it had more bits."""
        for wrap in _WRAPS:
            rounds = round((self._stamp - stamp) / wrap)
            if rounds and abs(stamp + rounds * wrap - self._stamp) <= self._wrap_slack:
                return stamp + rounds * wrap
        return stamp

    def _runs_wrong(self, anchor: _Anchor, arrived_us: int, passed_us: int) -> bool:
        """Whether the stamps and the time that passed have parted for good."""
        lead_us = self._media_us() - anchor.media_us - (arrived_us - anchor.arrived_us)
        self._lead_us = max(lead_us, self._lead_us - _LEAK * passed_us)
        if self._lead_us - lead_us <= _JUMP_US:
            self._late_since_us = None
            return lead_us > _AHEAD_US
        if self._late_since_us is None:
            self._late_since_us = arrived_us
        return arrived_us - self._late_since_us > _PATIENCE_US

    def _correct(self, arrived_us: int) -> None:
        recent = [at for at in self._corrected_us if at > arrived_us - _WITHIN_US]
        self._corrected_us = [*recent, arrived_us]
        self._stamped = len(self._corrected_us) < _WRONG_RATES

    def _drop_anchor(self, stamp: int, media_us: int, arrived_us: int) -> None:
        self._anchor = _Anchor(stamp, max(media_us, self._last_us + 1), arrived_us)
        self._stamp = stamp
        self._lead_us = 0.0
        self._late_since_us = None

    def _by_arrival_us(self, anchor: _Anchor, arrived_us: int) -> int:
        return anchor.media_us + arrived_us - anchor.arrived_us + round(self._lead_us)

    def _media_us(self) -> int:
        assert self._anchor is not None
        return self._anchor.media_us + round((self._stamp - self._anchor.stamp) * self._tick_us)


class CaptureClock:
    """When pictures were taken: by the camera's clock where that is possible, otherwise when they arrived."""

    def __init__(self) -> None:
        self._name = "arrival"

    @property
    def name(self) -> str:
        """By which clock the last picture was taken, and why not by the camera's."""
        return self._name

    def at(self, camera_us: int | None, arrived_us: int) -> int:
        """Wall time at which a picture was taken.

        Args:
            camera_us: the camera's clock, where the stream tells it.
            arrived_us: ours, as the picture came.
        """
        if camera_us is None:
            self._name = "arrival"
            return arrived_us
        off_us = camera_us - arrived_us
        if abs(off_us) > _NTP_SLACK_US:
            self._name = (
                f"arrival, for the camera's clock is {_span(abs(off_us))} {'late' if off_us < 0 else 'early'}"
            )
            return arrived_us
        self._name = "camera"
        return min(camera_us, arrived_us)


def _span(us: int) -> str:
    hours = us / 3_600_000_000
    return f"{us / 1e6:.0f} s" if hours < 1 else f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
