"""Nobody moves for a long time."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from shared.rules.long_still import RULE
from shared.rules.moment import Features, Moment, Sight
from shared.rules.zone import Zone, ZoneKind
from tests.shared.rules.acting import BODY, at_s, during, moved, play, seen, unseen, zone

CHAIR, BED = zone("chair", ZoneKind.CHAIR), zone("bed", ZoneKind.BED)
OPTIONS = {"after_s": 60.0, "every_s": 30.0}


def sits(start_s: float, end_s: float, body: Features = BODY, zones: tuple[Zone, ...] = ()) -> list[Moment]:
    return [seen(time_s, body, zones=zones) for time_s in during(start_s, end_s, 4)]


NAMELESS = replace(BODY, head_m=math.nan, wrist_left_m=math.nan, wrist_right_m=math.nan)
WAVES = replace(BODY, wrist_left_m=0.1)
NODS = replace(BODY, head_m=1.2)
LEANS = replace(BODY, rise_m=0.2)


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        (sits(0, 59), []),
        (sits(0, 65), [("confirmed", 0)]),
        (sits(0, 125), [("confirmed", 0), ("still", 0), ("still", 0)]),
        ([*sits(0, 65), *sits(65, 70, moved(0.4))], [("confirmed", 0), ("recovered", 0)]),
        ([*sits(0, 65), unseen(70, Sight.GONE)], [("confirmed", 0), ("lost", 0)]),
        ([*sits(0, 40), *sits(40, 41, moved(0.4)), *sits(41, 100)], []),
        ([*sits(0, 40), *sits(40, 41, WAVES), *sits(41, 100)], []),
        ([*sits(0, 40), *sits(40, 41, NODS), *sits(41, 100)], []),
        ([*sits(0, 40), *sits(40, 41, LEANS), *sits(41, 100)], []),
        ([*sits(0, 40), *sits(40, 40.25, moved(0.4)), *sits(40.25, 65)], [("confirmed", 0)]),
        ([*sits(0, 40), unseen(100), *sits(3600, 3610)], []),
        ([*sits(0, 40), *sits(40, 65, NAMELESS)], [("confirmed", 0)]),
        (sits(0, 65, NAMELESS), [("confirmed", 0)]),
        (sits(0, 300, zones=(BED,)), []),
        ([*sits(0, 65), *sits(65, 66, zones=(BED,))], [("confirmed", 0), ("recovered", 0)]),
    ],
    ids=[
        "not long",
        "long",
        "longer",
        "moves away",
        "track ends",
        "moved",
        "moved a hand",
        "moved the head",
        "leaned over",
        "a pose that is off",
        "not seen in between",
        "head and hands hidden in between",
        "head and hands hidden",
        "in bed",
        "zone of a bed begins",
    ],
)
def test_stillness_is_told_from_its_beginning_to_a_movement(
    moments: Sequence[Moment], told: list[tuple[str, float]]
) -> None:
    reports = play(RULE, moments, **OPTIONS)
    assert at_s(reports) == told
    assert [report.update for report in reports] == list(range(len(told)))


def test_a_pose_that_trembles_is_still() -> None:
    rng = np.random.default_rng(3)
    moments = [seen(time_s, moved(*rng.normal(0, 0.03, 2).tolist())) for time_s in during(0, 65, 15)]
    assert at_s(play(RULE, moments, **OPTIONS)) == [("confirmed", 0)]


def test_only_zones_of_the_wanted_kinds_count() -> None:
    options = OPTIONS | {"kinds": (ZoneKind.CHAIR,)}
    assert play(RULE, sits(0, 65), **options) == []
    assert len(play(RULE, sits(0, 65, zones=(CHAIR,)), **options)) == 1
