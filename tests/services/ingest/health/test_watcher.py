"""What is wrong with a camera is told by its pictures, once and in order, and nothing else is."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import pytest

from services.ingest.health.watcher import Change, Watcher
from shared.bus.frames import Image
from shared.messages import EventKind, Phase, event_id
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Camera, Health
from tests.services.footage import clip
from tests.services.ingest.spoilt import (
    HEIGHT_PX,
    WIDTH_PX,
    Spoil,
    as_it_is,
    behind_a_cloth,
    behind_a_hand,
    brightened,
    dark,
    dimmed,
    filmed,
    infrared,
    lit_by_a_lamp,
    noisy,
    out_of_focus,
    passed_by,
    pushed,
    room,
    sprayed,
    tilted,
    trembling,
    turned_away,
)

CAMERA = Camera(name="hall", source="rtsp://cam/1")
SOON = Health(stalled_s=4, frozen_s=4, dark_s=4, covered_s=4, moved_s=4, back_s=2, repeat_s=10)
STALLED, FROZEN, DARK, COVERED, MOVED, BACK = (
    EventKind.CAMERA_STALLED,
    EventKind.CAMERA_FROZEN,
    EventKind.CAMERA_DARK,
    EventKind.CAMERA_COVERED,
    EventKind.CAMERA_MOVED,
    EventKind.CAMERA_BACK,
)
SUSPECTED, CONFIRMED, STILL, RECOVERED = Phase.SUSPECTED, Phase.CONFIRMED, Phase.STILL, Phase.RECOVERED
Film = Iterable[tuple[Image, int]]


def watcher(
    settings: Health = SOON, memory: bytes = b"", camera: Camera = CAMERA, live: bool = True
) -> Watcher:
    return Watcher(camera, settings, memory, live)


def seen(film: Film, watching: Watcher | None = None) -> list[Change]:
    watching = watcher() if watching is None else watching
    return [change for image, pts_us in film for change in watching.see(image, pts_us).changes]


def story(changes: Sequence[Change]) -> list[tuple[EventKind, Phase]]:
    return [(change.kind, change.phase) for change in changes]


def spells(*parts: tuple[Spoil, float]) -> Film:
    """The room, spoilt in one way after the other for so many seconds each, at two pictures a second."""
    return filmed([image for spoil, lasts_s in parts for image in [spoil(room())] * round(2 * lasts_s)])


def later(spoil: Spoil, start_s: float, lasts_s: float) -> Film:
    return filmed([spoil(room())] * round(2 * lasts_s), start_s=start_s)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (dark, DARK),
        (behind_a_hand, COVERED),
        (behind_a_cloth, COVERED),
        (sprayed, COVERED),
        (out_of_focus, COVERED),
        (pushed, MOVED),
        (tilted, MOVED),
        (turned_away, MOVED),
    ],
)
def test_each_thing_that_is_wrong_is_one_incident_of_its_kind(spoil: Spoil, kind: EventKind) -> None:
    changes = seen(spells((as_it_is, 10), (spoil, 10), (as_it_is, 5)))
    assert story(changes) == [(kind, SUSPECTED), (kind, CONFIRMED), (kind, RECOVERED), (BACK, CONFIRMED)]
    suspected, confirmed, _, back = changes
    (began_us,) = {change.started_pts_us for change in changes[:3]}
    assert began_us in (10_000_000, 11_000_000)  # at the first look after a jolt all moves
    assert [change.pts_us / 1e6 for change in changes] == [
        began_us / 1e6 + 2,
        began_us / 1e6 + 4,
        22,
        22,
    ]
    assert (suspected.raised_pts_us, confirmed.raised_pts_us) == (None, confirmed.pts_us)
    assert [change.update for change in changes] == [0, 1, 2, 0]
    assert all(0.5 <= change.confidence <= 1 and change.detail for change in changes)
    assert back.evidence == {"ill_s": 20 - began_us / 1e6}


def test_the_same_picture_again_and_again_is_frozen() -> None:
    pictures = [noisy(room(), min(index, 9)) for index in range(20)] + [
        noisy(room(), index) for index in range(8)
    ]
    changes = seen((image, index * 1_000_000) for index, image in enumerate(pictures))
    assert story(changes) == [
        (FROZEN, SUSPECTED),
        (FROZEN, CONFIRMED),
        (FROZEN, RECOVERED),
        (BACK, CONFIRMED),
    ]
    assert [change.pts_us / 1e6 for change in changes] == [11, 13, 22, 22]
    assert changes[0].started_pts_us == 9_000_000
    assert "same picture" in changes[1].detail


@pytest.mark.parametrize(
    "spoil",
    [as_it_is, dimmed, brightened, lit_by_a_lamp, infrared, trembling],
)
def test_other_light_is_not_another_view(spoil: Spoil) -> None:
    assert seen(spells((as_it_is, 10), (spoil, 12), (as_it_is, 12))) == []


def test_light_that_changes_slowly_and_flickers_is_nothing() -> None:
    bands = 1 + 0.05 * np.sin(np.arange(HEIGHT_PX) / 20)[:, None, None]
    drifting = [
        np.clip(room() * (1 - 0.012 * index) * np.roll(bands, 17 * index, axis=0), 0, 255).astype(np.uint8)
        for index in range(50)
    ]
    watching = watcher()
    motions = [watching.see(image, pts_us).motion for image, pts_us in filmed(drifting, fps=5)]
    assert motions[0] is None
    assert max(motion for motion in motions if motion is not None) < 0.01
    assert seen(filmed(drifting, start_s=10), watching) == []


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
def test_somebody_who_passes_close_by_does_not_move_the_camera(share: float) -> None:
    nobody = [room()] * 20
    passing = [passed_by(room(), share, -0.3 + 0.05 * step) for step in range(32)]
    swaying = [passed_by(room(), share, 0.5 + 0.03 * (step % 3)) for step in range(20)]
    assert seen(filmed([*nobody, *passing, *nobody, *swaying, *nobody])) == []


@pytest.mark.parametrize("name", ["walk", "crossing", "fall_forward", "lie_on_bed", "demo"])
def test_nothing_is_wrong_with_a_camera_that_sees_people(name: str) -> None:
    scene = Scene(parse(f"synth://{name}?size=320x240"))
    pictures = ((scene.render(i), round(i * 1e6 / scene.fps)) for i in range(0, scene.frame_count, 15))
    assert seen(pictures, watcher(SOON.model_copy(update={"moved_s": 2, "covered_s": 2}))) == []


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["gmdcsa24/s1_fall_13.mp4", "gmdcsa24/s3_adl_18.mp4", "assistiot/adl_15_stumbling.mp4"]
)
def test_nothing_is_wrong_with_a_real_camera(name: str) -> None:
    watching = watcher(Health(watch="all", frozen_s=2, dark_s=2, covered_s=2, moved_s=2))
    assert seen(((image, pts_us) for pts_us, image in clip(name)), watching) == []


@pytest.mark.data
def test_a_real_camera_that_is_held_in_the_hand_has_moved() -> None:
    watching = watcher(Health(watch="all", moved_s=2))
    changes = seen(((image, pts_us) for pts_us, image in clip("sam2/bedroom.mp4")), watching)
    assert (MOVED, CONFIRMED) in story(changes)
    assert {change.kind for change in changes} <= {MOVED, BACK}


def test_an_open_incident_is_said_again_and_counts_its_updates() -> None:
    changes = seen(spells((as_it_is, 6), (dark, 40), (as_it_is, 5)))
    assert story(changes) == [
        (DARK, SUSPECTED),
        (DARK, CONFIRMED),
        *[(DARK, STILL)] * 3,
        (DARK, RECOVERED),
        (BACK, CONFIRMED),
    ]
    assert [change.update for change in changes[:-1]] == list(range(6))
    assert [change.pts_us / 1e6 for change in changes[1:5]] == [10, 20, 30, 40]
    assert (
        len({event_id("hall", 1, None, change.kind, change.started_pts_us) for change in changes[:-1]}) == 1
    )


def test_a_suspicion_that_passes_ends_as_recovered_and_nobody_is_back() -> None:
    changes = seen(spells((as_it_is, 6), (behind_a_cloth, 3), (as_it_is, 8)))
    assert story(changes) == [(COVERED, SUSPECTED), (COVERED, RECOVERED)]
    assert changes[-1].raised_pts_us is None


def test_a_short_one_is_never_mentioned() -> None:
    assert seen(spells((as_it_is, 6), (dark, 1.5), (as_it_is, 6), (behind_a_hand, 1.5), (as_it_is, 6))) == []


def test_what_is_covered_from_the_first_picture_on_is_told_too() -> None:
    changes = seen(spells((behind_a_cloth, 6), (as_it_is, 6)))
    assert story(changes)[:2] == [(COVERED, SUSPECTED), (COVERED, CONFIRMED)]
    assert story(changes)[2:] == [(COVERED, RECOVERED), (BACK, CONFIRMED)]


def test_a_hand_and_then_the_light_is_one_thing_at_a_time() -> None:
    changes = seen(spells((as_it_is, 10), (behind_a_hand, 3), (dark, 8), (as_it_is, 5)))
    assert story(changes) == [
        (COVERED, SUSPECTED),
        (COVERED, RECOVERED),
        (DARK, SUSPECTED),
        (DARK, CONFIRMED),
        (DARK, RECOVERED),
        (BACK, CONFIRMED),
    ]


def test_a_confirmed_incident_waits_while_a_graver_one_lasts() -> None:
    film = spells((as_it_is, 10), (turned_away, 8), (dark, 8), (turned_away, 3), (as_it_is, 6))
    changes = seen(film, watcher(SOON.model_copy(update={"repeat_s": 60})))
    assert story(changes) == [
        (MOVED, SUSPECTED),
        (MOVED, CONFIRMED),
        (DARK, SUSPECTED),
        (DARK, CONFIRMED),
        (DARK, RECOVERED),
        (MOVED, RECOVERED),
        (BACK, CONFIRMED),
    ]


def test_a_picture_may_be_frozen_and_dark() -> None:
    black = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    watching = watcher()
    changes = seen(((black, second * 1_000_000) for second in range(8)), watching)
    assert {(FROZEN, CONFIRMED), (DARK, CONFIRMED)} <= set(story(changes))
    assert set(watching.problems) == {FROZEN, DARK}
    changes = seen(filmed([room()] * 10, start_s=8), watching)
    assert story(changes) == [(FROZEN, RECOVERED), (DARK, RECOVERED), (BACK, CONFIRMED)]
    assert watching.problems == ()


def test_silence_is_a_stalled_camera() -> None:
    watching = watcher()
    assert seen(later(as_it_is, 0, 5), watching) == []
    changes = [change for tenth in range(46, 250) for change in watching.silence(tenth * 100_000)]
    assert story(changes) == [(STALLED, SUSPECTED), (STALLED, CONFIRMED), (STALLED, STILL)]
    assert [change.pts_us for change in changes] == [6_500_000, 8_500_000, 18_500_000]
    assert {change.started_pts_us for change in changes} == {4_500_000}
    assert changes[1].evidence["silent_s"] == 4.0
    assert watching.problems == (STALLED,)
    changes = seen(later(as_it_is, 25, 5), watching)
    assert story(changes) == [(STALLED, RECOVERED), (BACK, CONFIRMED)]
    assert changes[-1].evidence == {"ill_s": 20.5}


def test_a_camera_that_never_sent_a_picture_is_stalled_from_the_first_wait_on() -> None:
    watching = watcher()
    changes = [change for second in range(100, 110) for change in watching.silence(second * 1_000_000)]
    assert story(changes) == [(STALLED, SUSPECTED), (STALLED, CONFIRMED)]
    assert [change.pts_us / 1e6 for change in changes] == [102, 104]
    assert changes[0].started_pts_us == 100_000_000


def test_a_suspicion_ends_where_the_camera_stalls() -> None:
    watching = watcher()
    changes = seen(spells((as_it_is, 5), (behind_a_cloth, 3)), watching)
    assert story(changes) == [(COVERED, SUSPECTED)]
    changes = [change for second in range(8, 20) for change in watching.silence(second * 1_000_000)]
    assert story(changes) == [(STALLED, SUSPECTED), (STALLED, CONFIRMED), (COVERED, RECOVERED)]


def test_a_camera_of_few_pictures_is_not_stalled_between_them() -> None:
    watching = watcher(camera=Camera(name="hall", source="a.mp4", fps=0.1))
    changes: list[Change] = []
    for second in range(100):
        if second % 10 == 0:
            changes += watching.see(
                noisy(room() if second < 40 else dark(room()), second), second * 1_000_000
            ).changes
        else:
            changes += watching.silence(second * 1_000_000)
    assert {change.kind for change in changes if change.phase is CONFIRMED} == {DARK}


def test_another_view_becomes_the_usual_one_after_long() -> None:
    watching = watcher(SOON.model_copy(update={"moved_adopt_s": 20}))
    changes = seen(spells((as_it_is, 10), (turned_away, 60), (as_it_is, 8)), watching)
    assert story(changes) == [
        (MOVED, SUSPECTED),
        (MOVED, CONFIRMED),
        (MOVED, STILL),
        (MOVED, STILL),
        (MOVED, RECOVERED),
        (BACK, CONFIRMED),
        (MOVED, SUSPECTED),
        (MOVED, CONFIRMED),
    ]
    assert "taken for the usual one" in changes[4].detail


def test_a_worker_that_takes_over_at_any_picture_goes_on_as_if_it_had_been_there() -> None:
    film = list(
        spells((as_it_is, 5), (behind_a_hand, 6), (as_it_is, 3), (turned_away, 6), (dark, 6), (as_it_is, 4))
    )
    whole = seen(film)
    assert len(whole) >= 8
    watching = watcher()
    taken_over: list[Change] = []
    for image, pts_us in film:
        found = watching.see(image, pts_us)
        memory = watching.memory()
        assert len(memory) < 8192
        taken_over += found.changes
        watching = watcher(memory=memory)
    assert taken_over == whole


@pytest.mark.parametrize("split", range(1, 24, 3))
def test_a_memory_that_was_stored_with_the_last_look_is_enough(split: int) -> None:
    film = list(spells((as_it_is, 4), (behind_a_hand, 5), (as_it_is, 3)))
    watching, memory = watcher(), b""
    changes: list[Change] = []
    for index, (image, pts_us) in enumerate(film):
        if index == split:
            watching = watcher(memory=memory)
        found = watching.see(image, pts_us)
        changes += found.changes
        memory = watching.memory() if found.due else memory
    assert changes == seen(film)


@pytest.mark.parametrize("live", [True, False])
def test_motion_goes_on_to_the_bit_after_a_worker_took_over(live: bool) -> None:
    scene = Scene(parse("synth://walk?size=320x240"))
    film = [(scene.render(index), index * 133_333) for index in range(60)]
    watching = watcher(live=live)
    whole = [watching.see(image, pts_us).motion for image, pts_us in film]
    watching, memory = watcher(live=live), b""
    taken_over = []
    for index, (image, pts_us) in enumerate(film):
        watching = watcher(memory=memory, live=live) if index % 5 == 0 else watching
        found = watching.see(image, pts_us)
        memory = watching.memory() if found.due else memory
        taken_over.append(found.motion)
    assert taken_over == whole
    assert whole[0] is None
    assert None not in whole[1:]


def test_silence_is_remembered_too() -> None:
    def waited(again: bool) -> list[Change]:
        watching = watcher()
        changes: list[Change] = []
        for second in range(20):
            watching = watcher(memory=watching.memory()) if again else watching
            silent = 5 <= second < 15
            image = noisy(room(), second)
            changes += (
                watching.silence(second * 1_000_000)
                if silent
                else watching.see(image, second * 1_000_000).changes
            )
        return changes

    assert waited(again=True) == waited(again=False)
    assert len(waited(again=True)) == 4


def test_what_is_open_when_the_run_ends_is_lost_and_nothing_is_back() -> None:
    watching = watcher()
    seen(spells((as_it_is, 6), (dark, 6)), watching)
    assert story(watching.finish(12_500_000)) == [(DARK, Phase.LOST)]
    assert watching.problems == ()
    assert watching.finish(13_000_000) == ()
    assert seen(later(as_it_is, 13, 6), watching) == []


@pytest.mark.parametrize("memory", [b"\xff", b"\x00 not a memory", b"\x91\x02", b"\x92\x01\x05"])
def test_a_memory_that_cannot_be_used_begins_anew(memory: bytes) -> None:
    watching = watcher(memory=memory)
    assert watching.problems == ()
    assert watching.memory() == watcher().memory()


def test_a_memory_that_was_cut_short_harms_nobody() -> None:
    watching = watcher()
    seen(later(as_it_is, 0, 3), watching)
    whole = msgspec.msgpack.decode(watching.memory())
    for path in (
        (4, 2),
        (5, 2),
        (6,),
        (8, 1),
    ):  # the last cells, the usual edges, the problems, the background
        broken = msgspec.msgpack.decode(watching.memory())
        part = broken
        for index in path[:-1]:
            part = part[index]
        part[path[-1]] = part[path[-1]][:2]
        assert broken != whole
        assert seen(later(as_it_is, 3, 3), watcher(memory=msgspec.msgpack.encode(broken))) == []


def test_a_new_crop_or_mask_is_no_moved_camera() -> None:
    watching = watcher()
    seen(later(as_it_is, 0, 10), watching)
    cropped = Camera(name="hall", source="rtsp://cam/1", crop=(0, 0, 400, 300))
    assert seen(later(turned_away, 10, 10), watcher(memory=watching.memory(), camera=cropped)) == []


def test_media_time_that_begins_anew_keeps_only_the_usual_view() -> None:
    watching = watcher()
    seen(spells((as_it_is, 10), (dark, 10)), watching)
    assert watching.problems == (DARK,)
    changes = seen(later(turned_away, 0, 8), watcher(memory=watching.memory()))
    assert story(changes) == [(MOVED, SUSPECTED), (MOVED, CONFIRMED)]


@pytest.mark.parametrize(
    ("watch", "live", "watched"),
    [("live", True, True), ("live", False, False), ("all", False, True), ("none", True, False)],
)
def test_who_is_watched_is_set(watch: str, live: bool, watched: bool) -> None:
    watching = watcher(Health.model_validate({"watch": watch, "dark_s": 2}), live=live)
    found = [watching.see(image, pts_us) for image, pts_us in later(dark, 0, 5)]
    assert any(one.changes for one in found) == watched
    assert found[-1].motion == 0.0
    assert bool(watching.silence(60_000_000)) == watched
    assert (len(watching.memory()) > 3000) == watched


def test_a_view_is_known_again_at_another_size() -> None:
    large = [np.repeat(np.repeat(noisy(room(), index), 2, axis=0), 2, axis=1) for index in range(6)]
    watching = watcher()
    assert seen(later(as_it_is, 0, 6), watching) == []
    assert seen(((image, (6 + index) * 1_000_000) for index, image in enumerate(large)), watching) == []
