"""Whose incident goes on: somebody who lies keeps one incident, whatever the tracker calls the body.

A tracker loses people on the floor and finds them again under another name. An incident that holds a place
(`Rule.holds`) therefore outlives its track: its memory waits, and a track that begins there after it, and
lies, takes the memory over with all that is open in it. Somebody who was there before, or who stands, never
does. While the body is seen, a second track on the same place is told so (`Moment.fall`) and begins nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from shared.actions.person import Memory
from shared.messages import Box, Person, Phase
from shared.rules import RULES
from shared.rules.fall_state import SUSPICION_S
from shared.rules.moment import Moment, Sight
from shared.rules.rule import Hold
from shared.vision.boxes import iou_matrix

# Who lies crawls or is turned over by so much (m of the body) while nobody sees it; a carer beside is nearer,
# but does not lie.
NEAR_M = 1.0
HEIR_LOW = 0.5  # between `UPRIGHT` and `LOW`: single poses of lying bodies vary
WIDE = 1.0  # width over height of the box of a body that shows no pose, but lies
SAME_IOU = 0.5  # boxes of two tracks on one body


@dataclass(frozen=True)
class Sighted:
    """One track in one frame: its memory after it, the moment, and the person where it is seen."""

    memory: Memory
    moment: Moment
    person: Person | None = None


def hold_of(memory: Memory) -> Hold | None:
    """The open incident that holds the place where the person lies; None without."""
    holds = (rule.holds(getattr(memory.rules, rule.kind.value)) for rule in RULES if rule.holds is not None)
    return next((hold for hold in holds if hold is not None), None)


def waits(memory: Memory, silent_s: float, keep_s: float) -> bool:
    """Whether a memory is kept whose track has ended so long ago."""
    hold = hold_of(memory)
    if hold is None:
        return False
    return silent_s <= (SUSPICION_S if hold.phase is Phase.SUSPECTED else keep_s)


def bequests(sighted: Sequence[Sighted]) -> list[tuple[Sighted, Sighted]]:
    """Pairs of a memory whose body is not seen and of the track that it is found in again."""
    holders = [one for one in sighted if one.person is None and hold_of(one.memory) is not None]
    heirs = [one for one in sighted if one.person is not None and hold_of(one.memory) is None]
    pairs: list[tuple[Sighted, Sighted]] = []
    for holder in holders:
        fit = [one for one in heirs if _fits(holder.memory, one)]
        if fit:
            heir = min(fit, key=lambda one: _apart_px(holder.memory, one.moment))
            heirs.remove(heir)
            pairs.append((holder, heir))
    return pairs


def renamed(holder: Memory, heir: Memory) -> Memory:
    """The memory of somebody whom the tracker calls by another name from now on."""
    return msgspec.structs.replace(holder, alias=heir.called, born_us=heir.born_us)


def holders(sighted: Sequence[Sighted]) -> list[tuple[Sighted, Phase]]:
    """Those whose body is seen and whose raised incident holds its place, and its phase."""
    holds = [(one, hold_of(one.memory)) for one in sighted if one.person is not None]
    return [
        (one, hold.phase) for one, hold in holds if hold is not None and hold.phase is not Phase.SUSPECTED
    ]


def explained(one: Sighted, lying: Sequence[tuple[Sighted, Phase]]) -> Moment:
    """The moment of a body, told whether another track's raised incident is where it is."""
    moment = one.moment
    if moment.sight is not Sight.SEEN or holders([one]):
        return moment
    phases = (phase for other, phase in lying if _same(moment.box, other.moment.box))
    return replace(moment, fall=next(phases, None))


def _same(box: Box | None, other: Box | None) -> bool:
    if box is None or other is None:
        return False
    return float(iou_matrix(np.array([box]), np.array([other]))[0, 0]) >= SAME_IOU


def _fits(holder: Memory, heir: Sighted) -> bool:
    hold, moment = hold_of(holder), heir.moment
    if hold is None or holder.box is None or moment.box is None or heir.memory.born_us <= hold.since_us:
        return False
    if moment.body is not None:
        lies = moment.low >= HEIR_LOW
    else:
        lies = moment.box[2] - moment.box[0] >= WIDE * (moment.box[3] - moment.box[1])
    return lies and _apart_px(holder, moment) <= NEAR_M * (holder.scale_px_m or 0.0)


def _apart_px(holder: Memory, moment: Moment) -> float:
    """From the middle of the one box to the other's, as the sum of both directions."""
    assert holder.box is not None
    assert moment.box is not None
    (x0, y0, x1, y1), (u0, v0, u1, v1) = holder.box, moment.box
    return abs(x0 + x1 - u0 - u1) / 2 + abs(y0 + y1 - v0 - v1) / 2
