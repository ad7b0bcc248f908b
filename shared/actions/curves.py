"""The curves that an event carries: what its track showed just before, as a trail has it.

Whole numbers and one decimal, in units that a name tells: a subscriber reads them without knowing us, a
sample takes about 30 bytes of JSON, and all of it about 1.3 kB.
"""

from itertools import pairwise

from shared.actions.trail import Trail, recall
from shared.messages import Curves, EventKind, Phase
from shared.rules import RULES
from shared.rules.rule import Report

# An end tells why it ended; what goes on as before, or is not seen any more, shows nothing new.
_PHASES = frozenset({Phase.SUSPECTED, Phase.CONFIRMED, Phase.RECOVERED})
_SHOWN = frozenset(rule.kind for rule in RULES if any(each.curve for each in rule.criteria))


def curves_for(kind: EventKind, report: Report, trail: bytes, pts_us: int) -> Curves | None:
    """What an event of this report carries of its track's packed trail; None where nobody will ask."""
    if kind not in _SHOWN or report.phase not in _PHASES or not trail:
        return None
    return curves_of(recall(trail, pts_us), pts_us)


def curves_of(trail: Trail, pts_us: int) -> Curves:
    """All that is remembered, as seen from a moment."""
    ago_ms = [round((pts_us - time_us) / 1000) for time_us in trail.times_us]
    postures = trail.postures()
    changes = [0, *(place for place, (one, two) in enumerate(pairwise(postures), 1) if one is not two)]
    return Curves(
        ago_ms=tuple(ago_ms),
        hip_px=tuple(hip / 10 for hip in trail.hip),
        scale_px_m=tuple(scale / 10 for scale in trail.scale),
        rise_px=tuple(round(rise / 10) for rise in trail.rise),
        feet_px=tuple(None if height.feet is None else round(height.feet / 10) for height in trail.heights()),
        low_pct=tuple(trail.low),
        postures=tuple((ago_ms[place], postures[place].value) for place in changes if postures),
    )
