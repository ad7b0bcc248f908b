"""One camera: its tracks' memories, frame by frame, and the events that the rules make of them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from shared.actions import heirs
from shared.actions import person as people
from shared.actions.curves import curves_for
from shared.actions.duties import Told, judge
from shared.actions.heirs import Sighted
from shared.actions.incidents import Cause, event_of
from shared.actions.person import Instant, Memory
from shared.actions.post import Post
from shared.actions.view import View
from shared.messages import Event, Frame, Person
from shared.rules.moment import Sight
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
        view, events, memories = state.view, list[Event](), list[Memory]()
        post = self._post(frame.camera)
        places, duties = post.places(frame), post.duties(frame.captured_us)
        sighted = self._sighted(frame, now, state.memories)
        lying = heirs.holders(sighted)
        for one in sighted:
            memory, moment = people.locate(one.memory, heirs.explained(one, lying), places)
            told = judge(memory, moment, duties)
            lying += heirs.holders([replace(one, memory=told.memory)])
            events.extend(_events(cause, told))
            if moment.sight is not Sight.GONE:
                memories.append(told.memory)
            if one.person is not None and moment.sight is Sight.SEEN:
                view = people.teach(view, moment, one.person, size_px)
        after = CameraState(msgspec.structs.replace(cause, trace=()), tuple(memories), view)
        return tuple(events), after

    def finish(self, state: CameraState) -> tuple[Event, ...]:
        """The run has ended: open incidents are closed."""
        if state.cause is None:
            return ()
        now = Instant(state.cause.pts_us, state.cause.captured_us)
        duties = self._post(state.cause.camera).duties(now.wall_us)
        told = (judge(memory, people.absent(memory, now, Sight.GONE), duties) for memory in state.memories)
        return tuple(event for one in told for event in _events(state.cause, one))

    def _post(self, name: str) -> Post:
        post = self._posts.get(name)
        if post is None:
            post = self._posts[name] = Post(self._settings, self._cameras.get(name))
        return post

    def _sighted(self, frame: Frame, now: Instant, memories: tuple[Memory, ...]) -> list[Sighted]:
        """Known tracks and then new ones, as far as there is room; who is found again goes on."""
        persons = {person.track: person for person in frame.persons if person.track is not None}
        lost = {person.track: person for person in frame.lost if person.track is not None}
        sighted = [
            self._sight(memory, persons.pop(memory.called, None), lost.get(memory.called), now)
            for memory in memories
        ]
        room = self._settings.max_tracks - len(memories)
        for track in sorted(persons)[: max(0, room)]:
            sighted.append(
                self._sight(Memory(track, now.pts_us, born_us=now.pts_us), persons[track], None, now)
            )
        for holder, heir in heirs.bequests(sighted):
            memory = heirs.renamed(holder.memory, heir.memory)
            sighted[sighted.index(holder)] = self._sight(memory, heir.person, None, now)
            sighted.remove(heir)
        return sighted

    def _sight(self, memory: Memory, seen: Person | None, lost: Person | None, now: Instant) -> Sighted:
        if seen is not None:
            return Sighted(*people.observe(memory, seen, now, self._settings), seen)
        if lost is not None:
            return Sighted(*people.miss(memory, lost, now))
        silent_s = (now.pts_us - memory.named_us) / 1e6
        known = silent_s <= FORGET_S or heirs.waits(memory, silent_s, self._settings.lost_s)
        return Sighted(memory, people.absent(memory, now, Sight.UNKNOWN if known else Sight.GONE))


def watch(frames: Iterable[Frame], settings: Settings, cameras: Iterable[Camera] = ()) -> Iterator[Event]:
    """All events of one run of a camera, from its frames with tracks, as the stage publishes them."""
    rules, state = Watch(settings, cameras), CameraState()
    for frame in frames:
        events, state = rules.step(frame, state)
        yield from events
    yield from rules.finish(state)


def _events(cause: Cause, told: Told) -> Iterator[Event]:
    for kind, report in told.reports:
        curves = curves_for(kind, report, told.memory.trail, cause.pts_us)
        yield event_of(cause, told.memory.track, kind, report, curves)
