"""Pictures in shared memory: the same events, each once, whoever dies."""

import signal

from tests.pipeline.play import Crew, Stand, falling, fell

VICTIMS = ("ingest", "detector", "pose", "ingest", "segmentation", "ingest")


def test_raw_pictures_give_the_same_events_whoever_is_killed(stand: Stand, crew: Crew) -> None:
    def kill() -> None:
        for victim in VICTIMS:
            stand.await_finished("hall", 4)
            stand.send(victim, signal.SIGKILL)

    with stand.raw_pictures():
        [undisturbed] = stand.play(falling("hall"))
        assert fell(stand.events("hall"))
        stand.client.flushall()
        assert stand.play(falling("hall"), meanwhile=kill) == [undisturbed]
    assert stand.bus.letters() == []
    assert len([notice for notice in crew.notices if "SIGKILL" in notice.text]) == 3
