"""A scene: its pictures, and exactly what is in them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.scene import paint, quadric
from shared.scene.camera import Camera
from shared.scene.mannequin import flesh
from shared.scene.quadric import Depth, Layer, Pieces
from shared.scene.room import Room, cast_shadow
from shared.scene.scenario import Actor, Cast, cast
from shared.scene.script import PostureKind, SceneEvent
from shared.scene.skeleton import Skeleton, landmarks, solve
from shared.scene.url import SceneSpec

Image = NDArray[np.uint8]  # (H, W, 3) BGR
Mask = NDArray[np.bool_]  # (H, W)
Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]  # x0, y0, x1, y1 pixels

_NOISE_MARGIN = 64
# How far flesh may reach before a landmark that is still seen:
# face, shoulders, elbows and wrists, fingers, hips, knees, feet.
_COVER_M = np.repeat([0.05, 0.10, 0.07, 0.06, 0.19, 0.10, 0.08], [11, 2, 4, 6, 2, 2, 6])


@dataclass(frozen=True)
class PersonTruth:
    """One person in one picture.

    Attributes:
        person: number of the person, the same in the whole scene.
        posture: what the body is doing.
        visible_box: around the pixels of `mask`; None where nothing of the person is seen.
        full_box: around the whole outline as if nothing hid it, also beyond the edges of the picture.
        keypoints: (33, 2) BlazePose landmarks, pixels.
        visible: (33,) whether a landmark is in the picture and nothing but its own limb lies before it.
        camera_m: (33, 3) metres, camera frame.
        world_m: (33, 3) metres, world frame.
        mask: (H, W) the pixels that show this person.
        silhouette: (H, W) the pixels that would, were nobody and nothing before them.
    """

    person: int
    posture: PostureKind
    visible_box: Box | None
    full_box: Box
    keypoints: Floats
    visible: NDArray[np.bool_]
    camera_m: Floats
    world_m: Floats
    mask: Mask
    silhouette: Mask


@dataclass(frozen=True)
class FrameTruth:
    """Everybody whose outline is in the picture, hidden or not, by number."""

    index: int
    time_s: float
    persons: tuple[PersonTruth, ...]


@dataclass(frozen=True)
class _Figure:
    actor: Actor
    skeleton: Skeleton
    seen: Pieces
    layer: Layer | None


class Scene:
    """Any frame of a scene; nothing depends on which frames were asked for before.

    Not for several threads at once: the last frame's figures are kept for its truth.
    """

    def __init__(self, spec: SceneSpec) -> None:
        self.spec = spec
        self._camera = Camera.of(spec)
        self._cast: Cast = cast(spec)
        self._room = Room.of(self._camera, np.random.default_rng([spec.seed, 1_000_000]))
        self._noise = _noise_bank(spec)
        self._kept: tuple[int, tuple[_Figure, ...]] = (-1, ())

    @property
    def width_px(self) -> int:
        return self._camera.width_px

    @property
    def height_px(self) -> int:
        return self._camera.height_px

    @property
    def fps(self) -> float:
        return self.spec.fps

    @property
    def duration_s(self) -> float:
        return self._cast.duration_s

    @property
    def frame_count(self) -> int:
        return max(1, round(self._cast.duration_s * self.spec.fps))

    @property
    def camera(self) -> Camera:
        return self._camera

    @property
    def events(self) -> tuple[SceneEvent, ...]:
        """What everybody does, by start; an event that the end of the scene cuts off is left out."""
        events = [event for actor in self._cast.actors for event in actor.script.events]
        inside = [event for event in events if event.settled_s <= self.duration_s]
        return tuple(sorted(inside, key=lambda event: (event.start_s, event.person)))

    def render(self, index: int) -> Image:
        """The picture of frame `index`, 0 to `frame_count` - 1.

        Raises:
            IndexError: no such frame.
        """
        figures = self._figures(index)
        picture = self._room.picture.copy()
        for figure in figures:
            if figure.layer is not None:
                cast_shadow(self._room, self._camera, _bones(figure.skeleton), picture)
        for figure, mask in zip(figures, self._masks(figures), strict=True):
            if figure.layer is not None and mask is not None:
                self._paint(figure, figure.layer, mask, picture)
        picture = cv2.GaussianBlur(picture, (3, 3), 0.7).astype(np.uint8, copy=False)
        return self._with_noise(picture, index)

    def truth(self, index: int) -> FrameTruth:
        """What is in frame `index`.

        Raises:
            IndexError: no such frame.
        """
        time_s = index / self.fps
        figures = self._figures(index)
        masks = self._masks(figures)
        depth = self._scene_depth(figures)
        persons = [
            self._person(figure, figure.layer, mask, depth, time_s)
            for figure, mask in zip(figures, masks, strict=True)
            if figure.layer is not None and mask is not None and np.isfinite(figure.layer.depth).any()
        ]
        return FrameTruth(index, time_s, tuple(persons))

    def _figures(self, index: int) -> tuple[_Figure, ...]:
        if not 0 <= index < self.frame_count:
            raise IndexError(f"frame {index} is not in a scene of {self.frame_count} frames")
        if self._kept[0] != index:
            time_s = index / self.fps
            self._kept = (index, tuple(self._figure(actor, time_s) for actor in self._cast.actors))
        return self._kept[1]

    def _figure(self, actor: Actor, time_s: float) -> _Figure:
        skeleton = solve(actor.script.rows(time_s), actor.look.stature_m)
        seen = quadric.pieces(*flesh(skeleton, actor.look), self._camera)
        return _Figure(actor, skeleton, seen, quadric.cast(seen, self._camera))

    def _scene_depth(self, figures: tuple[_Figure, ...]) -> Depth:
        depth = self._room.depth.copy()
        for figure in figures:
            if figure.layer is not None:
                part = _part(figure.layer)
                np.minimum(depth[part], figure.layer.depth, out=depth[part])
        return depth

    def _masks(self, figures: tuple[_Figure, ...]) -> list[Mask | None]:
        """For each figure the pixels of its window that show it."""
        if len(figures) == 1:
            layer = figures[0].layer
            return [None if layer is None else layer.depth < self._room.depth[_part(layer)]]
        depth = self._scene_depth(figures)
        masks: list[Mask | None] = []
        for figure in figures:
            layer = figure.layer
            masks.append(None if layer is None else self._shown(layer, depth))
        return masks

    def _shown(self, layer: Layer, depth: Depth) -> Mask:
        part = _part(layer)
        shown: Mask = (layer.depth <= depth[part]) & (layer.depth < self._room.depth[part])
        return shown

    def _paint(self, figure: _Figure, layer: Layer, mask: Mask, picture: Image) -> None:
        colours = paint.colours(layer, mask, figure.seen, self._camera, figure.skeleton, figure.actor.look)
        picture[_part(layer)][mask] = np.clip(colours, 0, 255).astype(np.uint8)

    def _with_noise(self, picture: Image, index: int) -> Image:
        if self._noise is None:
            return picture
        generator = np.random.default_rng([self.spec.seed, 2_000_000, index])
        y, x = (int(n) for n in generator.integers(0, _NOISE_MARGIN, 2))
        noise = self._noise[y : y + self.height_px, x : x + self.width_px]
        noisy: Image = cv2.add(picture, noise, dtype=cv2.CV_8U).astype(np.uint8, copy=False)
        return noisy

    def _person(self, figure: _Figure, layer: Layer, mask: Mask, depth: Depth, time_s: float) -> PersonTruth:
        world = landmarks(figure.skeleton)
        camera_m = self._camera.to_camera(world)
        keypoints = self._camera.project(camera_m)
        shown = np.zeros(depth.shape, bool)
        shown[_part(layer)] = mask
        silhouette = np.zeros(depth.shape, bool)
        silhouette[_part(layer)] = np.isfinite(layer.depth)
        return PersonTruth(
            person=figure.actor.person,
            posture=figure.actor.script.posture(time_s),
            visible_box=_box_of(shown),
            full_box=_as_box(quadric.box_px(figure.seen, self._camera)),
            keypoints=keypoints,
            visible=_visible(keypoints, camera_m, depth),
            camera_m=camera_m,
            world_m=world,
            mask=shown,
            silhouette=silhouette,
        )


def _visible(keypoints: Floats, camera_m: Floats, depth: Depth) -> NDArray[np.bool_]:
    """In the picture, and what is seen there is no nearer than the flesh around the landmark may be."""
    height, width = depth.shape
    x, y = np.nan_to_num(keypoints, nan=-1.0).T
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    u, v = np.where(inside, x, 0).astype(int), np.where(inside, y, 0).astype(int)
    seen: NDArray[np.bool_] = inside & (depth[v, u] > camera_m[:, 2] - _COVER_M)
    return seen


def _part(layer: Layer) -> tuple[slice, slice]:
    x0, y0, x1, y1 = layer.window
    return slice(y0, y1), slice(x0, x1)


def _box_of(mask: Mask) -> Box | None:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


def _as_box(edges: Floats) -> Box:
    x0, y0, x1, y1 = (float(edge) for edge in edges)
    return (x0, y0, x1, y1)


def _bones(s: Skeleton) -> Floats:
    """(N, 2, 3) what casts a shadow."""
    pairs = [(s.pelvis, s.neck), (s.neck, s.skull), (s.shoulders[0], s.shoulders[1]), (s.hips[0], s.hips[1])]
    for side in (0, 1):
        pairs += [
            (s.hips[side], s.knees[side]),
            (s.knees[side], s.ankles[side]),
            (s.heels[side], s.toes[side]),
        ]
        pairs += [(s.shoulders[side], s.elbows[side]), (s.elbows[side], s.hands[side])]
        pairs += [(s.shoulders[side], s.hips[side])]
    return np.array(pairs)


def _noise_bank(spec: SceneSpec) -> NDArray[np.int8] | None:
    """Noise a little larger than the picture; each frame takes another part of it."""
    if spec.noise == 0:
        return None
    width, height = spec.size_px
    generator = np.random.default_rng([spec.seed, 3_000_000])
    shape = (height + _NOISE_MARGIN, width + _NOISE_MARGIN, 3)
    grey = generator.standard_normal(shape, dtype=np.float32) * np.float32(spec.noise)
    noise: NDArray[np.int8] = np.clip(grey, -127, 127).round().astype(np.int8)
    return noise
