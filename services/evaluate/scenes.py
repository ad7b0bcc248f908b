"""The built-in room as a data set: pictures of which everything is known."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from services.evaluate.errors import EvaluationError
from shared.bus.frames import Image
from shared.scene.scene import PersonTruth, Scene
from shared.scene.url import SceneSpec

_SCENARIOS = ("walk", "bend", "sit", "fall_sideways", "crossing")
_SIZE_PX = (640, 480)
_FOV_DEG = 42.0  # narrower than a room camera's: people are larger
_LEAST_AREA_PX = 3_000  # of a person's visible pixels: smaller ones are mostly behind others
_LEAST_VISIBLE = 14  # of 33 landmarks
_MOMENTS = (*(0.5, 0.7, 0.3, 0.4, 0.6), *(0.45, 0.65, 0.35, 0.55, 0.25, 0.75))  # shares of a scene
_PER_SCENE = 3  # pictures: to build a room takes longer than to look at it
_TRIES = 40


@dataclass(frozen=True)
class Sample:
    """A picture (H, W, 3) BGR and everybody in it."""

    image: Image
    persons: tuple[PersonTruth, ...]


def samples(count: int, most_people: int, seed: int) -> Iterator[Sample]:
    """Pictures with 1 to `most_people` people in turn, in changing rooms; all are well in view.

    Raises:
        EvaluationError: the seed's scenes do not show so many at once.
    """
    takes = [_takes(people, seed) for people in range(1, most_people + 1)]
    for number in range(count):
        sample = next(takes[number % most_people], None)
        if sample is None:
            raise EvaluationError(f"no scene of seed {seed} shows its people at once: take another --seed")
        yield sample


def _takes(people: int, seed: int) -> Iterator[Sample]:
    """Moments of one scene after the other at which exactly `people` are in view."""
    names = [name for name in _SCENARIOS if name != "crossing" or people > 1]
    for attempt in range(_TRIES):
        scene = Scene(
            SceneSpec(
                names[attempt % len(names)],
                fov_deg=_FOV_DEG,
                size_px=_SIZE_PX,
                people=people,
                seed=(100 * seed + 10 * people + attempt) % 2**31,
            )
        )
        yield from itertools.islice(_moments(scene, people), _PER_SCENE)


def _moments(scene: Scene, people: int) -> Iterator[Sample]:
    for share in _MOMENTS:
        index = round(share * (scene.frame_count - 1))
        persons = scene.truth(index).persons
        if len(persons) == people and all(_is_clear(person) for person in persons):
            yield Sample(scene.render(index), persons)


def _is_clear(person: PersonTruth) -> bool:
    return int(person.mask.sum()) >= _LEAST_AREA_PX and int(person.visible.sum()) >= _LEAST_VISIBLE
