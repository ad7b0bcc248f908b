"""A hall with people who walk, stop and run in it, as several cameras see it; and how well a fusion does."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from services.venue.fusion import Fusion
from services.venue.sightings import Sightings
from shared.vision.calibration import calibrate
from shared.vision.ground import Ground

Floats = NDArray[np.float64]

SIZE_M = (28.0, 15.0)  # of the hall: a basketball court
WIDTH_PX, HEIGHT_PX = 1280, 720
STATURE_M, RADIUS_M = 1.75, 0.25
HIT_M = 1.0  # a person farther than this from where somebody is was not found


@dataclass(frozen=True, eq=False)
class Eye:
    """A pinhole camera at `origin` (3,) that looks at `target` (3,)."""

    origin: Floats
    target: Floats
    fov_deg: float = 75.0

    def project(self, world: Floats) -> tuple[Floats, Floats]:
        """(N, 3) metres to (N, 2) pixels and (N,) depth."""
        ahead = (self.target - self.origin) / np.linalg.norm(self.target - self.origin)
        right = np.cross(ahead, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        seen = (world - self.origin) @ np.array([right, np.cross(ahead, right), ahead]).T
        focal = WIDTH_PX / 2 / np.tan(np.radians(self.fov_deg) / 2)
        return seen[:, :2] / seen[:, 2:] * focal + [WIDTH_PX / 2, HEIGHT_PX / 2], seen[:, 2]

    def sees(self, world: Floats) -> NDArray[np.bool_]:
        """(N,) which are in the picture."""
        px, depth = self.project(world)
        return (depth > 0) & (px >= 0).all(axis=1) & (px < [WIDTH_PX, HEIGHT_PX]).all(axis=1)

    def ground(self, rng: np.random.Generator, click_px: float) -> Ground:
        """Calibrated with up to a dozen crossings of the hall's lines, marked so badly."""
        x, y = np.meshgrid(np.linspace(0, SIZE_M[0], 9), np.linspace(0, SIZE_M[1], 5))
        marks = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
        marks = marks[self.sees(marks)]
        marks = marks[rng.permutation(len(marks))[:12]]
        px = self.project(marks)[0]
        return calibrate(px + rng.normal(0, click_px, px.shape), marks[:, :2])


def eyes(count: int) -> list[Eye]:
    """One to four cameras, 4 m above the corners."""
    w, h = SIZE_M
    corners = [(-1, -1, w * 0.6, h * 0.6), (w + 1, h + 1, w * 0.4, h * 0.4)]
    corners += [(w + 1, -1, w * 0.4, h * 0.6), (-1, h + 1, w * 0.6, h * 0.4)]
    return [Eye(np.array([x, y, 4.0]), np.array([tx, ty, 0.0])) for x, y, tx, ty in corners[:count]]


def walk(people: int, seconds: float, rng: np.random.Generator, fps: float = 50.0) -> Floats:
    """(F, people, 2) places of people who walk to one point after the other, stop there, and turn."""
    low, high = np.array([0.5, 0.5]), np.array(SIZE_M) - 0.5
    place = rng.uniform(low, high, (people, 2))
    goal, pause = rng.uniform(low, high, (people, 2)), np.zeros(people)
    pace = rng.uniform(0.8, 3.5, people)
    velocity, track = np.zeros((people, 2)), []
    for _ in range(round(seconds * fps)):
        way = goal - place
        far = np.linalg.norm(way, axis=1)
        wanted = way / np.maximum(far, 1e-9)[:, None] * np.minimum(pace, 2 * far)[:, None]
        wanted[pause > 0] = 0
        push = wanted - velocity
        push *= np.minimum(1, 3.0 / fps / np.maximum(np.linalg.norm(push, axis=1), 1e-9))[:, None]
        velocity = velocity + push + _apart(place) / fps
        place = np.clip(place + velocity / fps, 0, SIZE_M)
        pause = np.maximum(pause - 1 / fps, 0)
        there = (far < 0.3) & (pause == 0)
        goal[there] = rng.uniform(low, high, (int(there.sum()), 2))
        pace[there] = rng.uniform(0.8, 3.5, int(there.sum()))
        pause[there] = rng.choice([0.0, 3.0], int(there.sum()))
        track.append(place.copy())
    return np.array(track)


