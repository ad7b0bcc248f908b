"""One person of what several cameras see: ids of the venue, places, speed, distance and sprints."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.venue import motion
from services.venue.binding import Choice, appearances, bind, gaps
from services.venue.clocks import Clocks
from services.venue.evidence import FAR, Evidence
from services.venue.memory import Memory
from services.venue.motion import Floats, Motion
from services.venue.people import advanced, newcomers, remembered
from services.venue.rows import Indices, changed, joined, packed, taken, unpacked
from services.venue.sightings import Seen, Sightings, View, farewell
from services.venue.tables import NOBODY, Flags, People, Tracks, Whole, begin, no_people, no_tracks
from shared.messages import Farewell
from shared.settings import Effort
from shared.settings import Fusion as Policy

LOST_S = 3.0  # a camera's tracker has forgotten a track by then (`tracker.lost_s`)
_BLUR_M = 0.05  # a foot is not a point: no place is known better


class Fusion:
    """Follows the people of one venue over all its cameras.

    Hand it every picture of every camera, each camera's in order. It computes the same from the same
    pictures in the same order, also after `restore`.
    """

    def __init__(
        self, offsets_s: Sequence[float | None], policy: Policy | None = None, effort: Effort | None = None
    ) -> None:
        """`offsets_s`: for each camera what is to be added to its clock; None: to be estimated."""
        self._policy = policy or Policy()
        self._effort = effort or Effort()
        self._clocks = Clocks(offsets_s)
        self._tracks = no_tracks()
        self._people = no_people()
        self._evidence = Evidence()
        self._next_id = 1
        self._now_us = 0
        self._latest_us = np.full(len(offsets_s), -1, np.int64)  # of each camera, by the venue's clock

    @property
    def offsets_s(self) -> Floats:
        """(C,) what is added to each camera's clock now."""
        return self._clocks.offsets_s.copy()

    @property
    def now_us(self) -> int:
        """The moment that is the present, by the venue's clock."""
        return self._now_us

    def step(self, sightings: Sightings) -> Seen:
        """Take in one picture."""
        camera, at_us = sightings.camera, self._told(sightings)
        before_us = self._latest_us[camera]
        elapsed_s = 0.0 if before_us < 0 else (at_us - before_us) / 1e6
        self._latest_us[camera] = at_us
        self._clocks.settle(elapsed_s)
        self._now_us = max(self._now_us, at_us)
        left = self._part()
        rows, since_s = self._follow(sightings, at_us)
        others, views = self._views(camera, at_us)
        self._compare(rows, since_s, others, views)
        merged = self._choose(rows, others, sightings, at_us)
        self._learn(rows, others, views, elapsed_s)
        self._advance(rows, sightings, at_us)
        return Seen(at_us, self._tracks.person[rows], self._tracks.mean[rows], tuple(merged), left)

    def view(self) -> View:
        """Everybody whom a camera sees now (within `stale_s`), told for the present moment."""
        fresh = self._now_us - self._people.seen_us <= self._policy.stale_s * 1e6
        people = taken(self._people, fresh)
        ahead = motion.predict(people.motion, (self._now_us - people.seen_us) / 1e6)
        return View(
            at_us=self._now_us,
            ids=people.id,
            metres=ahead.mean[:, :2],
            covariance=ahead.covariance[:, :2, :2],
            velocity=people.velocity,
            distance_m=people.distance_m,
            top_m_s=people.top_m_s,
            sprints=people.sprints,
            seen_by=self._seen_by(people.id),
        )

    def forget(self, camera: int) -> None:
        """The camera's track ids mean nothing from here on: its run is over."""
        self._keep_tracks(np.flatnonzero(self._tracks.camera != camera))
        self._latest_us[camera] = -1

    def close(self) -> tuple[Farewell, ...]:
        """No camera plays any more: everybody leaves, and time begins anew. Ids and clocks go on."""
        left = tuple(farewell(self._people, row) for row in range(len(self._people.id)))
        self._tracks, self._people, self._evidence = no_tracks(), no_people(), Evidence()
        self._now_us = 0
        self._latest_us[:] = -1
        return left

    def memory(self) -> Memory:
        """Everything that is remembered, exact to the bit."""
        pairs, apart = self._evidence.pairs()
        return Memory(
            next_id=self._next_id,
            now_us=self._now_us,
            tracks=packed(self._tracks),
            people=packed(self._people),
            pairs=Memory.array(pairs),
            apart=Memory.array(apart),
            clocks=tuple(Memory.array(part) for part in self._clocks.learnt()),
            latest_us=Memory.array(self._latest_us),
        )

    def restore(self, memory: Memory) -> None:
        """Go on where `memory` was taken, in a fusion of the same cameras and settings."""
        self._next_id, self._now_us = memory.next_id, memory.now_us
        self._tracks = unpacked(Tracks, memory.tracks)
        self._people = unpacked(People, memory.people)
        self._evidence = Evidence.of(len(self._tracks.number), memory.pairs.numpy(), memory.apart.numpy())
        self._clocks.restore(*(part.numpy().copy() for part in memory.clocks))
        self._latest_us = memory.latest_us.numpy().copy()

    def _told(self, sightings: Sightings) -> int:
        """The sightings' time by the venue's clock; a camera's never goes back, however its clock is set."""
        at_us = sightings.at_us + round(float(self._clocks.offsets_s[sightings.camera]) * 1e6)
        return max(at_us, int(self._latest_us[sightings.camera]))

    def _fresh(self, tracks: Tracks) -> Flags:
        return np.asarray(self._now_us - tracks.seen_us <= self._policy.stale_s * 1e6, np.bool_)

    def _seen_by(self, ids: Whole) -> Flags:
        """(P, C) which cameras see these people now."""
        seen = np.zeros((len(ids), len(self._latest_us)), bool)
        tracks = taken(self._tracks, self._fresh(self._tracks))
        known = np.isin(tracks.person, ids)
        seen[np.searchsorted(ids, tracks.person[known]), tracks.camera[known]] = True
        return seen

    def _part(self) -> tuple[Farewell, ...]:
        """Forget who has been away for too long."""
        gone = self._now_us - self._people.seen_us > self._policy.gap_s * 1e6
        if gone.any():
            away = taken(self._people, gone)
            self._people = taken(self._people, ~gone)
            self._keep_tracks(np.flatnonzero(~np.isin(self._tracks.person, away.id)))
            left = tuple(farewell(away, row) for row in range(len(away.id)))
        else:
            left = ()
        stale = ~self._fresh(self._tracks)
        self._evidence.drop(stale)
        over = self._now_us - self._tracks.seen_us > LOST_S * 1e6
        over |= stale & (self._tracks.person == NOBODY)
        if over.any():
            self._keep_tracks(np.flatnonzero(~over))
        return left

    def _keep_tracks(self, rows: Indices) -> None:
        self._tracks = taken(self._tracks, rows)
        self._evidence.keep(rows)

    def _follow(self, sightings: Sightings, at_us: int) -> tuple[Indices, Floats]:
        """Update the camera's tracks, add new ones; the row of each sighting, and how long it was unseen."""
        rows = self._tracks.rows_of(sightings.camera, sightings.tracks)
        new = np.flatnonzero(rows < 0)
        noise = _blurred(sightings.noise)
        if len(new):
            rows[new] = len(self._tracks.number) + np.arange(len(new))
            born = motion.born(sightings.metres[new], noise[new])
            begun = begin(sightings.camera, sightings.tracks[new], at_us, born)
            self._tracks = joined(self._tracks, begun)
            self._evidence.grow(len(new))
        known = taken(self._tracks, rows)
        since_s = (at_us - known.seen_us) / 1e6
        old = ~np.isin(np.arange(len(rows)), new)
        ahead = motion.predict(known.motion, since_s)
        seen = motion.update(ahead, sightings.metres, noise)
        mean = np.where(old[:, None], seen.mean, known.mean)
        covariance = np.where(old[:, None, None], seen.covariance, known.covariance)
        followed = replace(
            known, seen_us=np.full(len(rows), at_us, np.int64), mean=mean, covariance=covariance
        )
        self._tracks = changed(self._tracks, rows, followed)
        return rows, since_s

    def _views(self, camera: int, at_us: int) -> tuple[Indices, Motion]:
        """What other cameras see now: rows of tracks, and these told for `at_us`."""
        others = np.flatnonzero((self._tracks.camera != camera) & self._fresh(self._tracks))
        tracks = taken(self._tracks, others)
        return others, motion.predict(tracks.motion, (at_us - tracks.seen_us) / 1e6)

    def _compare(self, rows: Indices, since_s: Floats, others: Indices, views: Motion) -> None:
        ours = taken(self._tracks, rows).motion
        squared = motion.squared_distances(ours, views, self._policy.together_m)
        self._evidence.note(rows, others, squared, np.minimum(since_s, self._policy.stale_s))

    def _choose(
        self, rows: Indices, others: Indices, sightings: Sightings, at_us: int
    ) -> list[tuple[int, int]]:
        """Decide whose the camera's tracks are; the people that became one by it."""
        tracks = taken(self._tracks, rows)
        mature = at_us - tracks.born_us >= self._policy.confirm_s * 1e6
        asked = np.flatnonzero(mature | (tracks.person != NOBODY))
        choice = self._choice(rows[asked], others, _looks(sightings)[asked], at_us)
        chosen, people = bind(choice)
        persons = np.zeros(len(asked), np.int64)
        persons[chosen] = self._people.id[people]
        stranded = np.flatnonzero(persons == NOBODY)
        room = max(self._policy.max_people - len(self._people.id), 0)
        persons[stranded[:room]] = self._born(rows[asked][stranded[:room]], at_us)
        return self._rebind(rows[asked], persons)

    def _choice(self, rows: Indices, others: Indices, looks: NDArray[np.floating], at_us: int) -> Choice:
        tracks, people = taken(self._tracks, rows), self._people
        members = self._tracks.person[others][:, None] == people.id[None]
        seen_by = members.sum(axis=0)
        apart = np.nan_to_num(self._evidence.mean[np.ix_(rows, others)], nan=FAR)
        together = np.where(seen_by > 0, apart @ members / np.maximum(seen_by, 1), np.nan)
        return Choice(
            together=together,
            gap=np.where(seen_by > 0, np.nan, gaps(tracks, people, at_us, self._policy)),
            own=tracks.person[:, None] == people.id[None],
            appearance=appearances(looks, people.look),
        )

    def _born(self, rows: Indices, at_us: int) -> Whole:
        """New people, of the tracks in `rows`; their ids."""
        tracks = taken(self._tracks, rows)
        ids = self._next_id + np.arange(len(rows), dtype=np.int64)
        self._next_id += len(rows)
        self._people = joined(self._people, newcomers(tracks, ids, at_us, self._people.look.shape[1]))
        return ids

    def _rebind(self, rows: Indices, persons: Whole) -> list[tuple[int, int]]:
        """Give the tracks to these people; whoever lost his last one by it is the person who got it."""
        before = self._tracks.person[rows]
        moved_on = [(int(a), int(b)) for a, b in zip(before, persons, strict=True) if NOBODY not in (a, b)]
        self._tracks.person[rows] = persons
        merged = []
        for old, new in sorted(pair for pair in moved_on if pair[0] != pair[1]):
            if not (self._tracks.person == old).any():
                merged.append((max(old, new), min(old, new)))
        return self._merge(merged)

    def _merge(self, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Let the older of each pair go on with the younger's tracks and the later of their places."""
        done: list[tuple[int, int]] = []
        for younger, older in pairs:
            if not np.isin([younger, older], self._people.id).all():
                continue  # one of them has just become somebody else
            gone, kept = self._people.rows_of(np.array([younger, older]))
            later = gone if self._people.seen_us[gone] > self._people.seen_us[kept] else kept
            for column in (self._people.seen_us, self._people.mean, self._people.covariance):
                column[kept] = column[later]
            self._tracks.person[self._tracks.person == younger] = older
            self._people = taken(self._people, self._people.id != younger)
            done.append((younger, older))
        return done

    def _learn(self, rows: Indices, others: Indices, views: Motion, elapsed_s: float) -> None:
        """Compare the clocks by the people that this camera and others see."""
        if not self._clocks.learning or not 0 < elapsed_s <= self._policy.stale_s:
            return
        ours, theirs = self._tracks.person[rows], self._tracks.person[others]
        mine, other = np.nonzero((ours[:, None] == theirs[None]) & (ours[:, None] != NOBODY))
        if not len(mine):
            return
        people = self._people.rows_of(ours[mine])
        offset = self._tracks.mean[rows[mine], :2] - views.mean[other, :2]
        cameras = self._tracks.camera[others[other]]
        camera = int(self._tracks.camera[rows[0]])
        self._clocks.learn(camera, cameras, offset, self._people.velocity[people], elapsed_s)

    def _advance(self, rows: Indices, sightings: Sightings, at_us: int) -> None:
        """Move the people to where this camera sees them."""
        known = np.flatnonzero(self._tracks.person[rows] != NOBODY)
        if not len(known):
            return
        whom = self._people.rows_of(self._tracks.person[rows[known]])
        people = advanced(
            *(taken(self._people, whom), sightings.metres[known], _blurred(sightings.noise[known])),
            *(at_us, self._effort),
        )
        self._people = changed(self._people, whom, people)
        looks = _looks(sightings)[known]
        if looks.shape[1]:
            self._people = replace(self._people, look=remembered(self._people.look, whom, looks))


def _blurred(noise: Floats) -> Floats:
    return noise + _BLUR_M**2 * np.eye(2)


def _looks(sightings: Sightings) -> NDArray[np.floating]:
    return np.zeros((len(sightings.tracks), 0)) if sightings.looks is None else sightings.looks
