"""Ordinary life of a server: one run after the other, more workers, less workers, garbage."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from typer.testing import CliRunner

from services.console.command import app
from shared.bus import keys
from shared.bus.topology import FRAMES
from tests.pipeline.play import WINDOW, WORKERS, Crew, Stand, Story, falling

EXTRA = 2  # workers per stage, beside the one that is there
HALF = 18  # of a camera's 36 frames
TWO_CAMERAS = (falling("hall"), falling("bedroom", source=f"{falling('x').source}&seed=3"))


def kinestream(stand: Stand, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--redis", stand.server.url])
    assert done.exit_code == 0, done.stderr
    return done.stdout


@contextmanager
def more_workers(stand: Stand) -> Iterator[list[Crew]]:
    """EXTRA more of every stage, once they are all at work."""
    more = {name: getattr(stand.settings, name).model_copy(update={"replicas": EXTRA}) for name in WORKERS}
    few = stand.settings.bus.model_copy(update={"window": WINDOW})
    with ExitStack() as stack:
        crews = [stack.enter_context(stand.crew(WORKERS, **more))]
        for _ in range(EXTRA):
            crews.append(stack.enter_context(stand.crew(["ingest"], cameras=TWO_CAMERAS, bus=few)))
        stand.until(lambda: all(len(w) == 1 + EXTRA for w in stand.overview().workers.values()), "workers")
        yield crews


def test_three_workers_per_stage_and_those_that_leave_give_the_events_of_one(stand: Stand) -> None:
    alone = stand.play(*TWO_CAMERAS)
    assert all(alone)
    stand.client.flushall()
    with more_workers(stand) as crews:

        def dismiss_all() -> None:
            stand.await_finished("hall", HALF)
            for crew in crews:
                crew.dismiss()

        assert stand.play(*TWO_CAMERAS, meanwhile=dismiss_all) == alone
        assert stand.notices() == []
    assert stand.bus.letters() == []


def test_the_same_source_played_twice_on_one_server_gives_both_runs_events(
    stand: Stand, undisturbed: Story
) -> None:
    first, second = stand.play(falling("hall")), stand.play(falling("hall"), run=2)
    assert first == [undisturbed]
    assert second == [[(row[0].replace("hall-1-", "hall-2-"), *row[1:]) for row in undisturbed]]
    assert len(stand.bus.events("0", count=1000, block_ms=0)) == 2 * len(undisturbed)


def test_garbage_on_the_bus_becomes_dead_letters_that_people_see_and_the_run_goes_on(
    stand: Stand, undisturbed: Story
) -> None:
    stream = keys.stream(stand.bus.assign("hall"), FRAMES)
    stand.client.xadd(stream, {"who": "knows"})  # before anything of ours is there
    told = stand.play(falling("hall"), meanwhile=lambda: stand.client.xadd(stream, {"m": b"\xff\x00"}))
    assert told == [undisturbed]
    assert stand.deaths() == []
    [first, second] = stand.bus.letters()
    assert [letter.letter.stage for letter in (first, second)] == ["detector", "detector"]
    listed = kinestream(stand, "dead", "list")
    assert all(f"{letter.partition}/{letter.id}" in listed for letter in (first, second))
    assert second.letter.error in kinestream(stand, "dead", "show", f"{second.partition}/{second.id}")
    kinestream(stand, "dead", "drop", f"{first.partition}/{first.id}")
    assert [letter.id for letter in stand.bus.letters()] == [second.id]
