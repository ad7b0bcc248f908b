"""Curves over media time, as rules see them: the same words, units and references as in their evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.evaluate.explain.told import Sample, Told
from shared.actions.descent import SPEED_GAP_S, SPEED_SPAN_S

Points = tuple[tuple[int, float], ...]  # media time (us), value


@dataclass(frozen=True)
class Curve:
    """One feature over time.

    Attributes:
        name: as criteria call it.
        title: for people, with its unit.
        unit: "": a share.
        pieces: without what was not seen in between.
        within: the least range that an axis has.
        downwards: larger values are drawn lower, as they are in the picture.
    """

    name: str
    title: str
    unit: str
    pieces: tuple[Points, ...]
    within: tuple[float, float]
    downwards: bool = False

    @property
    def points(self) -> Points:
        return tuple(point for piece in self.pieces for point in piece)

    def reached_us(self, threshold: float, since_us: int) -> int | None:
        """When it first was so large: between two pictures as if it went straight."""
        for piece in self.pieces:
            before: tuple[int, float] | None = None
            for at_us, value in piece:
                if at_us >= since_us and value >= threshold:
                    return max(
                        since_us, at_us if before is None else _crossing_us(before, (at_us, value), threshold)
                    )
                before = (at_us, value)
        return None


@dataclass(frozen=True)
class _Plan:
    title: str
    unit: str
    within: tuple[float, float]
    values: Callable[[Told], list[tuple[int, float | None]]]
    downwards: bool = False


def curves_of(told: Told) -> dict[str, Curve]:
    """All curves that something is known of, by their names; those that rules use come first."""
    found = {}
    for name, plan in _PLANS.items():
        pieces = _pieces(plan.values(told))
        if pieces:
            found[name] = Curve(name, plan.title, plan.unit, pieces, plan.within, plan.downwards)
    return found


def _crossing_us(before: tuple[int, float], after: tuple[int, float], threshold: float) -> int:
    """When a straight line comes to the threshold; its first end where that lies above already."""
    if before[1] >= threshold:
        return before[0]
    share = (threshold - before[1]) / (after[1] - before[1])
    return before[0] + round(share * (after[0] - before[0]))


def _pieces(values: Sequence[tuple[int, float | None]]) -> tuple[Points, ...]:
    pieces: list[list[tuple[int, float]]] = []
    before_us: int | None = None
    for at_us, value in values:
        if value is None:
            before_us = None
            continue
        if before_us is None or at_us - before_us > SPEED_GAP_S * 1e6:
            pieces.append([])
        pieces[-1].append((at_us, value))
        before_us = at_us
    return tuple(tuple(piece) for piece in pieces)


def _first(told: Told) -> Sample | None:
    """The sample that a descent is measured from: where the incident began."""
    return min(told.shown(), key=lambda each: abs(each.pts_us - told.started_us), default=None)


def _drop_m(told: Told) -> list[tuple[int, float | None]]:
    first = _first(told)
    if first is None:
        return []
    return [(each.pts_us, (each.hip_px - first.hip_px) / first.scale_px_m) for each in told.shown()]


def _sunk(told: Told) -> list[tuple[int, float | None]]:
    """The drop over the height that it was measured against."""
    evidence = told.decisive.evidence
    drop_m, sunk = evidence.get("drop_m", 0.0), evidence.get("sunk", 0.0)
    if drop_m <= 0 or sunk <= 0:
        return []
    return [(at, None if value is None else value * sunk / drop_m) for at, value in _drop_m(told)]


def _speed_m_s(told: Told) -> list[tuple[int, float | None]]:
    """The mean speed downwards over the last third of a second, as descents have it."""
    shown, found = told.shown(), list[tuple[int, float | None]]()
    for place, now in enumerate(shown):
        earlier = [each for each in shown[:place] if now.pts_us - each.pts_us >= SPEED_SPAN_S * 1e6]
        first = earlier[-1] if earlier else None
        if first is None or now.pts_us - first.pts_us > (SPEED_SPAN_S + SPEED_GAP_S) * 1e6:
            found.append((now.pts_us, None))
            continue
        span_s = (now.pts_us - first.pts_us) / 1e6
        found.append((now.pts_us, (now.hip_px - first.hip_px) / first.scale_px_m / span_s))
    return found


def _low(told: Told) -> list[tuple[int, float | None]]:
    return [(each.pts_us, each.low) for each in told.shown()]


def _rise_m(told: Told) -> list[tuple[int, float | None]]:
    return [(each.pts_us, each.rise_px / each.scale_px_m) for each in told.shown()]


def _hip_m(told: Told) -> list[tuple[int, float | None]]:
    return [
        (each.pts_us, None if each.feet_px is None else (each.feet_px - each.hip_px) / each.scale_px_m)
        for each in told.shown()
    ]


_PLANS = {
    "drop_m": _Plan("hips below where they began", "m", (-0.1, 0.4), _drop_m, downwards=True),
    "speed_m_s": _Plan("speed of the hips downwards", "m/s", (0.0, 0.6), _speed_m_s),
    "sunk": _Plan("share of their height that the hips have lost", "", (0.0, 1.0), _sunk, downwards=True),
    "low": _Plan("how much the body looks like lying", "", (0.0, 1.0), _low),
    "rise_m": _Plan("shoulders over the hips", "m", (0.0, 0.5), _rise_m),
    "hip_m": _Plan("hips over the lower ankle", "m", (0.0, 0.8), _hip_m),
}