def _apart(place: Floats) -> Floats:
    """(N, 2) m/s^2: nobody walks through anybody."""
    offset = place[:, None] - place[None]
    far = np.linalg.norm(offset, axis=2) + np.eye(len(place)) * 99
    push: Floats = (offset / far[..., None] * (np.maximum(0.7 - far, 0) * 20)[..., None]).sum(axis=1)
    return push


@dataclass(frozen=True, eq=False)
class Hall:
    """What the cameras are like. `offsets_s` is how far each one's clock is ahead of the truth."""

    cameras: int = 3
    fps: float = 25.0
    foot_px: float = 0.02  # of a person's height: error of the foot's place
    sway_px: float = 0.015  # ... and another that lasts for about half a second, as a gait's does
    click_px: float = 1.0
    missed: float = 0.05
    hidden: float = 0.6  # share of the breadth that hides somebody
    forget_s: float = 0.6  # a camera's tracker gives a new id after so long
    offsets_s: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    looks: int = 0  # length of the embeddings; 0: none


@dataclass(eq=False)
class Camera:
    """One camera of the hall and its own tracker."""

    eye: Eye
    ground: Ground
    hall: Hall
    rng: np.random.Generator
    numbers: dict[int, int] = field(default_factory=dict)
    seen_s: dict[int, float] = field(default_factory=dict)
    sway: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    given: int = 0

    def watch(self, place: Floats, time_s: float) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Who is seen (N,), pixels of their feet (N, 2), and how large they are (N,)."""
        feet = np.column_stack([place, np.zeros(len(place))])
        px, depth = self.eye.project(feet)
        head, _ = self.eye.project(feet + np.array([0, 0, STATURE_M]))
        tall = np.linalg.norm(px - head, axis=1)
        if len(self.sway) != len(place):
            self.sway = self.rng.normal(0, 1, px.shape)
        keep = np.exp(-1 / self.hall.fps / 0.5)
        self.sway = keep * self.sway + np.sqrt(1 - keep**2) * self.rng.normal(0, 1, px.shape)
        noise = self.hall.foot_px * self.rng.normal(0, 1, px.shape) + self.hall.sway_px * self.sway
        shown = self.eye.sees(feet) & ~self._hidden(px, depth, tall)
        shown &= self.rng.random(len(place)) >= self.hall.missed
        who = np.flatnonzero(shown)
        return who, (px + noise * tall[:, None])[who], tall[who]

    def _hidden(self, px: Floats, depth: Floats, tall: Floats) -> NDArray[np.bool_]:
        breadth = tall * 2 * RADIUS_M / STATURE_M
        beside = np.abs(px[:, None, 0] - px[None, :, 0])
        covers = (beside < self.hall.hidden * (breadth[:, None] + breadth[None]) / 2) & (
            np.abs(px[:, None, 1] - px[None, :, 1]) < 0.8 * tall[None]
        )
        hidden: NDArray[np.bool_] = np.any(covers & (depth[None] < depth[:, None] - 0.1), axis=1)
        return hidden

    def number(self, who: int, time_s: float) -> int:
        if time_s - self.seen_s.get(who, -99.0) > self.hall.forget_s:
            self.given += 1
            self.numbers[who] = self.given
        self.seen_s[who] = time_s
        return self.numbers[who]


@dataclass(frozen=True, eq=False)
class Moment:
    """A camera's picture: the sightings, and who they show; the truth beside it."""

    time_s: float
    sightings: Sightings
    who: NDArray[np.int64]
    place: Floats


