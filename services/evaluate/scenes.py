"""The built-in room as a data set: pictures of which everything is known."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.bus.frames import Image
from shared.scene.scene import PersonTruth, Scene
from shared.scene.url import SceneSpec

_SCENARIOS = ("walk", "sit", "fall_sideways", "bend", "crossing")
_SIZE_PX = (800, 600)
_LEAST_AREA_PX = 3_000  # of a person's visible pixels: smaller ones are mostly behind others
_LEAST_VISIBLE = 14  # of 33 landmarks
_TRIES = 12


@dataclass(frozen=True)
class Sample:
    """A picture (H, W, 3) BGR and everybody in it."""

    image: Image
    persons: tuple[PersonTruth, ...]


def samples(count: int, most_people: int, seed: int) -> Iterator[Sample]:
    """Pictures with 1 to `most_people` people in turn, each from another scene; all are well in view."""
    for number in range(count):
        yield _sample(1 + number % most_people, number, seed)


def _sample(people: int, number: int, seed: int) -> Sample:
    """The first moment of a scene at which exactly `people` are in view."""
    names = [name for name in _SCENARIOS if name != "crossing" or people > 1]
    for attempt in range(_TRIES):
        scenario = names[(number + attempt) % len(names)]
        scene = Scene(
            SceneSpec(scenario, people=people, size_px=_SIZE_PX, seed=seed * 1_000 + number + 100 * attempt)
        )
        for share in (0.5, 0.4, 0.6, 0.3, 0.7):
            index = round(share * (scene.frame_count - 1))
            persons = tuple(person for person in scene.truth(index).persons if person.visible_box)
            if len(persons) == people and all(_is_clear(person) for person in persons):
                return Sample(scene.render(index), persons)
    raise RuntimeError(f"no scene of seed {seed} shows {people} people at once")


def _is_clear(person: PersonTruth) -> bool:
    return int(person.mask.sum()) >= _LEAST_AREA_PX and int(person.visible.sum()) >= _LEAST_VISIBLE
