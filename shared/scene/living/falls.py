"""Falls to the floor, from standing, walking, sitting and lying.

Source: in 25 real falls of older people the descent took 0.58 s (SD 0.26), 1.27 s passed from the loss of
balance to the impact of the pelvis, which came at 2.14 m/s (SD 0.63) (Choi, Wakeling, Robinovitch, Journal
of Biomechanics 48, 2015, 911-920); the staged falls of the developer clips take 0.66 to 1.2 s from the first
loss of posture to the ground and 0.4 to 1.1 s more to rest. Residents fall while they walk, stand, sit down
or get up (Robinovitch et al., Lancet 381, 2013, 47-54).
"""

from collections.abc import Callable, Sequence

from shared.scene import falling
from shared.scene.living import keys
from shared.scene.living.part import Part
from shared.scene.living.stage import Stage
from shared.scene.posture import (
    HALF_SQUATTING,
    STANDING,
    Posture,
    Stance,
    lying_on_bed,
    rising,
    sitting,
)

Script = Callable[[Stage], None]


_Way = tuple[Sequence[Posture], Sequence[Posture]]  # onto the ground, and on to stillness


def _down(stage: Stage, part: Part, kind: str, way: _Way, slower: float = 1.0) -> None:
    """As fast as bodies topple: small ones, and those that fall less far, faster."""
    descent_s = stage.between(0.65, 1.15) * slower * max(0.75, (part.actor.stature_m / 1.7) ** 0.5)
    _ground(stage, part, kind, way, descent_s)


def _ground(stage: Stage, part: Part, kind: str, way: _Way, descent_s: float) -> None:
    start = part.end_s
    ground = part.drop(way[0], descent_s)
    settled = part.to(way[1], stage.between(0.35, 1.0))
    _lies(stage, part, kind, (start, ground, settled))


def _lies(stage: Stage, part: Part, kind: str, times: tuple[float, float, float]) -> None:
    start, ground, settled = times
    stage.moment_s = settled
    end = part.stay(stage.between(3.5, 6.0), sway_m=0.006)
    named = {"descent_s": start, "ground_s": ground, "settled_s": settled, "last_on_ground_s": end}
    part.label(kind, fall=True, reaches="floor", **named)


def _upright(stage: Stage) -> Part:
    """Somebody who stands for a while, or comes walking."""
    if stage.chance(0.5):
        _, part = stage.enter()
        part.stay(stage.between(0.8, 2.5))
        return part
    way = stage.between(1.2, 2.2)
    _, part = stage.enter(stance=Stance(-way, 0.0, 0.0))
    part.walk_to(Stance(0.0, 0.0, 0.0))
    if stage.chance(0.5):
        part.stay(stage.between(0.1, 0.6))
    return part


def _plain(kind: str, course: Sequence[Posture], ends: Sequence[Posture]) -> Script:
    def script(stage: Stage) -> None:
        part = _upright(stage)
        end = ends[int(stage.generator.integers(len(ends)))]
        _down(stage, part, kind, (course[1:], (end,)))

    return script


def _onto_the_bottom(stage: Stage) -> None:
    """Backward, and stays sitting on the floor."""
    part = _upright(stage)
    course = (*falling.BACKWARD[1:3], keys.PROPPED_ON_FLOOR)
    _down(stage, part, "fall_onto_bottom", (course, (keys.SITTING_ON_FLOOR,)))


def _knees_forward(stage: Stage) -> None:
    part = _upright(stage)
    start = part.end_s
    part.drop((HALF_SQUATTING, keys.KNEELING), stage.between(0.5, 0.8))
    if stage.chance(0.5):
        part.stay(stage.between(0.1, 0.4))
    ground = part.drop((falling.FORWARD[3],), stage.between(0.45, 0.75))
    settled = part.to((falling.PRONE,), stage.between(0.35, 0.8))
    _lies(stage, part, "fall_knees_forward", (start, ground, settled))


def _crumple(stage: Stage) -> None:
    part = _upright(stage)
    ends = (keys.CURLED, keys.moved(falling.ON_SIDE, -0.08), keys.moved(falling.SUPINE, 0.25))
    end = ends[int(stage.generator.integers(len(ends)))]
    _down(stage, part, "fall_crumple", ((keys.BUCKLING, keys.HEAP, keys.CURLED), (end,)), 1.15)


def _slide_by_wall(stage: Stage) -> None:
    part = _upright(stage)
    start = part.end_s
    ground = part.to((keys.SLIDING_HIGH, keys.SLIDING_LOW, keys.SLID_DOWN), stage.between(1.4, 3.5))
    end = keys.moved(keys.CURLED, -0.10) if stage.chance(0.5) else keys.SLID_DOWN
    settled = part.to((end,), stage.between(0.5, 1.0))
    _lies(stage, part, "fall_slide", (start, ground, settled))


def _seated(stage: Stage) -> tuple[Part, float]:
    """Somebody on a chair, and how high it is in statures."""
    seat_m = stage.seat_m(0.40, 0.50)
    seat = seat_m / stage.sized().actor.stature_m
    _, part = stage.enter(sitting(seat))
    stage.add_seat(part, seat_m)
    part.stay(stage.between(1.0, 2.5))
    return part, seat


