"""When a camera counts as not watched, and what is said about it."""

import pytest

from services.monitor.watcher import Watcher
from shared.messages import Event, EventKind, Frame, Phase, event_id
from shared.settings import Camera, Monitor
from tests.services.monitor.chain import FILM, FPS, LIMITS, LIVE, Chain

LOST, RESTORED = EventKind.MONITORING_LOST, EventKind.MONITORING_RESTORED
LEASE_S = 3  # a lease that ran out is seen so much later than its holder died, at most
START_S = 40  # more than a window


def running(camera: Camera = LIVE, limits: Monitor = LIMITS) -> Chain:
    chain = Chain(camera, limits)
    chain.seconds(START_S)
    assert chain.told() == []
    assert chain.outlook.all_watched
    return chain


def phases(events: list[Event]) -> list[tuple[EventKind, Phase, int]]:
    return [(event.kind, event.phase, event.update) for event in events]


@pytest.mark.parametrize("stage", ["ingest", "detector", "pose", "segmentation", "tracker", "actions"])
def test_a_dead_stage_is_noticed_in_time_and_so_is_its_return(stage: str) -> None:
    chain = running()
    chain.dead.add(stage)
    assert LIMITS.dead_s <= chain.until_told() <= LIMITS.dead_s + LEASE_S
    (lost,) = chain.told()
    assert (lost.kind, lost.phase, lost.track) == (LOST, Phase.CONFIRMED, None)
    assert lost.detail.startswith(f"{stage}: no worker for ")
    assert "hall" in chain.outlook.lost
    chain.dead.clear()
    chain.until_told()
    recovered, restored = chain.told()
    assert (recovered.kind, recovered.phase, recovered.id) == (LOST, Phase.RECOVERED, lost.id)
    assert (restored.kind, restored.phase, restored.update) == (RESTORED, Phase.CONFIRMED, 0)
    assert restored.evidence["lost_s"] == (chain.clock.ms - lost.started_pts_us / 1000) / 1000
    assert chain.outlook.all_watched


def test_what_stands_in_for_a_dead_stage_is_no_worker_of_it() -> None:
    chain = running()
    chain.dead.add("segmentation")
    chain.until_told()
    (lost,) = chain.told()
    assert lost.detail == "segmentation: no worker for 8 s, pictures pass it unseen"
    assert lost.evidence["segmentation_absent_s"] == 8
    assert chain.source().seq == chain.source().finished_seq


def test_a_camera_that_never_starts_is_lost_though_all_stages_live() -> None:
    chain = Chain(Camera(name="attic", source="rtsp://camera/attic"))
    passed = chain.until_told()
    (lost,) = chain.told()
    assert LIMITS.dead_s <= passed <= LIMITS.dead_s + 2
    assert (lost.camera, lost.run, lost.kind) == ("attic", 0, LOST)
    assert lost.detail == "ingest: has not started this camera for 8 s"


def test_nothing_is_lost_before_a_system_had_time_to_start() -> None:
    chain = Chain()
    chain.dead = {"ingest", "detector", "pose", "segmentation", "tracker", "actions"}
    chain.seconds(int(LIMITS.dead_s) - 1)
    assert not chain.outlook.all_watched
    chain.dead.clear()
    chain.seconds(START_S)
    assert chain.told() == []
    assert chain.outlook.all_watched


def test_a_camera_that_is_away_but_looked_after_is_not_lost() -> None:
    chain = running()
    chain.away = True
    chain.seconds(START_S)
    assert chain.told() == []
    assert chain.outlook.all_watched


@pytest.mark.parametrize("skewed_s", [-7200, 7200])
def test_the_clock_of_ingests_host_does_not_matter(skewed_s: int) -> None:
    chain = Chain()
    chain.skewed_us = skewed_s * 1_000_000
    chain.seconds(START_S)
    assert chain.told() == []
    chain.dead.add("ingest")
    assert chain.until_told() <= LIMITS.dead_s + LEASE_S


