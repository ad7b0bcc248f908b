"""Daily life that is no fall, quick and slow: sitting, lying down, bending, kneeling, crawling, stumbling.

In the developer clips sitting down takes 0.5 to 1.2 s and standing up 0.8 to 0.9 s, lying down on a bed 1.3 s
and squatting 0.4 to 1.0 s each way; old people take twice as long. Seats are 0.35 to 0.50 m high, sofas 0.30
to 0.42 m, beds 0.40 to 0.60 m. Squats down to the heels take longer: hips that drop 0.6 m and stop need 0.5 s
even if they fall freely half of the way, and at a chosen speed it is 1.9 s.

Source: "Squatters", a students' project in biomechanics, University of Michigan, 1997 (58 % of 3.33 s;
public.websites.umich.edu/~mvs330/w97/squatters).
"""

from collections.abc import Callable, Sequence

from shared.scene.living import keys
from shared.scene.living.falls import Script
from shared.scene.living.part import Part
from shared.scene.living.stage import Stage
from shared.scene.posture import (
    BENDING,
    HALF_SQUATTING,
    SQUATTING,
    STANDING,
    Posture,
    Stance,
    lying_on_bed,
    rising,
    sitting,
    sitting_turned_to_lie,
)

_Seconds = tuple[float, float]
_TO_THE_FLOOR = (HALF_SQUATTING, SQUATTING, keys.PROPPED_ON_FLOOR, keys.SITTING_ON_FLOOR)


def _comes(stage: Stage) -> Part:
    """Walks up to the place, or stands there."""
    if stage.chance(0.4):
        _, part = stage.enter()
        part.stay(stage.between(0.8, 2.0))
        return part
    way = stage.between(1.2, 2.4)
    _, part = stage.enter(stance=Stance(way, -0.4, 180.0))
    part.walk_to(Stance(0.0, 0.0, 180.0))
    part.turn_to(0.0)
    return part


def _sit(seat_m: _Seconds, down_s: _Seconds) -> Script:
    def script(stage: Stage) -> None:
        part = _comes(stage)
        high_m = stage.seat_m(*seat_m, part.actor.stature_m)
        stage.add_seat(part, high_m)
        _sit_down(stage, part, high_m, (stage.between(*down_s), stage.between(2.0, 5.0)))
        _stand_up(stage, part, high_m)

    return script


def _sit_down(stage: Stage, part: Part, seat_m: float, took_s: tuple[float, float]) -> None:
    """Down in so many seconds, to sit for so many."""
    seat, (down_s, sits_s) = seat_m / part.actor.stature_m, took_s
    part.stay(0.3)
    start = part.end_s
    settled = part.to((rising(seat), sitting(seat)), down_s)
    stage.moment_s = settled
    end = part.stay(sits_s)
    part.label("sit_down", start_s=start, seated_s=start + 0.85 * down_s, settled_s=settled, end_s=end)


def _stand_up(stage: Stage, part: Part, seat_m: float) -> None:
    seat = seat_m / part.actor.stature_m
    start = part.end_s
    up = part.to((rising(seat), STANDING), stage.between(0.9, 2.2))
    part.label("stand_up", start_s=start, upright_s=up)
    part.stay(stage.between(1.0, 1.8))


def _lie_down(surface_m: _Seconds, sit_s: _Seconds, down_s: _Seconds, rises: bool = False) -> Script:
    def script(stage: Stage) -> None:
        part = _comes(stage)
        high_m = stage.between(*surface_m)
        surface = high_m / part.actor.stature_m
        stage.add_bed(part, high_m)
        _sit_down(stage, part, high_m, (stage.between(*sit_s), stage.between(0.1, 1.5)))
        start, took = part.end_s, stage.between(*down_s)
        settled = part.to((sitting_turned_to_lie(surface), lying_on_bed(surface)), took)
        stage.moment_s = settled
        end = part.stay(stage.between(3.0, 5.0), sway_m=0.003)
        reached = start + 0.8 * took
        part.label("lie_down", reaches="bed", start_s=start, down_s=reached, settled_s=settled, end_s=end)
        if rises:
            up = part.to((sitting_turned_to_lie(surface), sitting(surface)), stage.between(1.4, 3.0))
            part.label("sit_up", start_s=end, seated_s=up)
            part.stay(1.5)
            _stand_up(stage, part, high_m)

    return script


