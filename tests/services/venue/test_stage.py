"""The venue as a stage: pictures of several cameras in, places of people out."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from services.venue import lineup
from services.venue import stage as stage_module
from services.venue.stage import NoVenueError, build
from shared.messages import End, Frame, Message
from shared.settings import Settings
from shared.worker import Owner
from tests.services.venue.films import Played, film, shuffled, stage, venue


def films() -> list[Sequence[Message]]:
    return [film("left"), film("right")]


@pytest.fixture(scope="module")
def played() -> Played:
    return Played(stage(), shuffled(films(), 0))


def test_one_person_whom_two_cameras_see_has_one_id_and_metres(played: Played) -> None:
    assert played.ids == {1}
    both = [p for places in played.told for p in places.people if p.cameras == ("left", "right")]
    assert len(both) > 30
    [gone] = played.told[-1].left
    assert gone.id == 1
    assert 1.5 < gone.distance_m < 4.0
    assert played.told[-1].people == ()


@pytest.mark.parametrize("seed", range(1, 9))
def test_films_give_the_same_places_in_whatever_order_their_pictures_come(seed: int, played: Played) -> None:
    assert Played(stage(), shuffled(films(), seed)).story == played.story


def test_places_are_told_each_tenth_of_a_second_of_the_venues_clock(played: Played) -> None:
    times = [places.at_us for places in played.told]
    assert times[0] == 0
    assert all(0 <= b - a <= 225_000 for a, b in pairwise(times[:-1]))
    assert len(times) == played.counts["places"]
    assert len(Played(stage(every_s=1.0), shuffled(films(), 0)).told) <= 10


def test_only_the_venues_cameras_are_its_own() -> None:
    ours, theirs = film("left")[0], msgspec.structs.replace(film("left")[0], camera="kitchen")
    assert stage().owner(ours) == Owner("hall", 0)
    assert stage().owner(theirs) is None


def test_a_camera_that_ends_is_not_waited_for_and_its_tracks_are_forgotten() -> None:
    first, second = films()
    short = [*first[:20], End(camera="left", run=1, seq=20, pts_us=2_500_000)]
    played = Played(stage(), shuffled([short, second[:-1]], 3))
    assert played.state.over == ("left",)
    assert set(played.state.runs) == {"right"}
    assert played.state.held == ()
    assert played.state.memory is not None
    assert 0 not in played.state.memory.tracks["camera"].numpy()
    assert played.told[-1].at_us >= 7_700_000
    assert played.ids == {1}


def test_when_the_last_camera_ends_everybody_leaves_and_ids_are_never_used_again() -> None:
    played = Played(stage(), shuffled(films(), 0))
    before = len(played.told)
    for message in shuffled([film("left", run=2), film("right", run=2)], 5):
        played.hand(message)
    assert played.ids == {1, 2}
    again = played.told[before:]
    assert again[0].at_us == 0
    assert [farewell.id for places in again for farewell in places.left] == [2]


def test_a_new_run_whose_end_before_was_lost_begins_new_tracks() -> None:
    played = Played(stage(), [m for m in film("left") if isinstance(m, Frame)])
    for message in film("left", run=2)[:-1]:
        played.hand(message)
    assert set(played.state.runs.values()) == {2}
    assert played.ids <= {1, 2}


def test_a_film_waits_for_one_that_has_not_begun_as_long_as_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lineup, "MOST_FRAMES", 30)
    many = 2 * lineup.MOST_FRAMES
    frames = [msgspec.structs.replace(film("left")[0], seq=i, pts_us=i * 125_000) for i in range(many)]
    played = Played(stage(), frames[: lineup.MOST_FRAMES])
    assert played.told == []
    for frame in frames[lineup.MOST_FRAMES :]:
        played.hand(frame)
    assert len(played.state.held) == lineup.MOST_FRAMES
    assert played.counts["unaligned"] == many - lineup.MOST_FRAMES
    played.hand(End(camera="left", run=1, seq=many, pts_us=0))
    assert played.state.held == ()
    assert played.told[-1].at_us == frames[-1].pts_us


def live(camera: str, lag_s: float = 0.0) -> list[tuple[float, Message]]:
    """Messages of a live camera with the second at which they come."""
    return [(m.pts_us / 1e6 + lag_s, m) for m in film(camera, live=True, start_us=10**15)]


def test_live_cameras_whose_streams_come_late_are_put_in_order() -> None:
    came = sorted(live("left") + live("right", 0.4), key=lambda pair: pair[0])
    late = Played(stage(), [message for _, message in came])
    assert late.ids == {1}
    assert late.counts.get("unaligned", 0) == 0
    assert all(places.live and places.at_us >= 10**15 for places in late.told)


def test_a_live_camera_that_hangs_holds_the_others_for_half_a_second_and_then_not_at_all() -> None:
    came = sorted(live("left")[:20] + live("right")[:-1], key=lambda pair: pair[0])
    played, held = Played(stage(), []), []
    for _, message in came:
        played.hand(message)
        held.append(len(played.state.held))
    assert max(held) <= 7
    assert held[-20:] == [0] * 20
    assert 0 < played.counts["unaligned"] <= 25


def test_a_venue_with_other_cameras_begins_anew_but_for_the_ids() -> None:
    played = Played(stage(), shuffled([f[:-1] for f in films()], 0))
    cameras = {name: venue().model_dump()["cameras"][name] for name in ("right",)}
    changed = Played(stage(cameras=cameras), [])
    changed.state = played.state
    for message in film("right", run=2)[:-1]:
        changed.hand(message)
    assert changed.ids == {2}


def test_a_memory_that_no_checkpoint_holds_sheds_what_is_learnt_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looking = [film("left", looks=512), film("right", looks=512)]
    whole = Played(stage(), shuffled(looking, 0))
    assert "lightened" not in whole.counts
    monkeypatch.setattr(stage_module, "MOST_BYTES", whole.most_bytes - 500)
    shed = Played(stage(), shuffled(looking, 0))
    assert shed.most_bytes <= whole.most_bytes - 500
    assert shed.counts["lightened"] > 0
    assert shed.ids == {1}


def test_looks_are_carried_through_waiting_and_checkpoints() -> None:
    played = Played(stage(), shuffled([f[:-1] for f in (film("left", looks=8), film("right", looks=8))], 1))
    assert played.state.memory is not None
    look = played.state.memory.people["look"].numpy()
    np.testing.assert_allclose(np.linalg.norm(look.astype(float), axis=1), 1, atol=0.01)


def test_without_a_venue_the_worker_says_so() -> None:
    with pytest.raises(NoVenueError, match="add the section `venue`"):
        build(Settings())
