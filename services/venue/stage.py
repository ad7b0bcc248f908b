"""The venue as a stage: one memory for all its cameras, pictures with tracks in, places of people out."""

from collections.abc import Sequence

import msgspec
from typing_extensions import override

from services.venue.course import Course, State
from services.venue.memory import Memory
from services.venue.site import Site
from shared import metrics
from shared.errors import UserError
from shared.messages import Frame, Message
from shared.settings import Settings, Venue
from shared.worker import Done, Owner, Stage, Work

MOST_BYTES = 524_288
_SPARE_BYTES = 64  # what a checkpoint adds to the state

_encoder = msgspec.msgpack.Encoder()


class NoVenueError(UserError):
    """There is nothing to do."""


class VenueStage(Stage[State]):
    """Follows the people of one venue over all its cameras.

    A checkpoint may hold half a megabyte (see the README for what that is in people). Beyond that it sheds
    what is learnt anew within seconds: looks, then who keeps with whom, then the cameras' tracks.
    """

    name = "venue"
    state_type = State
    most_bytes = MOST_BYTES

    def __init__(self, venue: Venue) -> None:
        """Calibrate the cameras.

        Raises:
            CalibrationError: a camera's points tell no ground, or the cameras do not see one and the same.
        """
        self._venue = venue
        self._site = Site(venue)
        metrics.venue_memory_limit.set(MOST_BYTES)

    @override
    def owner(self, message: Message) -> Owner | None:
        """The venue, whatever its cameras' runs are; they are noted in its state."""
        return Owner(self._venue.name, 0) if message.camera in self._venue.cameras else None

    @override
    def fresh(self) -> State:
        return State()

    @override
    def wants_picture(self, message: Frame) -> bool:
        return False

    @override
    def process(self, works: Sequence[Work[State]]) -> list[Done[State]]:
        return [self._seen(work.message, work.state) for work in works]

    @override
    def finish(self, state: State) -> tuple[Message, ...]:
        """A venue has no run of its own: see `leave`."""
        return ()

    @override
    def leave(self, state: State, message: Message) -> Done[State | None]:
        course = Course(self._site, self._venue, state)
        course.end(message)
        done = self._done(course)
        return Done(done.outputs, done.state, done.counts)

    def _seen(self, frame: Frame, state: State) -> Done[State]:
        course = Course(self._site, self._venue, state)
        course.see(frame)
        return self._done(course)

    def _done(self, course: Course) -> Done[State]:
        state, size, shed = _fitted(course.state())
        counts = course.counts
        if shed:
            counts["lightened"] = 1
        self._show(course, size)
        return Done(tuple(course.outputs), state, counts)

    def _show(self, course: Course, size: int) -> None:
        name = self._venue.name
        metrics.venue_memory.labels(name).set(size)
        metrics.venue_held.labels(name).set(len(course.line.held))
        for places in course.outputs[-1:]:
            metrics.venue_people.labels(name).set(len(places.people))
            for camera, offset_s in zip(self._site.cameras, course.fusion.offsets_s, strict=True):
                metrics.venue_clock.labels(camera).set(offset_s)


def _fitted(state: State) -> tuple[State, int, bool]:
    """A state that a checkpoint can hold, how many bytes it takes, and whether something was shed."""
    shed = False
    for lighten in (Memory.without_looks, Memory.without_pairs, Memory.without_tracks):
        size = len(_encoder.encode(state))
        if size + _SPARE_BYTES <= MOST_BYTES or state.memory is None:
            return state, size, shed
        state, shed = msgspec.structs.replace(state, memory=lighten(state.memory)), True
    return state, len(_encoder.encode(state)), shed


def build(settings: Settings) -> VenueStage:
    """The stage as the configuration wants it.

    Raises:
        NoVenueError: it names no venue.
        CalibrationError: a camera's points tell no ground.
    """
    if settings.venue is None:
        raise NoVenueError("no venue is configured: add the section `venue` (services/venue/README.md)")
    return VenueStage(settings.venue)