def _down_and_up(
    kind: str, low: Sequence[Posture], down_s: _Seconds, stay_s: _Seconds, times: int = 2
) -> Script:
    """Some times down through the postures, for a while, and up again."""

    def script(stage: Stage) -> None:
        part = _comes(stage)
        for _ in range(times):
            start, took = part.end_s, stage.between(*down_s)
            lowest = part.to(low, took)
            stage.moment_s = lowest
            until = part.stay(stage.between(*stay_s))
            up = part.to((*reversed(low[:-1]), STANDING), took * stage.between(0.9, 1.3))
            part.label(kind, start_s=start, lowest_s=(lowest, until), upright_s=up)
            part.stay(stage.between(0.4, 1.0))

    return script


def _bend_seated(stage: Stage) -> None:
    seat_m = stage.seat_m(0.35, 0.50)
    seat = seat_m / stage.sized().actor.stature_m
    _, part = stage.enter(sitting(seat))
    stage.add_seat(part, seat_m)
    part.stay(stage.between(1.0, 2.0))
    start = part.end_s
    stage.moment_s = lowest = part.to((keys.bent_over(seat),), stage.between(0.5, 1.5))
    until = part.stay(stage.between(0.6, 3.0))
    up = part.to((sitting(seat),), stage.between(0.6, 1.5))
    part.label("bend_seated", start_s=start, lowest_s=(lowest, until), upright_s=up)
    part.stay(1.5)


def _crawl(stage: Stage) -> None:
    part = _comes(stage)
    stage.moment_s = part.to((keys.HALF_KNEELING, keys.KNEELING, keys.ALL_FOURS), stage.between(1.4, 2.6))
    start = part.end_s
    end = part.crawl(stage.between(0.8, 1.6), stage.between(0.3, 0.6))
    part.label("crawling", start_s=start, end_s=end)
    part.to((keys.HALF_KNEELING, STANDING), stage.between(1.5, 2.5))
    part.stay(1.0)


def _all_fours(stage: Stage) -> None:
    """To hands and knees, to look for something, and up again."""
    part = _comes(stage)
    start = part.end_s
    stage.moment_s = part.to((keys.HALF_KNEELING, keys.ALL_FOURS), stage.between(0.9, 2.0))
    end = part.stay(stage.between(2.5, 5.0), sway_m=0.012)
    part.label("all_fours", start_s=start, end_s=end)
    part.to((keys.HALF_KNEELING, STANDING), stage.between(1.3, 2.5))
    part.stay(1.0)


def _stumble(stage: Stage) -> None:
    way = stage.between(1.5, 2.5)
    _, part = stage.enter(stance=Stance(-way, 0.0, 0.0))
    part.walk_to(Stance(0.0, 0.0, 0.0))
    start = part.end_s
    stage.moment_s = part.drop((keys.LUNGE,), stage.between(0.3, 0.5))
    end = part.to((keys.moved(STANDING, 0.3),), stage.between(0.5, 0.9))
    part.label("stumble", start_s=start, end_s=end)
    part.stance = part.stance.ahead(0.3 * part.actor.stature_m)
    part.walk_to(part.stance.ahead(1.2))
    part.stay(1.0)


def _jump(stage: Stage) -> None:
    part = _comes(stage)
    for _ in range(3):
        part.to((keys.CROUCH_TO_JUMP,), stage.between(0.3, 0.5))
        start = part.end_s
        part.to((STANDING, keys.IN_THE_AIR), 0.32)
        stage.moment_s = part.drop((STANDING, keys.CROUCH_TO_JUMP), 0.34)
        part.label("jump", start_s=start, end_s=stage.moment_s)
        part.to((STANDING,), 0.4)
    part.stay(1.0)


def _walk(stage: Stage) -> None:
    """About the room, and out of it, past the camera or away from it."""
    _, part = stage.enter(stance=Stance(-3.0, -1.0, 0.0))
    part.walk_to(Stance(0.0, 0.0, 40.0))
    stage.moment_s = part.stay(0.5)
    end = part.walk_to(Stance(stage.between(3.0, 6.0), stage.between(-4.0, 4.0), stage.between(-60, 60)))
    part.label("walking", start_s=0.0, end_s=end)


def _past_the_camera(stage: Stage) -> None:
    """Comes near, grows, and leaves by the lower edge of the picture or its side."""
    _, part = stage.enter()
    stage.moment_s = part.stay(1.0)
    away = stage.between(2.0, 5.0)
    part.walk_to(Stance(away, stage.between(-0.5, 0.5), 0.0))
    part.walk_to(Stance(away + stage.between(2.0, 4.0), stage.between(-2.0, 2.0), stage.between(-50, 50)))
    part.label("walking", start_s=1.0, end_s=part.end_s)
    part.stay(1.5)


