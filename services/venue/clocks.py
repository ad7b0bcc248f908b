"""How far the cameras' clocks are apart, learnt from people whom several of them see while they move."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEMORY_S = 30.0  # what was seen longer ago counts less
# Before it is believed, the paths that two cameras have seen of the same people must be so long: sum of speed
# squared times seconds, 20 m^2/s is one person who walks for ten seconds.
ENOUGH = 20.0
MOST_S = 2.0  # clocks that are farther apart never bring two sightings together; they must be configured
RATE_PER_S = 0.5  # share of what is found to be wrong that is corrected within a second


class Clocks:
    """Offsets of C cameras, in seconds to be added to each one's time.

    Two cameras see one person who moves with velocity v at places that differ by v times the difference of
    their clocks; least squares over all that they see together gives it. A standing person tells nothing.
    """

    def __init__(self, configured_s: Sequence[float | None]) -> None:
        """`configured_s`: None for a clock that is to be estimated (beside the first, if all are)."""
        self.offsets_s: Floats = np.array([offset or 0.0 for offset in configured_s])
        fixed = np.array([offset is not None for offset in configured_s], bool)
        if not fixed.any():
            fixed[:1] = True
        self._free = np.flatnonzero(~fixed)
        size = (len(self.offsets_s), len(self.offsets_s))
        self.moved: Floats = np.zeros(size)  # sum of v.(p_row - p_column) of what both saw
        self.speed: Floats = np.zeros(size)  # sum of v.v

    @property
    def learning(self) -> bool:
        """Whether there is a clock to estimate."""
        return bool(len(self._free))

    def learnt(self) -> tuple[Floats, Floats, Floats]:
        """The offsets, and the sums that they follow from."""
        return self.offsets_s, self.moved, self.speed

    def restore(self, offsets_s: Floats, moved: Floats, speed: Floats) -> None:
        """Go on with what `learnt` told of clocks of the same cameras."""
        self.offsets_s, self.moved, self.speed = offsets_s, moved, speed

    def learn(
        self, camera: int, others: NDArray[np.int64], offset_m: Floats, velocity: Floats, lasted_s: float
    ) -> None:
        """Note N sightings of `camera` beside those of one and the same person by `others`.

        Args:
            camera: index of the camera.
            others: (N,) indices of the other cameras.
            offset_m: (N, 2) from the other's place to this one's, both told for the same moment.
            velocity: (N, 2) of the person.
            lasted_s: how much time these sightings stand for.
        """
        size = len(self.offsets_s)
        along, squared = (velocity * offset_m).sum(axis=1), (velocity**2).sum(axis=1)
        self.moved[camera] += lasted_s * np.bincount(others, along, size)
        self.speed[camera] += lasted_s * np.bincount(others, squared, size)

    def settle(self, elapsed_s: float) -> None:
        """Move the offsets towards what was learnt, and let the old fade."""
        if self.learning and elapsed_s > 0:
            self._correct(min(RATE_PER_S * elapsed_s, 1.0))
        fade = np.exp(-elapsed_s / MEMORY_S)
        self.moved *= fade
        self.speed *= fade

    def _correct(self, share: float) -> None:
        """One damped step of least squares: minimise the sum of speed * (lead - (o_column - o_row))^2."""
        moved, speed = self.moved - self.moved.T, self.speed + self.speed.T
        weight = speed * (speed >= ENOUGH)
        free = self._free[weight[self._free].any(axis=1)]
        if not len(free):
            return
        # A camera whose clock is behind gives its sightings too early a time: told for the same moment, its
        # person seems to be ahead, p_row - p_column = v * (o_row - o_column) with o what is to be added.
        laplacian = np.diag(weight.sum(axis=1)) - weight
        wanted = (moved * (speed >= ENOUGH)).sum(axis=1)
        step = np.linalg.lstsq(laplacian[np.ix_(free, free)], wanted[free], rcond=None)[0]
        before = self.offsets_s[free]
        after = np.clip(before + share * step, -MOST_S, MOST_S)
        self.offsets_s[free] = after
        # What was learnt with the old offsets is told as it would be with the new ones.
        change = np.zeros(len(self.offsets_s))
        change[free] = after - before
        self.moved -= self.speed * (change[:, None] - change[None, :])
