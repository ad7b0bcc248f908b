import msgspec
import pytest

from services.evaluate.events.labels import Clip, Label
from shared.messages import Frame
from tests.bench.changes.cuts import Take, after_another, begun_anew, begun_at, joined, moments
from tests.services.evaluate.events.made import FALL, clip, film_of
from tests.services.figures import PRONE, falling

SITTING = Label("sitting", start_s=1.0, end_s=8.0)
SITS = Label("sit_down", start_s=2.0, seated_s=3.0, settled_s=3.5, end_s=7.5)
FLOOR = msgspec.structs.replace(FALL, reaches="floor")


def take(name: str = "home/a.mp4", *labels: Label, duration_s: float = 10.0) -> Take:
    frames = film_of(name, falling(PRONE), duration_s)
    return Take(name, clip(*labels, duration_s=duration_s), tuple(frames), 0)


@pytest.mark.parametrize(
    ("label", "cut_s", "left"),
    [
        (FLOOR, 1.5, (FLOOR.kind, {"descent_s": 0.5, "ground_s": 1.5, "settled_s": 2.0})),
        (FLOOR, 2.5, (FLOOR.kind, {"descent_s": 0.0, "ground_s": 0.5, "last_on_ground_s": 6.5})),
        (FLOOR, 4.0, ("lying", {"start_s": 0.0, "end_s": 5.0, "reaches": "floor", "fall": False})),
        (FLOOR, 9.0, None),
        (SITS, 2.5, ("sit_down", {"start_s": 0.0, "seated_s": 0.5, "end_s": 5.0})),
        (SITS, 3.2, None),
        (SITTING, 3.0, ("sitting", {"start_s": 0.0, "end_s": 5.0})),
        (Label("squat", start_s=1.0, lowest_s=(2.0, 4.0)), 3.0, ("squat", {"lowest_s": (0.0, 1.0)})),
    ],
)
def test_labels_of_a_cut_clip_tell_what_is_left(
    label: Label, cut_s: float, left: tuple[str, dict[str, object]] | None
) -> None:
    begun = begun_at(take("home/a.mp4", label, duration_s=10.0), cut_s)
    assert begun.zero_us == round(cut_s * 1e6)
    assert begun.film[0].pts_us == begun.zero_us
    assert begun.clip.duration_s == pytest.approx(10.0 - cut_s)
    if left is None:
        assert begun.clip.events == ()
        return
    (told,) = begun.clip.events
    kind, values = left
    assert told.kind == kind
    assert {name: getattr(told, name) for name in values} == values


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (clip(FALL), [1.0, 1.5, 1.8, 2.1, 2.3, 2.5]),
        (clip(Label("fall_side", fall=True, descent_s=0.4, ground_s=1.4)), [0.2, 0.5, 0.7, 0.9]),
        (clip(duration_s=3.0), [0.4, 1.3, 2.2]),
        (clip(duration_s=20.0), [0.4, 7.4, 14.4]),
        (clip(duration_s=0.3), []),
    ],
)
def test_clips_begin_anew_around_a_fall_or_all_along(of: Clip, expected: list[float]) -> None:
    assert moments(of) == pytest.approx(expected)


def test_a_clip_begins_anew_where_it_still_shows_something() -> None:
    short = take(duration_s=2.0)
    long = Take("home/b.mp4", clip(duration_s=9.0), short.film, 0)
    begun = list(begun_anew([long]))
    assert [each.zero_us for each in begun] == [400_000, 1_300_000]


def test_a_joined_clip_is_one_film_with_new_names() -> None:
    first, second = take("home/a.mp4", FALL), take("home/b.mp4", SITS)
    both = joined(first, second, 40_000)
    assert both.clip == second.clip
    assert [frame.seq for frame in both.film] == list(range(len(first.film) + len(second.film)))
    times = [frame.pts_us for frame in both.film]
    assert times == sorted(set(times))
    assert both.film[len(first.film)].pts_us == both.zero_us == first.film[-1].pts_us + 40_000
    assert {frame.camera for frame in both.film} == {second.film[0].camera}
    assert names(both.film[: len(first.film)]).isdisjoint(names(both.film[len(first.film) :]))


def names(film: tuple[Frame, ...]) -> set[int | None]:
    return {person.track for frame in film for person in frame.persons}


def test_each_short_clip_comes_after_two_others() -> None:
    takes = [take(f"home/{name}.mp4", duration_s=1.0) for name in "abcde"]
    long = Take("home/long.mp4", clip(duration_s=90.0), takes[0].film, 0)
    made = list(after_another([*takes, long]))
    assert {each.zero_us for each in made} == {940_000}
    assert {each.zero_us for each in after_another(takes, gap_s=120)} == {120_900_000}
    assert [each.name for each in made] == [each.name for each in takes for _ in range(2)]
    assert list(after_another(takes[:1])) == []
    assert len(list(after_another(takes[:2]))) == 2
