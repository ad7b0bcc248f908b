"""Moments as a body makes them, and rules that see them one by one."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from shared.rules.moment import Features, LineSight, Moment, Posture, Sight
from shared.rules.rule import Report, Rule
from shared.rules.zone import Zone, ZoneKind

PX_M = 100.0
SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
BODY = Features(
    hip_y_px=300.0,
    scale_px_m=PX_M,
    rise_m=0.45,
    hip_m=0.75,
    head_m=1.4,
    aspect=0.3,
    thigh_deg=0.0,
    knee_deg=0.0,
    torso_deg=0.0,
    hip_x_px=200.0,
    foot_x_px=200.0,
    foot_y_px=375.0,
    wrist_left_m=-0.4,
    wrist_right_m=-0.4,
)


def zone(name: str, kind: ZoneKind = ZoneKind.AREA) -> Zone:
    return Zone(name=name, kind=kind, points=SQUARE)


def seen(at_s: float, body: Features = BODY, **more: Any) -> Moment:
    """A body that stands, unless told otherwise."""
    posture = more.pop("posture", Posture.STANDING)
    told = {"place": (body.foot_x_px, body.foot_y_px), "posture": posture, "seen_posture": posture} | more
    return Moment(round(at_s * 1e6), 0, Sight.SEEN, body=body, **told)


def unseen(at_s: float, sight: Sight = Sight.LOST, **more: Any) -> Moment:
    return Moment(round(at_s * 1e6), 0, sight, **more)


def during(start_s: float, end_s: float, fps: float = 10.0) -> Sequence[float]:
    """Times from one second to another, the last one left out."""
    return [start_s + n / fps for n in range(math.ceil((end_s - start_s) * fps - 1e-9))]


def line(offset_m: float, along: float = 0.5, name: str = "door") -> tuple[LineSight, ...]:
    return (LineSight(name, offset_m, along),)


def play(rule: Rule[Any, Any], moments: Iterable[Moment], **options: Any) -> list[Report]:
    """What the rule tells of a track; its state goes through a checkpoint after each moment."""
    state, chosen = rule.idle, rule.options(enabled=True, **options)
    told: list[Report] = []
    for moment in moments:
        step = rule.step(state, moment, chosen)
        told += step.reports
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(step.state), type=type(rule.idle))
        assert state == step.state
    return told


def moved(x_m: float = 0.0, up_m: float = 0.0, body: Features = BODY) -> Features:
    """The body somewhere else in the picture."""
    return replace(
        body,
        hip_x_px=body.hip_x_px + x_m * PX_M,
        foot_x_px=body.foot_x_px + x_m * PX_M,
        hip_y_px=body.hip_y_px - up_m * PX_M,
        foot_y_px=body.foot_y_px - up_m * PX_M,
    )


def at_s(reports: Iterable[Report]) -> list[tuple[str, float]]:
    """Phases, and when each incident began."""
    return [(report.phase.value, report.started_us / 1e6) for report in reports]
