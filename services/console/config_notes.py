"""What is right in a configuration and still not what anybody means: rules that nothing can set off, places
that no rule looks at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from shared.nearest import question
from shared.rules import RULES
from shared.rules.rule import Needs, RuleOptions
from shared.rules.zone import Zone
from shared.section import Point
from shared.settings import Camera, Settings

_SIDE_PX = 400  # of the picture on which zones and masks are laid over each other


@dataclass(frozen=True)
class _Watched:
    """A camera and the options of its rules, by name."""

    camera: Camera
    rules: dict[str, RuleOptions]

    @property
    def on(self) -> dict[str, RuleOptions]:
        return {name: options for name, options in self.rules.items() if options.enabled}


def notes(settings: Settings) -> Iterator[str]:
    """A line for each thing to think about; none is an error."""
    watched = [_watched(settings, camera) for camera in settings.cameras]
    yield from _of_rules(settings, watched)
    for number, one in enumerate(watched):
        for note in (*_of_zones(one), *_of_lines(one)):
            yield f"cameras[{number}].{note}"


def _watched(settings: Settings, camera: Camera) -> _Watched:
    rules = settings.actions.rules.overridden(camera.rules)
    return _Watched(camera, {rule.kind.value: getattr(rules, rule.kind.value) for rule in RULES})


def _of_rules(settings: Settings, watched: Sequence[_Watched]) -> Iterator[str]:
    common = settings.actions.rules
    places = {
        "zones": sorted({zone.name for one in watched for zone in one.camera.zones}),
        "lines": sorted({line.name for one in watched for line in one.camera.lines}),
    }
    hours = False
    for rule in RULES:
        name = rule.kind.value
        options: RuleOptions = getattr(common, name)
        hours = hours or any(one.rules[name].during for one in watched if one.rules[name].enabled)
        if options.enabled and watched and rule.needs is not Needs.NOTHING and not places[rule.needs.value]:
            yield f"actions.rules.{name} is on, but no camera has {rule.needs}"
        for key, known in places.items():
            unknown = [each for each in getattr(options, key, ()) if each not in known]
            for each in unknown:
                asked = question(each, known)
                yield f"actions.rules.{name}.{key}: no camera has a {key[:-1]} {each!r}{asked}"
    if hours and settings.actions.timezone == "UTC":
        yield "actions.timezone is UTC: the hours of rules are meant there; say where the place is"


def _of_zones(one: _Watched) -> Iterator[str]:
    for number, zone in enumerate(one.camera.zones):
        where = f"zones[{number}]"
        if _crosses_itself(zone.points):
            yield f"{where}: the sides of {zone.name} cross each other: give its corners in order, all around"
        if one.camera.crop is None and not one.camera.rotate and _is_masked(zone, one.camera):
            yield f"{where}: {zone.name} lies behind the camera's masks, where nobody is ever seen"
        if not any(_looks_at(options, zone) for options in one.on.values()):
            yield f"{where}: no rule that is on looks at {zone.name} ({zone.kind}); events name it still"


def _of_lines(one: _Watched) -> Iterator[str]:
    if one.camera.lines and "line_cross" not in one.on:
        yield "lines: nobody looks at them: switch on line_cross, in actions.rules or in the camera's rules"


def _looks_at(options: RuleOptions, zone: Zone) -> bool:
    """Whether the rule tells this zone from others: among those it names, of a kind it names, or by all."""
    if zone.kind in getattr(options, "rest_in", ()):
        return True
    if not hasattr(options, "kinds"):
        return False
    wanted = getattr(options, "zones", ()) or (zone.name,)
    return zone.name in wanted and zone.kind in (options.kinds or (zone.kind,))


def _crosses_itself(corners: Sequence[Point]) -> bool:
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    return any(_cross(*one, *other) for one, other in combinations(sides, 2))


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the segments a-b and c-d have an inner point in common."""
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _is_masked(zone: Zone, camera: Camera) -> bool:
    picture = np.zeros((_SIDE_PX, _SIDE_PX), np.uint8)
    cv2.fillPoly(picture, [_pixels(zone.points)], 1)
    for mask in camera.masks:
        cv2.fillPoly(picture, [_pixels(mask)], 0)
    return not picture.any()


def _pixels(corners: Sequence[Point]) -> "np.ndarray[tuple[int, int], np.dtype[np.int32]]":
    return np.round(np.array(corners) * _SIDE_PX).astype(np.int32)