def _chair_sideways(stage: Stage) -> None:
    part, seat = _seated(stage)
    lying = keys.moved(falling.ON_SIDE, -0.20)
    tips = tuple(keys.tipping_sideways(seat, roll) for roll in (25, 55))
    fall = (*tips, keys.moved(falling.SIDEWAYS[3], -0.20))
    _down(stage, part, "fall_from_chair_side", (fall, (lying,)))


def _chair_forward(stage: Stage) -> None:
    part, seat = _seated(stage)
    fall = (
        keys.tipping_forward(seat),
        keys.moved(keys.ALL_FOURS, 0.12),
        keys.moved(falling.FORWARD[3], -0.05),
    )
    _down(stage, part, "fall_from_chair_forward", (fall, (keys.moved(falling.PRONE, -0.05),)), 1.2)


def _chair_slide(stage: Stage) -> None:
    part, seat = _seated(stage)
    end = keys.sat_by_seat()
    _ground(
        stage,
        part,
        "fall_from_chair_slide",
        ((keys.slipping_off(seat), end), (end,)),
        stage.between(0.7, 1.6),
    )


def _rising_from_chair(stage: Stage) -> None:
    """Half up, then down beside the chair."""
    part, seat = _seated(stage)
    part.to((rising(seat),), stage.between(0.6, 0.9))
    side = keys.moved(falling.ON_SIDE, -0.1)
    course = (falling.SIDEWAYS[2], keys.moved(falling.SIDEWAYS[3], -0.1))
    _down(stage, part, "fall_rising_from_chair", (course, (side,)))


def _bed(stage: Stage, lying: bool) -> tuple[Part, float]:
    surface_m = stage.between(0.42, 0.60)
    surface = surface_m / stage.sized().actor.stature_m
    _, part = stage.enter(lying_on_bed(surface) if lying else sitting(surface))
    stage.add_bed(part, surface_m)
    part.stay(stage.between(1.2, 2.5))
    return part, surface


def _bed_roll_out(stage: Stage) -> None:
    part, surface = _bed(stage, lying=True)
    part.to((keys.rolling_over_edge(surface),), stage.between(0.7, 1.6))
    _ground(
        stage, part, "fall_from_bed_roll", ((keys.BESIDE_BED,), (keys.BESIDE_BED,)), stage.between(0.35, 0.6)
    )


def _bed_edge(stage: Stage) -> None:
    part, surface = _bed(stage, lying=False)
    if stage.chance(0.5):
        fall = (keys.tipping_forward(surface), keys.moved(keys.ALL_FOURS, 0.15), falling.FORWARD[3])
        _down(stage, part, "fall_from_bed_edge", (fall, (falling.PRONE,)), 1.2)
    else:
        side = keys.moved(falling.ON_SIDE, 0.12)
        slip = (keys.slipping_off(surface), keys.sat_by_seat(), side)
        _down(stage, part, "fall_from_bed_edge", (slip, (side,)), 1.4)


def _recovered(stage: Stage) -> None:
    """Down, and up again after some seconds."""
    part = _upright(stage)
    start = part.end_s
    ground = part.drop(falling.FORWARD[1:], stage.between(0.65, 1.1))
    settled = part.to((falling.PRONE,), stage.between(0.35, 0.8))
    stage.moment_s = settled
    last = part.stay(stage.between(1.5, 4.0), sway_m=0.006)
    named = {"descent_s": start, "ground_s": ground, "settled_s": settled, "last_on_ground_s": last}
    part.label("fall_forward_recovered", fall=True, reaches="floor", **named)
    up = part.to(
        (keys.moved(keys.ALL_FOURS, 0.3), keys.moved(keys.HALF_KNEELING, 0.3), keys.moved(STANDING, 0.3)),
        stage.between(2.2, 3.8),
    )
    part.label("get_up", start_s=last, upright_s=up)
    part.stay(2.0)


FALLS: dict[str, Script] = {
    "fall_forward": _plain("fall_forward", falling.FORWARD, (falling.PRONE, keys.PRONE_STRAIGHT)),
    "fall_backward": _plain("fall_backward", falling.BACKWARD, (falling.SUPINE, keys.SUPINE_STRAIGHT)),
    "fall_sideways": _plain(
        "fall_side", falling.SIDEWAYS, (falling.ON_SIDE, keys.moved(keys.CURLED, 0.0, 0.15))
    ),
    "fall_bottom": _onto_the_bottom,
    "fall_knees_forward": _knees_forward,
    "fall_crumple": _crumple,
    "fall_slide": _slide_by_wall,
    "fall_chair_side": _chair_sideways,
    "fall_chair_forward": _chair_forward,
    "fall_chair_slide": _chair_slide,
    "fall_rising": _rising_from_chair,
    "fall_bed_roll": _bed_roll_out,
    "fall_bed_edge": _bed_edge,
    "fall_recovered": _recovered,
}
