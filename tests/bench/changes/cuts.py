"""Cut and joined films: what the rules remember, or cannot know, changes, and with it the labels."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from services.evaluate.events.labels import MOMENTS, Clip, Label
from services.evaluate.events.recording import read_recording
from services.evaluate.events.replaying import Recorded
from services.evaluate.events.wanted import wanted_of
from shared.messages import Person
from tests.bench.stages import Film

LONG_S = 20.0  # clips as long begin anew more rarely
LONGEST_S = 60.0  # of what is joined: longer ones are memory enough by themselves

# Seconds from a fall's descent, and shares of the descent after it.
_BEFORE_S = (-1.0, -0.5, -0.2, 0.1)
_SHARES = (0.3, 0.5)
_FIRST_S, _STEP_S, _LONG_STEP_S = 0.4, 0.9, 7.0


@dataclass(frozen=True)
class Take:
    """A film and what is labelled in it.

    Attributes:
        zero_us: the media time that labels count from; nothing is asked about what is before.
    """

    name: str
    clip: Clip
    film: Film
    zero_us: int


def take_of(recorded: Recorded) -> Take:
    """A recording as it is.

    Raises:
        EvaluationError: it is damaged.
    """
    film = read_recording(recorded.path)[1]
    return Take(recorded.name, recorded.clip, film, film[0].pts_us if film else 0)


def whole(takes: Sequence[Take]) -> Iterator[Take]:
    """All of each."""
    return iter(takes)


def begun_anew(takes: Sequence[Take]) -> Iterator[Take]:
    """A camera is switched on, or a worker has lost its memory, in the middle of things: each clip begins
    at six moments around its first fall's descent, or all along where there is none.
    """
    for take in takes:
        for cut_s in moments(take.clip):
            begun = begun_at(take, cut_s)
            if begun.film:
                yield begun


def after_another(takes: Sequence[Take], *, gap_s: float = 0.04) -> Iterator[Take]:
    """A camera runs on, is moved or stands still for `gap_s` seconds, and knows people, a room and sizes
    that are others by now: each clip after the one before it in the file of labels, and after the one half
    of the file ahead.

    Where somebody lies at the end of the first clip and there is hardly a gap, the rules may take who falls
    in the second for the same body, and the fall for one that was told: a harder test than any room is.
    """
    short = [take for take in takes if take.film and take.clip.duration_s <= LONGEST_S]
    for number, take in enumerate(short):
        others = dict.fromkeys(((number - 1) % len(short), (number + len(short) // 2) % len(short)))
        for other in others:
            if other != number:
                yield joined(short[other], take, round(gap_s * 1e6))


def moments(clip: Clip) -> list[float]:
    """Seconds at which a clip begins anew."""
    fall = next(iter(clip.falls), None)
    if fall is None:
        step_s = _STEP_S if clip.duration_s < LONG_S else _LONG_STEP_S
        count = max(0, math.ceil((clip.duration_s - _FIRST_S) / step_s))
        return [_FIRST_S + number * step_s for number in range(count)]
    assert fall.descent_s is not None
    assert fall.ground_s is not None
    lasts_s = fall.ground_s - fall.descent_s
    later_s = (*_BEFORE_S, *(share * lasts_s for share in _SHARES))
    return [fall.descent_s + each_s for each_s in later_s if fall.descent_s + each_s > 0]


def begun_at(take: Take, cut_s: float) -> Take:
    """What is left of a take from a second on, which is its second 0, and of its labels."""
    zero_us = take.zero_us + round(cut_s * 1e6)
    film = tuple(frame for frame in take.film if frame.pts_us >= zero_us)
    clip = msgspec.structs.replace(
        take.clip,
        frames=max(1, round((take.clip.duration_s - cut_s) * take.clip.fps)),
        events=tuple(left for label in take.clip.events if (left := _left_of(label, cut_s)) is not None),
    )
    return Take(take.name, clip, film, zero_us)


def joined(before: Take, take: Take, gap_us: int) -> Take:
    """A take as it goes on after another one, by the same camera; only the second is asked about."""
    last, first = before.film[-1], take.film[0]
    later_us = last.pts_us + gap_us - first.pts_us
    tracks = [person.track or 0 for frame in before.film for person in (*frame.persons, *frame.lost)]
    most = max(tracks, default=0)
    after = tuple(
        msgspec.structs.replace(
            frame,
            seq=frame.seq - first.seq + last.seq + 1,
            pts_us=frame.pts_us + later_us,
            captured_us=frame.captured_us - first.captured_us + last.captured_us + gap_us,
            persons=tuple(_renamed(person, most) for person in frame.persons),
            lost=tuple(_renamed(person, most) for person in frame.lost),
        )
        for frame in take.film
    )
    same = tuple(msgspec.structs.replace(frame, camera=first.camera, run=first.run) for frame in before.film)
    return replace(take, film=same + after, zero_us=take.zero_us + later_us)


def _left_of(label: Label, cut_s: float) -> Label | None:
    """What a label says of the time after a cut; None where it is over.

    Of who has reached the floor before it is only known that somebody lies there; who has sat down or stood
    up by then is not to be told.
    """
    wanted = wanted_of(label)
    if label.last_s <= cut_s:
        return None
    if wanted is not None and not wanted.lasting and wanted.reached_s < cut_s:
        if not label.fall:
            return None
        label = Label("lying", start_s=wanted.reached_s, end_s=label.last_s, reaches=label.reaches)
    times = {name: max(0.0, time - cut_s) for name in MOMENTS if (time := getattr(label, name)) is not None}
    lowest_s = None if label.lowest_s is None else tuple(max(0.0, time - cut_s) for time in label.lowest_s)
    return msgspec.structs.replace(label, **times, lowest_s=lowest_s)


def _renamed(person: Person, most: int) -> Person:
    """By a name that nobody had before."""
    track = None if person.track is None else person.track + most
    return msgspec.structs.replace(person, track=track)
