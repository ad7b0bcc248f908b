"""Nobody watching never looks like nothing happening: real workers die, hang and fail, and it is told."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from services.local import MONITOR
from services.monitor.standing import unpacked
from shared.messages import Event, EventKind, Phase
from shared.settings import Camera, Heartbeat, Monitor
from tests.pipeline.play import Crew, Stand
from tests.services.monitor.outside import Web

ROOM = Camera(name="hall", source="synth://empty?size=320x240&fps=8&noise=0&duration=600", real_time=True)
QUICK = Monitor(dead_s=1.5, behind_s=1.5, window_s=4, back_s=0.5)
LOST, RESTORED = EventKind.MONITORING_LOST, EventKind.MONITORING_RESTORED


@contextmanager
def watched(stand: Stand, **limits: Any) -> Iterator[None]:
    """The camera plays, and a monitor has seen that all is well."""
    monitor = QUICK.model_copy(update=limits)
    with stand.crew([MONITOR], cameras=(ROOM,), monitor=monitor), stand.ingest(ROOM):
        stand.until(lambda: all_well(stand), "all is well")
        yield


def all_well(stand: Stand) -> bool:
    standing = unpacked(stand.bus.watch().standings.get("hall", b""))
    return standing is not None and standing.proven and standing.incident is None


def until_told(stand: Stand, kind: EventKind, what: str) -> Event:
    """The next such event."""
    known = len(told(stand, kind))
    stand.until(lambda: len(told(stand, kind)) > known, what)
    return told(stand, kind)[known]


def told(stand: Stand, kind: EventKind) -> list[Event]:
    return [e for e in stand.events("hall") if e.kind is kind and e.phase is Phase.CONFIRMED]


def test_all_actions_workers_dead_is_told_to_subscribers(stand: Stand, crew: Crew) -> None:
    with watched(stand):
        with crew.without("actions"):
            lost = until_told(stand, LOST, "monitoring_lost")
            assert lost.detail.startswith("actions: no worker for ")
        restored = until_told(stand, RESTORED, "monitoring_restored")
        assert restored.started_pts_us == lost.started_pts_us
    assert stand.deaths() == []


def test_a_stage_that_is_stopped_is_told_like_a_dead_one(stand: Stand) -> None:
    with watched(stand):
        stand.send("pose", signal.SIGSTOP)
        try:
            lost = until_told(stand, LOST, "monitoring_lost")
        finally:
            stand.send("pose", signal.SIGCONT)
        assert lost.detail.startswith("pose: no worker for ")
        until_told(stand, RESTORED, "monitoring_restored")


def test_a_stage_that_others_stand_in_for_is_told_too(stand: Stand, crew: Crew) -> None:
    with watched(stand):
        with crew.without("segmentation"):
            lost = until_told(stand, LOST, "monitoring_lost")
            assert lost.detail.startswith("segmentation: no worker for ")
        until_told(stand, RESTORED, "monitoring_restored")


def test_the_heartbeat_pauses_while_a_stage_is_dead(stand: Stand, crew: Crew) -> None:
    with Web().serving() as web:
        url = SecretStr(f"http://{web.address}/")
        with watched(stand, heartbeat=Heartbeat(every_s=1, url=url)):
            stand.until(lambda: len(web.asked) >= 2, "pings")
            with crew.without("tracker"):
                until_told(stand, LOST, "monitoring_lost")
                told_by = len(web.asked)
                began_s = time.monotonic()
                stand.until(lambda: time.monotonic() - began_s > 2, "time for two pings")
                assert len(web.asked) <= told_by + 1, "one may have been under way"
            stand.until(lambda: len(web.asked) > told_by + 1, "pings again")


def test_a_film_in_real_time_begins_and_ends_without_a_word(stand: Stand) -> None:
    film = ROOM.model_copy(update={"max_frames": 16})
    with stand.crew([MONITOR], cameras=(film,), monitor=QUICK.model_copy(update={"dead_s": 8.0})) as monitor:
        with stand.ingest(film):
            stand.through("hall")
        monitor.dismiss()
        assert stand.deaths() == []
    assert stand.events("hall") == []
