"""The other people of a scene: who walks by, and who comes to help."""

from math import cos, pi, sin

from shared.scene.living import keys
from shared.scene.living.conditions import Company
from shared.scene.living.someone import Age
from shared.scene.living.stage import Stage
from shared.scene.posture import BENDING, STANDING, Stance

_STARTS_M, _PASSES_M = 3.0, (0.7, 1.4)
_HELPS_M = (0.65, 0.95)


def join(stage: Stage, company: Company) -> None:
    """Let them come; the first actor's script is written already."""
    if company is Company.PASSER:
        _pass_by(stage)
    elif company is Company.HELPER:
        _help(stage)


def _pass_by(stage: Stage) -> None:
    """Past the actor, about at the moment that matters, and back."""
    side = stage.between(*_PASSES_M) * (1 if stage.chance(0.5) else -1)
    heading = stage.between(0, 360)
    start = Stance(0.0, 0.0, heading).ahead(-_STARTS_M, side)
    _, part = stage.enter(STANDING, start, Age.ADULT)
    way_s = 2 * _STARTS_M / part.actor.speed_m_s
    part.stay(max(0.3, stage.moment_s - way_s * stage.between(0.3, 0.8)))
    part.walk_to(start.ahead(2 * _STARTS_M))
    part.turn_to(heading + 180)
    part.walk_to(Stance(start.x, start.y, heading + 180))


def _help(stage: Stage) -> None:
    """From afar to the actor after the moment that matters; bends or kneels down there."""
    heading = stage.between(0, 360)
    angle, away = heading / 180 * pi, stage.between(*_HELPS_M)
    end = Stance(-away * cos(angle), -away * sin(angle), heading)
    start = end.ahead(-stage.between(1.5, 2.5))
    _, part = stage.enter(STANDING, start, Age.ADULT)
    part.stay(max(0.3, stage.moment_s + stage.between(-1.0, 0.8)))
    part.walk_to(end)
    low = (BENDING,) if stage.chance(0.5) else (keys.HALF_KNEELING, keys.TYING_SHOES)
    part.to(low, stage.between(0.8, 1.4))
    part.stay(6.0)