def _floor_exercise(stage: Stage) -> None:
    """Down to a mat on purpose: sits, lies, sits up, gets up."""
    part = _comes(stage)
    start = part.end_s
    part.to(_TO_THE_FLOOR, stage.between(2.2, 4.0))
    part.stay(stage.between(0.5, 2.0))
    down = part.to((keys.SUPINE_STRAIGHT,), stage.between(1.6, 3.0))
    stage.moment_s = down
    end = part.stay(stage.between(3.0, 5.0), sway_m=0.008)
    part.label("lie_down", reaches="floor", start_s=start, down_s=down, settled_s=down, end_s=end)
    part.to((keys.SITTING_ON_FLOOR,), stage.between(1.2, 2.4))
    part.stay(0.5)


def _floor_sitting(stage: Stage) -> None:
    """Sits down to play on the floor."""
    part = _comes(stage)
    start = part.end_s
    stage.moment_s = part.to(_TO_THE_FLOOR, stage.between(1.6, 3.5))
    end = part.stay(stage.between(3.0, 5.0), sway_m=0.01)
    part.label("sit_on_floor", start_s=start, settled_s=stage.moment_s, end_s=end)


def _from_the_first(posture: Callable[[float], Posture], reaches: str) -> Script:
    """Lies there from the first picture."""

    def script(stage: Stage) -> None:
        surface_m = stage.between(0.40, 0.60)
        _, part = stage.enter(posture(surface_m / stage.sized().actor.stature_m))
        if reaches == "bed":
            stage.add_bed(part, surface_m)
        part.stay(stage.between(9.0, 12.0), sway_m=0.005)
        part.label("lying", reaches=reaches, start_s=0.0, end_s=part.end_s)

    return script


DAILY: dict[str, Script] = {
    "sit_chair": _sit((0.40, 0.50), (1.3, 2.4)),
    "sit_chair_fast": _sit((0.38, 0.50), (0.45, 0.8)),
    "sit_sofa": _sit((0.30, 0.42), (1.0, 2.0)),
    "sit_sofa_fast": _sit((0.30, 0.40), (0.5, 0.8)),
    "lie_bed": _lie_down((0.42, 0.60), (1.2, 2.2), (1.8, 3.5), rises=True),
    "lie_sofa_fast": _lie_down((0.35, 0.45), (0.5, 0.9), (0.7, 1.3)),
    "lie_bench_fast": _lie_down((0.40, 0.50), (0.5, 0.9), (0.6, 1.0)),
    "squat": _down_and_up("squat", (HALF_SQUATTING, SQUATTING), (0.8, 1.6), (0.3, 1.5)),
    "squat_fast": _down_and_up("squat", (HALF_SQUATTING, SQUATTING), (0.35, 0.6), (0.1, 0.4), times=3),
    "squat_deep": _down_and_up("squat", (SQUATTING, keys.DEEP_SQUATTING), (0.8, 1.9), (0.2, 3.0)),
    "bend": _down_and_up("bend", (BENDING,), (0.6, 1.3), (0.3, 1.5)),
    "pick_up": _down_and_up("bend", (BENDING, keys.STOOPING), (0.5, 1.2), (0.2, 0.8)),
    "pick_up_low": _down_and_up("bend", (BENDING, keys.STOOPING_LOW), (0.4, 1.0), (0.3, 1.0)),
    "tie_shoes": _down_and_up("tie_shoes", (keys.HALF_KNEELING, keys.TYING_SHOES), (0.8, 1.6), (2.0, 4.0), 1),
    "kneel": _down_and_up("kneel", (keys.HALF_KNEELING, keys.KNEELING), (0.9, 1.8), (2.0, 4.0), 1),
    "bend_seated": _bend_seated,
    "all_fours": _all_fours,
    "crawl": _crawl,
    "stumble": _stumble,
    "jump": _jump,
    "walk": _walk,
    "walk_past": _past_the_camera,
    "sit_floor": _floor_sitting,
    "exercise": _floor_exercise,
}
LYING: dict[str, Script] = {
    "found_supine": _from_the_first(lambda _: keys.SUPINE_STRAIGHT, "floor"),
    "found_curled": _from_the_first(lambda _: keys.CURLED, "floor"),
    "in_bed": _from_the_first(lying_on_bed, "bed"),
}