def test_an_ingest_that_holds_its_lease_and_is_silent_is_noticed() -> None:
    chain = running()
    chain.away = True
    report = chain.source().report
    for _ in range(8):
        chain.clock.advance(1000)
        for stage in ("ingest", "detector", "pose", "segmentation", "tracker", "actions"):
            chain.bus.acquire(stage, 0, f"{stage}-1", 2500)
        chain.outlook = chain.watcher.look()
    assert chain.source().report == report
    assert chain.outlook.lost == {"hall": "ingest: nothing heard of this camera for 8 s"}


def test_a_stage_that_hangs_with_its_lease_is_noticed_by_what_waits_before_it() -> None:
    chain = running()
    chain.hanging.add("tracker")
    assert LIMITS.behind_s <= chain.until_told() <= LIMITS.behind_s + 2
    (lost,) = chain.told()
    assert lost.detail == "tracker: pictures wait for 10 s"


def test_a_film_waits_for_a_slow_stage_and_is_not_lost() -> None:
    chain = running(FILM)
    chain.hanging.add("tracker")
    chain.seconds(30)
    assert chain.told() == []


@pytest.mark.parametrize(("every_s", "expected"), [(5, ["segmentation: skipped 5"]), (3, [])])
def test_a_stage_that_skips_most_pictures_is_noticed_and_one_that_skips_some_is_not(
    every_s: int, expected: list[str]
) -> None:
    chain = running()
    for second in range(START_S):  # what is older than 1.5 s when the stage comes to it is skipped
        chain.hanging = set() if second % every_s == 0 else {"segmentation"}
        chain.second()
    assert [event.detail[: len("segmentation: skipped 5")] for event in chain.told()] == expected


def test_dead_letters_beyond_the_limit_are_noticed_at_once() -> None:
    chain = running(limits=Monitor(dead_letters=5))
    fails: list[int] = []

    def poison(message: Frame) -> None:
        if message.seq % (2 * FPS) == 0:
            fails.append(message.seq)
            raise ZeroDivisionError("poison")

    chain.diaries["pose"]._hook = poison
    chain.until_told()
    (lost,) = chain.told()
    assert lost.evidence["pose_dead_letters"] == 6
    assert lost.detail.startswith("pose: 6 dead letters of the last ")
    chain.diaries["pose"]._hook = None
    chain.until_told()
    assert phases(chain.told()) == [(LOST, Phase.RECOVERED, 1), (RESTORED, Phase.CONFIRMED, 0)]


def test_dead_letters_of_the_last_stage_count_as_well() -> None:
    chain = running()

    def poison(message: Frame) -> None:
        if message.seq % FPS == 0:
            raise ZeroDivisionError("poison")

    chain.diaries["actions"]._hook = poison
    chain.until_told()
    (lost,) = chain.told()
    assert lost.detail.startswith("actions: 6 dead letters of the last ")


def test_dropping_most_pictures_is_noticed_and_dropping_some_is_not() -> None:
    chain = running()
    for _ in range(START_S):
        chain.bus.dropped("hall", "window", FPS - 1)
        chain.second()
    assert chain.told() == []
    for _ in range(START_S):
        chain.bus.dropped("hall", "window", 3 * FPS)
        chain.second()
    (lost,) = chain.told()
    assert lost.detail.startswith("ingest: dropped 5")


def test_an_open_incident_says_so_again_and_says_at_once_what_is_new() -> None:
    chain = running(limits=Monitor(repeat_s=20))
    chain.dead.add("pose")
    chain.until_told()
    chain.dead.add("tracker")
    (first,) = chain.told()
    assert chain.until_told() < 15
    (more,) = chain.told()
    assert more.id == first.id
    assert "pose: no worker" in more.detail
    assert "tracker: no worker" in more.detail
    assert chain.until_told() == 20
    (again,) = chain.told()
    assert [more.update, again.update] == [1, 2]
    assert [more.phase, again.phase] == [Phase.STILL] * 2


def test_a_short_return_does_not_end_an_incident() -> None:
    chain = running()
    chain.dead.add("pose")
    chain.until_told()
    for _ in range(5):
        chain.dead.clear()
        chain.seconds(int(LIMITS.back_s) - LEASE_S)
        chain.dead.add("pose")
        chain.seconds(5)
    assert {event.phase for event in chain.told()} <= {Phase.CONFIRMED, Phase.STILL}
    assert "hall" in chain.outlook.lost


