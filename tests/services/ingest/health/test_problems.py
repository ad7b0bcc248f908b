"""The life of one incident, from the first look that shows it to the last."""

import pytest

from services.ingest.health.problems import NONE, Finding, Limits, Problem, Time, advanced, ended
from shared.messages import Phase

LIMITS = Limits(suspect_us=2_000_000, confirm_us=4_000_000, back_us=2_000_000, repeat_us=10_000_000)
S, C, R, STILL = Phase.SUSPECTED, Phase.CONFIRMED, Phase.RECOVERED, Phase.STILL
_WORDS = {"x": True, ".": False, "?": None}


def told(looks: str, limits: Limits = LIMITS) -> list[tuple[int, Phase]]:
    """What is said at which second: `x` ill, `.` good, `?` nothing known."""
    problem, said = NONE, []
    for second, look in enumerate(looks):
        time = Time(second * 1_000_000, 1_000_000 if second else 0)
        problem, phase = advanced(problem, Finding(_WORDS[look]), time, limits)
        if phase is not None:
            said.append((second, phase))
            assert problem.updates == len(said)
        problem = NONE if phase is R else problem
    return said


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ("", []),
        ("......", []),
        ("??????", []),
        (".x.x.x.x.x", []),
        (".xx.....", []),
        (".xxx....", [(3, S), (6, R)]),
        (".xxxx.x.xx...", [(3, S), (6, C), (12, R)]),
        (".xxxxx...", [(3, S), (5, C), (8, R)]),
        (".xxxxx.x.x...", [(3, S), (5, C), (12, R)]),
        (".xx???xxx...", [(6, S), (8, C), (11, R)]),
        (".xxxxx????..?.", [(3, S), (5, C), (13, R)]),
        ("x" * 28, [(2, S), (4, C), (14, STILL), (24, STILL)]),
    ],
)
def test_an_incident_is_told_step_by_step(looks: str, said: list[tuple[int, Phase]]) -> None:
    assert told(looks) == said


def test_one_long_step_confirms_without_a_suspicion() -> None:
    problem, phase = advanced(NONE, Finding(True, since_us=1), Time(9_000_000, 5_000_000), LIMITS)
    assert phase is C
    assert (problem.started_us, problem.raised_us, problem.updates) == (1, 9_000_000, 1)


def test_what_nobody_heard_of_ends_in_silence() -> None:
    begun, phase = advanced(NONE, Finding(True), Time(5, 0), LIMITS)
    assert phase is None
    assert ended(begun, Time(6, 1)) == (NONE, None)


def test_what_was_said_ends_aloud() -> None:
    problem, phase = ended(Problem(started_us=1, phase=S, updates=1), Time(6, 1))
    assert phase is R
    assert problem.updates == 2
