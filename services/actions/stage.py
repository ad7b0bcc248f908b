"""The rules as a stage: one frame with tracks and the camera's memories in, events and new memories out."""

from collections.abc import Iterator, Sequence

import msgspec
from typing_extensions import override

from services.actions import person as people
from services.actions.incidents import Cause, fall_event, posture_event
from services.actions.person import Memory, Report
from shared.messages import Event, Frame, Message, Person
from shared.settings import Actions as ActionsSettings
from shared.settings import Settings
from shared.worker import Done, Stage, Work

# The tracker does not speak of unconfirmed tracks while they are unseen; past this a track has ended.
FORGET_S = 0.5


class ActionsState(msgspec.Struct, frozen=True):
    """Checkpoint of one camera: the last frame's place, for what is said at the end, and its tracks."""

    cause: Cause | None = None
    memories: tuple[Memory, ...] = ()


class ActionsStage(Stage[ActionsState]):
    """Falls, sitting down, standing up and lying, each track by itself."""

    name = "actions"
    state_type = ActionsState

    def __init__(self, settings: ActionsSettings) -> None:
        self._settings = settings

    @override
    def fresh(self) -> ActionsState:
        return ActionsState()

    @override
    def wants_picture(self, message: Frame) -> bool:
        return False

    @override
    def process(self, works: Sequence[Work[ActionsState]]) -> list[Done[ActionsState]]:
        return [self._step(work.message, work.state) for work in works]

    @override
    def finish(self, state: ActionsState) -> tuple[Message, ...]:
        """Open falls are closed as lost."""
        if state.cause is None:
            return ()
        cause = state.cause
        return tuple(event for memory in state.memories for event in _events(cause, people.leave(memory)))

    def _step(self, frame: Frame, state: ActionsState) -> Done[ActionsState]:
        cause = Cause.of(frame)
        events: list[Event] = []
        memories: list[Memory] = []
        for memory, person in self._rows(frame, state.memories):
            report, alive = self._report(memory, person, frame)
            events.extend(_events(cause, report))
            if alive:
                memories.append(report.memory)
        after = ActionsState(msgspec.structs.replace(cause, trace=()), tuple(memories))
        return Done(tuple(events), after)

    def _rows(self, frame: Frame, memories: tuple[Memory, ...]) -> Iterator[tuple[Memory, Person | None]]:
        """Known tracks and then new ones, as far as there is room, each with its person where one is seen."""
        persons = {person.track: person for person in frame.persons if person.track is not None}
        for memory in memories:
            yield memory, persons.pop(memory.track, None)
        room = self._settings.max_tracks - len(memories)
        for track in sorted(persons)[: max(0, room)]:
            yield Memory(track, frame.pts_us), persons[track]

    def _report(self, memory: Memory, person: Person | None, frame: Frame) -> tuple[Report, bool]:
        if person is not None:
            return people.observe(memory, person, frame.pts_us, self._settings), True
        if any(lost.track == memory.track for lost in frame.lost):
            return people.miss(memory, frame.pts_us, self._settings), True
        if frame.pts_us - memory.named_us <= FORGET_S * 1e6:
            return Report(memory), True
        return people.leave(memory), False


def _events(cause: Cause, report: Report) -> Iterator[Event]:
    track = report.memory.track
    if report.phase is not None and report.fall is not None:
        yield fall_event(cause, track, report.fall, report.phase)
    if report.change is not None and report.features is not None:
        yield posture_event(cause, track, report.change, report.features)


def build(settings: Settings) -> ActionsStage:
    """The stage as the configuration wants it."""
    return ActionsStage(settings.actions)