def test_a_film_that_came_to_its_end_is_not_lost_when_all_workers_leave() -> None:
    chain = running(FILM)
    chain.end()
    chain.seconds(2)
    chain.dead = {"ingest", "detector", "pose", "segmentation", "tracker", "actions"}
    chain.seconds(START_S)
    assert chain.told() == []
    assert chain.bus.watch().standings == {}
    assert not chain.outlook.all_watched, "where nothing is watched no heartbeat may say so"


def test_a_camera_whose_stream_was_ended_is_lost_until_it_is_begun_again() -> None:
    chain = running()
    chain.end()
    chain.until_told()
    (lost,) = chain.told()
    assert lost.detail == "ingest: ended this camera and has not begun it again for 8 s"
    chain.bus.begin("hall")
    chain.until_told()
    assert phases(chain.told())[-1] == (RESTORED, Phase.CONFIRMED, 0)


def test_a_camera_that_is_removed_while_it_is_lost_leaves_no_open_incident() -> None:
    chain = running()
    chain.dead.add("pose")
    chain.until_told()
    (lost,) = chain.told()
    chain.watcher = chain.monitor(Camera(name="attic", source="synth://demo"))
    chain.second()
    [removed] = [event for event in chain.told() if event.camera == "hall"]
    assert (removed.id, removed.phase, removed.detail) == (lost.id, Phase.RECOVERED, "the camera was removed")
    assert "hall" not in chain.bus.watch().standings


def test_a_gap_in_the_looks_is_an_incident_of_its_own() -> None:
    chain = running()
    chain.seconds(60, looked=False)
    chain.watcher = chain.monitor()
    chain.seconds(START_S)
    lost, recovered, restored = chain.told()
    assert lost.detail == "monitor: nobody looked for 63 s"
    assert phases([lost, recovered, restored]) == [
        (LOST, Phase.CONFIRMED, 0), (LOST, Phase.RECOVERED, 1), (RESTORED, Phase.CONFIRMED, 0)
    ]  # fmt: skip


def test_a_gap_in_the_looks_does_not_end_an_incident_that_goes_on() -> None:
    chain = running()
    chain.dead.add("pose")
    chain.until_told()
    chain.seconds(60, looked=False)
    chain.watcher = chain.monitor()
    chain.seconds(START_S)
    assert {event.phase for event in chain.told()} == {Phase.CONFIRMED, Phase.STILL}


def test_a_monitor_that_takes_over_goes_on_where_the_other_stood() -> None:
    alone, taken_over = running(), running()
    for chain in (alone, taken_over):
        chain.dead.add("pose")
        for second in range(60):
            if second == 30:
                chain.dead.clear()
            if chain is taken_over and second % 5 == 0:
                chain.watcher = chain.monitor()
            chain.second()
    assert taken_over.told() == alone.told()


def test_monitors_that_look_at_the_same_moment_tell_everything_once() -> None:
    alone, fought = running(), running()
    rival = fought.monitor()
    for chain in (alone, fought):
        chain.dead.add("pose")
        for second in range(60):
            if second == 30:
                chain.dead.clear()
            chain.second()
            if chain is fought:
                rival.look()
    assert fought.told() == alone.told()


def test_an_id_tells_camera_run_kind_and_start() -> None:
    chain = running()
    chain.dead.add("pose")
    chain.until_told()
    (lost,) = chain.told()
    assert lost.id == event_id("hall", 1, None, LOST, lost.started_pts_us)
    assert lost.pts_us == lost.captured_us == lost.raised_pts_us == chain.clock.ms * 1000
    assert lost.started_pts_us < lost.pts_us


def test_a_standing_of_another_version_begins_anew() -> None:
    chain = running()
    partition = chain.bus._partitions[0]
    partition.standings["hall"] = b"\x93nobody's"
    chain.seconds(START_S)
    assert chain.outlook.all_watched
    assert chain.told() == []


def test_no_cameras_at_all_are_not_a_reason_to_say_that_all_are_watched() -> None:
    assert not Watcher((), LIMITS, Chain().bus).look().all_watched
