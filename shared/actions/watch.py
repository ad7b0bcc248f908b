"""One camera: its tracks' memories, frame by frame, and the events that the rules make of them."""

from collections.abc import Iterable, Iterator

import msgspec

from shared.actions import person as people
from shared.actions.incidents import Cause, event_of
from shared.actions.person import Instant, Memory, Told
from shared.actions.post import Post
from shared.actions.view import View
from shared.messages import Event, Frame, Person
from shared.rules.moment import Moment, Sight
from shared.settings import Actions as Settings
from shared.settings import Camera

# The tracker does not speak of unconfirmed tracks while they are unseen; past this a track has ended.
FORGET_S = 0.5


class CameraState(msgspec.Struct, frozen=True):
    """Checkpoint of one camera: the last frame's place, for what is said at the end, and its tracks, and
    what the people who stand have told of the camera.
    """

    cause: Cause | None = None
    memories: tuple[Memory, ...] = ()
    view: View = View()


class Watch:
    """The rules, for any cameras: pure, all that it remembers is in the `CameraState`s.

    Args:
        settings: of all cameras.
        cameras: those with zones, lines, rules or a tilt of their own.
    """

    def __init__(self, settings: Settings, cameras: Iterable[Camera] = ()) -> None:
        self._settings = settings
        self._cameras = {camera.name: camera for camera in cameras}
        self._posts: dict[str, Post] = {}

    def step(self, frame: Frame, state: CameraState) -> tuple[tuple[Event, ...], CameraState]:
        """What a frame with tracks tells, and what is known after it."""
        cause = Cause.of(frame)
        size_px, camera = (frame.width_px, frame.height_px), self._cameras.get(frame.camera)
        tilt_deg = None if camera is None else camera.tilt_deg
        now = Instant(frame.pts_us, frame.captured_us, size_px, state.view, tilt_deg)
        view, persons = state.view, {person.track: person for person in frame.persons}
        events: list[Event] = []
        memories: list[Memory] = []
        post = self._post(frame.camera)
        places, duties = post.places(frame), post.duties(frame.captured_us)
        for seen, unplaced in self._moments(frame, now, state.memories):
            memory, moment = people.locate(seen, unplaced, places)
            told = people.judge(memory, moment, duties)
            events.extend(_events(cause, told))
            if moment.sight is not Sight.GONE:
                memories.append(told.memory)
            if moment.sight is Sight.SEEN:
                view = people.teach(view, moment, persons[memory.track], size_px)
        after = CameraState(msgspec.structs.replace(cause, trace=()), tuple(memories), view)
        return tuple(events), after

    def finish(self, state: CameraState) -> tuple[Event, ...]:
        """The run has ended: open incidents are closed."""
        if state.cause is None:
            return ()
        now = Instant(state.cause.pts_us, state.cause.captured_us)
        duties = self._post(state.cause.camera).duties(now.wall_us)
        told = (
            people.judge(memory, people.absent(memory, now, Sight.GONE), duties) for memory in state.memories
        )
        return tuple(event for one in told for event in _events(state.cause, one))

    def _post(self, name: str) -> Post:
        post = self._posts.get(name)
        if post is None:
            post = self._posts[name] = Post(self._settings, self._cameras.get(name))
        return post

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