def film(hall: Hall, people: int, seconds: float, seed: int) -> Iterator[Moment]:
    """The pictures of all cameras, in the order in which they were taken."""
    rng = np.random.default_rng(seed)
    yield from shoot(hall, walk(people, seconds, rng), rng)


def shoot(hall: Hall, truth: Floats, rng: np.random.Generator, truth_fps: float = 50.0) -> Iterator[Moment]:
    """The same of given walks (F, people, 2)."""
    cameras = [Camera(eye, eye.ground(rng, hall.click_px), hall, rng) for eye in eyes(hall.cameras)]
    faces = rng.normal(0, 1, (truth.shape[1], max(hall.looks, 1)))
    seconds = len(truth) / truth_fps
    starts = rng.uniform(0, 1 / hall.fps, len(cameras))
    times = [
        (start + i / hall.fps, c) for c, start in enumerate(starts) for i in range(int(seconds * hall.fps))
    ]
    for time_s, c in sorted(times):
        place = truth[min(int(time_s * truth_fps), len(truth) - 1)]
        who, px, tall = cameras[c].watch(place, time_s)
        found = cameras[c].ground.locate(px, np.repeat(0.025 * tall[:, None], 2, axis=1))
        looks = None
        if hall.looks:
            looks = faces[who] + rng.normal(0, 0.7, (len(who), hall.looks))
            looks /= np.linalg.norm(looks, axis=1, keepdims=True)
        numbers = np.array([cameras[c].number(int(w), time_s) for w in who], np.int64)
        at_us = round((time_s + hall.offsets_s[c]) * 1e6)
        sightings = Sightings(c, at_us, numbers, found.metres, found.covariance, looks)
        yield Moment(time_s, sightings, who, place)


@dataclass
class Score:
    """How well people were followed. `errors_m` of those that were found; the others are counts."""

    errors_m: list[float] = field(default_factory=list)
    expected: int = 0
    missed: int = 0
    doubled: int = 0
    switches: int = 0
    ids: set[int] = field(default_factory=set)

    @property
    def median_m(self) -> float:
        return float(np.median(self.errors_m))

    @property
    def late_m(self) -> float:
        return float(np.percentile(self.errors_m, 95))


def score(fusion: Fusion, moments: Iterator[Moment], *, every_s: float = 0.2, warm_s: float = 1.0) -> Score:
    """Feed a fusion and compare it with the truth now and then."""
    found, next_s, names = Score(), warm_s, dict[int, int]()
    seen_s = dict[int, float]()
    for moment in moments:
        fusion.step(moment.sightings)
        seen_s.update(dict.fromkeys(moment.who.tolist(), moment.time_s))
        if moment.time_s < next_s:
            continue
        next_s += every_s
        lately = [who for who, at_s in seen_s.items() if moment.time_s - at_s < 0.2]
        _compare(found, fusion, moment.place, np.array(sorted(lately), np.int64), names)
    return found


def _compare(
    found: Score, fusion: Fusion, place: Floats, who: NDArray[np.int64], names: dict[int, int]
) -> None:
    view = fusion.view()
    apart = np.linalg.norm(place[who][:, None] - view.metres[None], axis=2)
    held = np.array([[names.get(int(w)) == i for i in view.ids] for w in who], bool).reshape(apart.shape)
    left, right = linear_sum_assignment(np.where(apart <= HIT_M, apart - 0.3 * held, 50.0))
    hit = apart[left, right] <= HIT_M
    found.expected += len(who)
    found.missed += len(who) - int(hit.sum())
    seen_now = {int(i) for i in view.ids}
    matched = {int(view.ids[r]) for r in right[hit]}
    found.doubled += len(seen_now - matched)
    found.ids |= seen_now
    for person, row in zip(who[left[hit]].tolist(), right[hit].tolist(), strict=True):
        found.errors_m.append(float(np.linalg.norm(place[person] - view.metres[row])))
        name = int(view.ids[row])
        found.switches += names.get(person, name) != name
        names[person] = name
