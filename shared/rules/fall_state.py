"""What the fall rule remembers of one track."""

import msgspec

from shared.messages import Phase
from shared.rules.falling import Asked, Way

CANCEL_S = 0.5  # a suspicion ends when the body has been up again for so long ...
SUSPICION_S = 4.0  # ... or when nothing has confirmed it within this, of who is not low or not seen


class FallState(msgspec.Struct, frozen=True, array_like=True):
    """An open incident of one track, or none (`phase` None). Times in media microseconds, sums in seconds.

    `low_s` is what confirms: low time less the time upright with the hips up; `low_total_s` and `low_sum`
    make the mean. `low` is what it was when suspected, `asked` what the descent was held against.
    `upright_s` and `risen_s` are how long the body has been upright, and that with risen hips.
    `feet_y_px` is where the feet stood, `fallen_px` what the hips are under until they have risen;
    `newborn`: of a track that had hardly begun and is not surely a person's, so that its absence means
    nothing; `seat`: it sat before. `beside` is whether the picture's side cut the body off when last seen,
    `sided` whether it ever did since. Without an incident, `way` tells that the person is diving to the
    floor, seen at `seen_us`.
    """

    phase: Phase | None = None
    way: Way | None = None
    started_us: int = 0
    suspected_us: int = 0
    raised_us: int | None = None
    updates: int = 0
    seen_us: int = 0
    low_s: float = 0.0
    low_total_s: float = 0.0
    upright_s: float = 0.0
    risen_s: float = 0.0
    low_sum: float = 0.0
    low: float = 0.0
    asked: Asked = Asked()
    drop_m: float = 0.0
    sunk: float = 0.0
    speed_m_s: float | None = None
    feet_y_px: float | None = None
    fallen_px: float = 0.0
    hip_y_px: float = 0.0
    still_us: int = 0
    beside: bool = False
    newborn: bool = False
    seat: bool = False
    sided: bool = False

    @property
    def open(self) -> bool:
        return self.phase is not None

    @property
    def closed(self) -> bool:
        return self.phase in {Phase.RECOVERED, Phase.LOST}

    @property
    def explains(self) -> bool:
        """Whether an open fall is the reason for the posture, which then is no sitting down or lying down."""
        return self.open and (self.phase is not Phase.SUSPECTED or self.upright_s < CANCEL_S)

    @property
    def confidence(self) -> float:
        """Mean lowness over the time that was low, 0 to 1."""
        return min(1.0, self.low_sum / self.low_total_s) if self.low_total_s > 0 else 0.0
