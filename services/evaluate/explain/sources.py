"""Where an incident is found: among events that somebody has kept, or in recorded tracks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.evaluate.errors import EvaluationError
from services.evaluate.events.recording import read_recording
from services.evaluate.explain.told import Sample, Told, joined, name_of, samples_of, told_of
from shared.actions import CameraState, Watch
from shared.actions.curves import curves_of
from shared.actions.trail import SAMPLE_BYTES, recall
from shared.messages import Event, EventKind, Frame
from shared.nearest import nearest
from shared.settings import Settings

LAST = "last"
_MOST_NEAR = 3
_decoder = msgspec.json.Decoder(Event)


@dataclass(frozen=True)
class Wanted:
    """Which incident: its id, or the newest of a kind where `event` is `LAST`."""

    event: str
    kind: EventKind = EventKind.FALL


def find(events: Iterable[Event], wanted: Wanted, source: str) -> list[Event]:
    """All updates of the wanted incident.

    Args:
        events: in the order in which they were told.
        wanted: which.
        source: where they are from, for messages: "the server".

    Raises:
        EvaluationError: it is not there; the message says what is.
    """
    updates: dict[str, list[Event]] = {}
    for event in events:
        updates.setdefault(event.id, []).append(event)
    if wanted.event == LAST:
        of_kind = [told for told in updates.values() if told[0].kind is wanted.kind]
        if not of_kind:
            raise EvaluationError(_none(wanted.kind, updates, source))
        return of_kind[-1]
    if wanted.event not in updates:
        raise EvaluationError(_unknown(wanted.event, updates, source))
    return updates[wanted.event]


def read_events(path: Path) -> list[Event]:
    """Events as JSON lines, as `run --events` and `events tail --json` write them.

    Raises:
        EvaluationError: it cannot be read, or a line is no event.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise EvaluationError(f"--events {path}: {error.strerror}") from None
    events = []
    for number, line in enumerate(lines, 1):
        try:
            events += [_decoder.decode(line)] if line.strip() else []
        except (msgspec.MsgspecError, ValueError) as error:
            raise EvaluationError(f"--events {path}, line {number} is no event: {error}") from None
    return events


def retrace(path: Path, settings: Settings, wanted: Wanted) -> Told:
    """The incident that the rules, as they are configured, tell of recorded tracks.

    Raises:
        EvaluationError: the recording cannot be read, is of another camera, or holds no such incident.
    """
    header, frames = read_recording(path)
    source = f"the recording of {header.clip}"
    _check_camera(wanted.event, frames, source, path)
    events, trails = _watched(frames, settings)
    updates = find(events, wanted, f"{source}{_idle(wanted, settings)}")
    return told_of(updates, joined(trails.get(updates[0].track or 0, ())))


def _watched(frames: Sequence[Frame], settings: Settings) -> tuple[list[Event], dict[int, list[Sample]]]:
    """All events of recorded tracks, and what each track showed throughout."""
    rules, state = Watch(settings.actions, settings.cameras), CameraState()
    events: list[Event] = []
    trails: dict[int, list[Sample]] = {}
    for frame in frames:
        told, state = rules.step(frame, state)
        events += told
        for memory in state.memories:
            newest = curves_of(recall(memory.trail[-SAMPLE_BYTES:], frame.pts_us), frame.pts_us)
            trails.setdefault(memory.track, []).extend(samples_of(newest, frame.pts_us))
    return [*events, *rules.finish(state)], trails


def _check_camera(event: str, frames: Sequence[Frame], source: str, path: Path) -> None:
    name = None if event == LAST else name_of(event)
    if name is None or not frames:
        return
    camera, run = frames[0].camera, frames[0].run
    if name.camera != camera:
        raise EvaluationError(
            f"{path} is {source}, camera {camera!r}: {event} is of camera {name.camera!r}; give its own"
            f" recording, or `{LAST}` for the newest of this one"
        )
    if name.run != run:
        raise EvaluationError(
            f"{path} is run {run} of camera {camera!r}: {event} is of run {name.run}; replace the number to"
            " look for the same incident here"
        )


def _idle(wanted: Wanted, settings: Settings) -> str:
    """Why rules may have said nothing: a rule that is off."""
    options = getattr(settings.actions.rules, wanted.kind.value, None)
    if options is None or options.enabled:
        return ""
    return f" with actions.rules.{wanted.kind.value}.enabled: false"


def _none(kind: EventKind, updates: dict[str, list[Event]], source: str) -> str:
    kinds = sorted({told[0].kind.value for told in updates.values()})
    there = f"it holds {', '.join(kinds)}: choose with --kind" if kinds else "it holds no event at all"
    return f"no {kind.value} in {source}; {there}"


def _unknown(event: str, updates: dict[str, list[Event]], source: str) -> str:
    near = nearest(event, updates, _MOST_NEAR)
    newest = ", ".join([*updates][-_MOST_NEAR:]) or "no event at all"
    hint = f"; nearest: {', '.join(near)}" if near else f"; it holds {newest}"
    name = name_of(event)
    if name is None:
        return (
            f"{event!r} is no event's id, which is camera-run-track-kind-start, as `kinestream events tail"
            f" --json` shows them, or `{LAST}`{hint}"
        )
    runs = [told[0].run for told in updates.values() if told[0].camera == name.camera]
    if runs and name.run < min(runs):
        return f"{event} is not in {source} any more: of {name.camera!r} it keeps runs from {min(runs)}{hint}"
    return f"no event {event} in {source}{hint}"
