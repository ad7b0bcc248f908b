"""Two cameras that film one room, with the true people in each picture, as the tracker would hand them on."""

import random
from collections.abc import Iterator, Sequence
from functools import cache

import msgspec
import numpy as np

from services.venue.stage import VenueStage, build
from shared.messages import Array, End, Frame, Message, Person, Places, encode
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Settings, Venue
from shared.worker import Work
from tests.services.venue.test_site import people, points

URLS = {
    "left": "synth://walk?height=2.4&noise=0&size=320x240&fps=8&duration=8",
    "right": "synth://walk?height=1.6&tilt=12&fov=75&noise=0&size=400x300&fps=10&duration=8",
}


def venue(**more: object) -> Venue:
    """The two cameras, exactly calibrated."""
    return Venue.model_validate({"name": "hall", "cameras": _calibrated(), **more})


@cache
def _calibrated() -> dict[str, object]:
    return {name: {"points": points(Scene(parse(url)).camera)} for name, url in URLS.items()}


def stage(**more: object) -> VenueStage:
    return build(Settings(venue=venue(**more)))


@cache
def film(
    camera: str, *, run: int = 1, live: bool = False, start_us: int = 0, looks: int = 0
) -> tuple[Message, ...]:
    """What the tracker says of a camera's whole film, its end included."""
    scene = Scene(parse(URLS[camera]))
    messages: list[Message] = []
    for index in range(scene.frame_count):
        pts_us = round(index / scene.fps * 1e6)
        persons = [_seen(person, index, looks) for person in _drawn(camera)[index]]
        width, height = scene.spec.size_px
        messages.append(
            Frame(
                camera=camera,
                run=run,
                seq=index,
                pts_us=pts_us,
                live=live,
                captured_us=start_us + pts_us,
                width_px=width,
                height_px=height,
                persons=tuple(persons),
            )
        )
    last = scene.frame_count
    end = End(camera=camera, run=run, seq=last, pts_us=round(last / scene.fps * 1e6), live=live)
    return (*messages, end)


@cache
def _drawn(camera: str) -> tuple[tuple[Person, ...], ...]:
    """The people in each of a camera's pictures."""
    scene = Scene(parse(URLS[camera]))
    return tuple(tuple(person for person, _ in people(scene, i)) for i in range(scene.frame_count))


def _seen(person: Person, index: int, looks: int) -> Person:
    """A box that is right to a pixel or so, and now and then what the person looks like."""
    shake = np.random.default_rng(index).normal(0, 0.5, 4)
    x0, y0, x1, y1 = (np.array(person.box) + shake).tolist()
    person = msgspec.structs.replace(person, box=(x0, y0, x1, y1))
    if not looks or index % 3:
        return person
    look = np.ones(looks) / np.sqrt(looks)
    return msgspec.structs.replace(person, embedding=Array.of(look.astype(np.float16)))


def shuffled(films: Sequence[Sequence[Message]], seed: int, most_ahead: int = 40) -> Iterator[Message]:
    """The films' messages as they come, each camera's in order; one may be so many ahead of another."""
    rng, places = random.Random(seed), [0] * len(films)
    while any(place < len(film) for place, film in zip(places, films, strict=True)):
        behind = min(place for place, film in zip(places, films, strict=True) if place < len(film))
        able = [i for i, f in enumerate(films) if places[i] < len(f) and places[i] - behind < most_ahead]
        chosen = rng.choice(able)
        yield films[chosen][places[chosen]]
        places[chosen] += 1


class Played:
    """What a stage says to messages; after each of them it is restored from its packed state."""

    def __init__(self, stage: VenueStage, messages: Iterator[Message] | Sequence[Message]) -> None:
        self.stage, self.state, self.told = stage, stage.fresh(), list[Places]()
        self.counts: dict[str, int] = {}
        self.most_bytes = 0
        for message in messages:
            self.hand(message)

    def hand(self, message: Message) -> None:
        if isinstance(message, Frame):
            [done] = self.stage.process([Work(message, self.state, None)])
            outputs, state, counts = done.outputs, done.state, done.counts
        else:
            left = self.stage.leave(self.state, message)
            assert left.state is not None
            outputs, state, counts = left.outputs, left.state, left.counts
        packed = msgspec.msgpack.encode(state)
        self.most_bytes = max(self.most_bytes, len(packed))
        self.state = msgspec.msgpack.decode(packed, type=type(state))
        self.told += [output for output in outputs if isinstance(output, Places)]
        for what, count in counts.items():
            self.counts[what] = self.counts.get(what, 0) + count

    @property
    def story(self) -> list[bytes]:
        return [encode(places) for places in self.told]

    @property
    def ids(self) -> set[int]:
        return {person.id for places in self.told for person in places.people}
