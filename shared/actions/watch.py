"""One camera: its tracks' memories, frame by frame, and the events that the rules make of them."""

from collections.abc import Iterable, Iterator

import msgspec

from shared.actions import person as people
from shared.actions.incidents import Cause, event_of
from shared.actions.person import Instant, Memory, Told
from shared.actions.places import Places
from shared.messages import Event, Frame, Person
from shared.rules.moment import Moment, Sight
from shared.settings import Actions as Settings
from shared.settings import Camera

# The tracker does not speak of unconfirmed tracks while they are unseen; past this a track has ended.
FORGET_S = 0.5


class CameraState(msgspec.Struct, frozen=True):
    """Checkpoint of one camera: the last frame's place, for what is said at the end, and its tracks."""

    cause: Cause | None = None
    memories: tuple[Memory, ...] = ()


class Watch:
    """The rules, for any cameras: pure, all that it remembers is in the `CameraState`s.

    Args:
        settings: of all cameras.
        cameras: those that have zones or lines.
    """

    def __init__(self, settings: Settings, cameras: Iterable[Camera] = ()) -> None:
        self._settings = settings
        self._cameras = {camera.name: camera for camera in cameras}
        self._places: dict[str, tuple[tuple[int, int], Places]] = {}

    def step(self, frame: Frame, state: CameraState) -> tuple[tuple[Event, ...], CameraState]:
        """What a frame with tracks tells, and what is known after it."""
        cause = Cause.of(frame)
        now = Instant(frame.pts_us, frame.captured_us, frame.width_px)
        events: list[Event] = []
        memories: list[Memory] = []
        places = self._places_in(frame)
        for seen, unplaced in self._moments(frame, now, state.memories):
            memory, moment = people.locate(seen, unplaced, places)
            told = people.judge(memory, moment, self._settings.rules)
            events.extend(_events(cause, told))
            if moment.sight is not Sight.GONE:
                memories.append(told.memory)
        after = CameraState(msgspec.structs.replace(cause, trace=()), tuple(memories))
        return tuple(events), after

    def finish(self, state: CameraState) -> tuple[Event, ...]:
        """The run has ended: open incidents are closed."""
        if state.cause is None:
            return ()
        now = Instant(state.cause.pts_us, state.cause.captured_us)
        told = (
            people.judge(memory, people.absent(memory, now, Sight.GONE), self._settings.rules)
            for memory in state.memories
        )
        return tuple(event for one in told for event in _events(state.cause, one))

    def _places_in(self, frame: Frame) -> Places:
        """The camera's places in a picture of this frame's size."""
        size_px = frame.width_px, frame.height_px
        known = self._places.get(frame.camera)
        if known is not None and known[0] == size_px:
            return known[1]
        camera = self._cameras.get(frame.camera)
        zones, lines = ((), ()) if camera is None else (camera.zones, camera.lines)
        places = Places(zones, lines, *size_px)
        self._places[frame.camera] = size_px, places
        return places

    def _moments(
        self, frame: Frame, now: Instant, memories: tuple[Memory, ...]
    ) -> Iterator[tuple[Memory, Moment]]:
        """Of known tracks and then of new ones, as far as there is room."""
        persons = {person.track: person for person in frame.persons if person.track is not None}
        lost = {person.track: person for person in frame.lost}
        for memory in memories:
            yield self._moment(memory, persons.pop(memory.track, None), lost.get(memory.track), now)
        room = self._settings.max_tracks - len(memories)
        for track in sorted(persons)[: max(0, room)]:
            yield self._moment(Memory(track, frame.pts_us), persons[track], None, now)

    def _moment(
        self, memory: Memory, seen: Person | None, lost: Person | None, now: Instant
    ) -> tuple[Memory, Moment]:
        if seen is not None:
            return people.observe(memory, seen, now, self._settings)
        if lost is not None:
            return people.miss(memory, lost, now)
        silent_s = (now.pts_us - memory.named_us) / 1e6
        sight = Sight.UNKNOWN if silent_s <= FORGET_S else Sight.GONE
        return memory, people.absent(memory, now, sight)


def watch(frames: Iterable[Frame], settings: Settings, cameras: Iterable[Camera] = ()) -> Iterator[Event]:
    """All events of one run of a camera, from its frames with tracks, as the stage publishes them."""
    rules, state = Watch(settings, cameras), CameraState()
    for frame in frames:
        events, state = rules.step(frame, state)
        yield from events
    yield from rules.finish(state)


def _events(cause: Cause, told: Told) -> Iterator[Event]:
    for kind, report in told.reports:
        yield event_of(cause, told.memory.track, kind, report)
