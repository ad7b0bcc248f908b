"""Death of workers and of the server: the same events, each once, with the same ids."""

import random
import signal

import pytest

from shared.bus.topology import STAGES
from tests.pipeline.play import Crew, Stand, Story, falling, told

KILLS = 3  # in each run
SEED = 20261121
MOST_FRAMES = 10  # of 36, from one kill to the next

Kill = tuple[int, str]  # after how many more frames, and the stage whose worker is killed then


def drawn_kills(times: int) -> list[list[Kill]]:
    """Random moments for each run; every stage dies so many times in all."""
    generator = random.Random(SEED)
    victims = [stage for _ in range(times) for stage in generator.sample(STAGES, len(STAGES))]
    kills = [(generator.randint(1, MOST_FRAMES), victim) for victim in victims]
    return [kills[start : start + KILLS] for start in range(0, len(kills), KILLS)]


@pytest.mark.parametrize("times", [1, pytest.param(8, marks=[pytest.mark.chaos, pytest.mark.timeout(0)])])
def test_the_same_source_gives_the_same_events_whoever_is_killed_and_when(
    times: int, stand: Stand, crew: Crew, undisturbed: Story
) -> None:
    for kills in drawn_kills(times):
        stand.client.flushall()

        def kill(kills: list[Kill] = kills) -> None:
            for frames, stage in kills:
                stand.await_finished("hall", frames)
                stand.send(stage, signal.SIGKILL)

        assert stand.play(falling("hall"), meanwhile=kill) == [undisturbed], kills
        assert stand.bus.letters() == []
    killed = [notice.name for notice in crew.notices if notice.text.startswith("was killed by SIGKILL")]
    assert sorted(killed) == sorted(times * STAGES[1:])


def test_a_server_that_dies_and_comes_back_costs_no_event(stand: Stand, undisturbed: Story) -> None:
    with stand.ingest(falling("hall"), window=8):
        stand.await_finished("hall", 12)
        stand.server.kill()
        try:
            stand.until(lambda: any("does not answer" in n.text for n in stand.notices()), "a warning")
        finally:
            stand.server.start()
        stand.through("hall")
        assert stand.deaths() == []
    assert told(stand.events("hall")) == undisturbed
    assert stand.bus.letters() == []
