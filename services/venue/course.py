"""What happens in a venue while a camera's message passes: pictures line up, people move, places are told."""

from collections.abc import Iterable

import msgspec
import numpy as np

from services.venue.lineup import Held, LineUp
from services.venue.memory import Memory
from services.venue.sightings import View
from services.venue.site import Site
from shared.messages import Farewell, Frame, Message, Placed, Places
from shared.settings import Venue


class State(msgspec.Struct, frozen=True):
    """The checkpoint of a venue.

    Attributes:
        cameras: whom it was made with; with others all begins anew, but for the ids.
        memory: the fusion's; None before the first picture.
        runs: cameras that play, and in which run.
        over, reached_us, held: see `LineUp`.
        told_us: when places were last told, by the venue's clock.
        merged, left: what is to be told with the next places.
    """

    cameras: tuple[str, ...] = ()
    memory: Memory | None = None
    runs: dict[str, int] = {}
    over: tuple[str, ...] = ()
    reached_us: dict[str, int] = {}
    held: tuple[Held, ...] = ()
    told_us: int | None = None
    merged: tuple[tuple[int, int], ...] = ()
    left: tuple[Farewell, ...] = ()


class Course:
    """Goes on from a state; hand it messages, then take what came of them: `outputs`, `counts`, `state()`."""

    def __init__(self, site: Site, settings: Venue, state: State) -> None:
        self._site = site
        self._venue = settings.name
        self._every_us = round(settings.every_s * 1e6)
        self.fusion = site.fusion()
        state = self._restored(state)
        self.line = LineUp(site.cameras, round(settings.wait_s * 1e6))
        self.line.held = list(state.held)
        self.line.reached_us, self.line.over = dict(state.reached_us), set(state.over)
        self._runs = dict(state.runs)
        self._told_us = state.told_us
        self._merged, self._left = list(state.merged), list(state.left)
        self.outputs: list[Places] = []

    @property
    def counts(self) -> dict[str, int]:
        """What is counted with the outputs."""
        counts = {
            "places": len(self.outputs),
            "merged": sum(len(places.merged) for places in self.outputs),
            "left": sum(len(places.left) for places in self.outputs),
            "unaligned": self.line.unaligned,
        }
        return {what: count for what, count in counts.items() if count}

    def see(self, frame: Frame) -> None:
        """A picture.

        Raises:
            ValueError: a person's skeleton is unknown.
        """
        camera, sightings = frame.camera, self._site.sightings(frame)
        if self._runs.get(camera, frame.run) != frame.run:  # the end of that run was lost
            self.end(frame)
            self._take(self.line.release_all())
        self._runs[camera] = frame.run
        self.line.over.discard(camera)
        place_us = sightings.at_us + round(float(self.fusion.offsets_s[sightings.camera]) * 1e6)
        place_us = max(place_us, self.line.reached_us.get(camera, place_us))
        self.line.reached_us[camera] = place_us
        self.line.add(Held.of(frame, sightings, place_us))
        self._take(self.line.release())

    def end(self, message: Message) -> None:
        """The run of the message's camera is over, once its pictures that wait have gone."""
        camera = message.camera
        self._runs.pop(camera, None)
        place_us = self.line.reached_us.pop(camera, None)
        self.line.over.add(camera)
        if place_us is not None:
            self.line.add(Held.end(message, self._site.cameras.index(camera), place_us))
        if self._runs:
            self._take(self.line.release())
        else:
            self._close(message)

    def state(self) -> State:
        """All that must be known to go on."""
        return State(
            cameras=self._site.cameras,
            memory=self.fusion.memory(),
            runs=self._runs,
            over=tuple(sorted(self.line.over)),
            reached_us=self.line.reached_us,
            held=tuple(self.line.held),
            told_us=self._told_us,
            merged=tuple(self._merged),
            left=tuple(self._left),
        )

    def _restored(self, state: State) -> State:
        """Restore the fusion; the state, or a fresh one where it is of other cameras."""
        if state.memory is None:
            return state
        if state.cameras == self._site.cameras:
            self.fusion.restore(state.memory)
            return state
        fresh = msgspec.structs.replace(self.fusion.memory(), next_id=state.memory.next_id)
        self.fusion.restore(fresh)
        return State()

    def _close(self, message: Message) -> None:
        """Nobody plays any more: everybody leaves, and those who begin next begin a new time together."""
        waiting = list(self.line.release_all())
        self._take(waiting)
        at_us = self.fusion.now_us
        self._left += self.fusion.close()
        if self._told_us is not None:
            self._tell(waiting[-1] if waiting else message, at_us)
        self._told_us = None
        self.line.over.clear()

    def _take(self, released: Iterable[Held]) -> None:
        for held in released:
            sightings = held.sightings
            if sightings is None:
                self.fusion.forget(held.index)
                continue
            seen = self.fusion.step(sightings)
            self._merged += seen.merged
            self._left += seen.left
            now_us = self.fusion.now_us
            if self._told_us is None or now_us - self._told_us >= self._every_us:
                self._tell(held, now_us)

    def _tell(self, cause: Message | Held, now_us: int) -> None:
        self.outputs.append(
            Places(
                camera=cause.camera,
                run=cause.run,
                seq=cause.seq,
                pts_us=cause.pts_us,
                live=cause.live,
                venue=self._venue,
                at_us=now_us,
                people=_placed(self.fusion.view(), self._site.cameras),
                merged=tuple(self._merged),
                left=tuple(self._left),
            )
        )
        self._told_us = now_us
        self._merged, self._left = [], []


def _placed(view: View, cameras: tuple[str, ...]) -> tuple[Placed, ...]:
    sigma = np.sqrt(np.linalg.eigvalsh(view.covariance)[:, 1]) if len(view.ids) else np.zeros(0)
    speed = np.linalg.norm(view.velocity, axis=1)
    return tuple(
        Placed(
            id=int(view.ids[row]),
            metres=_rounded(view.metres[row].tolist()),
            sigma_m=round(float(sigma[row]), 3),
            velocity=_rounded(view.velocity[row].tolist()),
            speed_m_s=round(float(speed[row]), 3),
            distance_m=round(float(view.distance_m[row]), 3),
            top_m_s=round(float(view.top_m_s[row]), 3),
            sprints=int(view.sprints[row]),
            cameras=tuple(name for name, sees in zip(cameras, view.seen_by[row], strict=True) if sees),
        )
        for row in range(len(view.ids))
    )


def _rounded(pair: list[float]) -> tuple[float, float]:
    """To the millimetre."""
    return round(pair[0], 3), round(pair[1], 3)
