"""Ray casting of bodies made of ellipsoids and tapered limbs, one small picture box per piece.

Every piece is a quadric p'Ap + 2b'p + c = 0 in the camera frame; a limb has a slab that cuts its cone between
the two balls it touches. A ray td, d = (x, y, 1), meets it at t = c / (sqrt(disc) - b'd), where
disc = (b'd)^2 - c d'Ad.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Camera

Floats = NDArray[np.float64]
Depth = NDArray[np.float32]  # (h, w) metres along the optical axis, inf where nothing is
Window = tuple[int, int, int, int]  # x0, y0, x1, y1 of a part of the picture, pixels

_NEAREST_M = 0.15


@dataclass(frozen=True)
class Balls:
    """N ellipsoids: `centres` (N, 3) and `shapes` (N, 3, 3), whose columns are the half axes, in metres."""

    centres: Floats
    shapes: Floats
    parts: NDArray[np.int64]


@dataclass(frozen=True)
class Limbs:
    """N tapered limbs, each the hull of two balls of one shape: `shapes` (N, 3, 3) scaled by `radii` (N, 2).

    `ends` is (N, 2, 3), metres.
    """

    ends: Floats
    shapes: Floats
    radii: Floats
    parts: NDArray[np.int64]


@dataclass(frozen=True)
class Pieces:
    """Quadrics in the camera frame: a (N, 3, 3), b (N, 3), c (N,), slab (N, 3) with low and high (N,)."""

    a: Floats
    b: Floats
    c: Floats
    slab: Floats
    low: Floats
    high: Floats
    bounds: (
        Floats  # (N, 4) x0, y0, x1, y1 on the plane at depth 1; NaN where a piece is not before the camera
    )
    parts: NDArray[np.int64]


@dataclass(frozen=True)
class Layer:
    """One body alone: `depth` and the number of the nearest piece in each pixel of `window`."""

    window: Window
    depth: Depth
    piece: NDArray[np.uint8]


def pieces(balls: Balls, limbs: Limbs, camera: Camera) -> Pieces:
    """Balls, the balls at both ends of each limb, and the limbs between them, seen by the camera."""
    caps = limbs.shapes[:, None] * limbs.radii[:, :, None, None]
    shapes = camera.rotation @ np.concatenate([balls.shapes, caps.reshape(-1, 3, 3)])
    centres = camera.to_camera(np.concatenate([balls.centres, limbs.ends.reshape(-1, 3)]))
    inverse = np.linalg.inv(shapes)
    a = inverse.transpose(0, 2, 1) @ inverse
    b = -(a @ centres[..., None])[..., 0]
    c = -(b * centres).sum(1) - 1
    cones = _cones(limbs, camera)
    bounds = _bounds(centres, shapes)
    ends = bounds[len(balls.parts) :].reshape(-1, 2, 4)
    hull = np.concatenate([ends[..., :2].min(1), ends[..., 2:].max(1)], axis=1)
    free = np.zeros((len(a), 3))
    return Pieces(
        np.concatenate([a, cones.a]),
        np.concatenate([b, cones.b]),
        np.concatenate([c, cones.c]),
        np.concatenate([free, cones.slab]),
        np.concatenate([np.full(len(a), -1.0), cones.low]),
        np.concatenate([np.full(len(a), 1.0), cones.high]),
        np.concatenate([bounds, hull]),
        np.concatenate([balls.parts, np.repeat(limbs.parts, 2), limbs.parts]),
    )


@dataclass(frozen=True)
class _Cones:
    a: Floats
    b: Floats
    c: Floats
    slab: Floats
    low: Floats
    high: Floats


def _cones(limbs: Limbs, camera: Camera) -> _Cones:
    """The cone that touches both balls of each limb, found where the shape is a unit ball."""
    inverse = np.linalg.inv(camera.rotation @ limbs.shapes)
    ends = (inverse[:, None] @ camera.to_camera(limbs.ends)[..., None])[..., 0]
    start, axis = ends[:, 0], ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(axis, axis=1)
    axis = axis / length[:, None]
    r0, r1 = limbs.radii.T
    taper = np.clip((r0 - r1) / length, -0.95, 0.95)
    round_ = (1 - taper**2)[:, None, None] * np.eye(3) - axis[:, :, None] * axis[:, None, :]
    b = -(round_ @ start[..., None])[..., 0] + (r0 * taper)[:, None] * axis
    along = (axis * start).sum(1)
    c = ((round_ @ start[..., None])[..., 0] * start).sum(1) - 2 * r0 * taper * along - r0**2
    back = inverse.transpose(0, 2, 1)
    return _Cones(
        a=back @ round_ @ inverse,
        b=(back @ b[..., None])[..., 0],
        c=c,
        slab=(back @ axis[..., None])[..., 0],
        low=along + r0 * taper,
        high=along + length + r1 * taper,
    )


def _bounds(centres: Floats, shapes: Floats) -> Floats:
    """(N, 4) exact outline boxes of ellipsoids on the plane at depth 1, from the dual conic cc' - SS'."""
    dual = centres[:, :, None] * centres[:, None, :] - shapes @ shapes.transpose(0, 2, 1)
    front = (dual[:, 2, 2] > 0) & (centres[:, 2] > _NEAREST_M)
    scale = np.where(front, dual[:, 2, 2], np.nan)
    middle = dual[:, :2, 2]
    half = np.sqrt(np.maximum(middle**2 - scale[:, None] * dual[:, [0, 1], [0, 1]], 0.0))
    return np.concatenate([(middle - half), (middle + half)], axis=1) / scale[:, None]


def box_px(seen: Pieces, camera: Camera) -> Floats:
    """(4,) exact x0, y0, x1, y1 in pixels of the outline, also off the picture; not what lies behind."""
    low, high = np.nanmin(seen.bounds[:, :2], axis=0), np.nanmax(seen.bounds[:, 2:], axis=0)
    centre = np.array([camera.width_px, camera.height_px]) / 2
    return np.concatenate([low * camera.focal_px + centre, high * camera.focal_px + centre])


def cast(seen: Pieces, camera: Camera) -> Layer | None:
    """The body alone in its window of the picture; None where it is not in the picture."""
    x0, y0, x1, y1 = box = _pixels(seen.bounds, camera)
    used = np.flatnonzero((x1 > x0) & (y1 > y0))
    if not len(used):
        return None
    window = (int(x0[used].min()), int(y0[used].min()), int(x1[used].max()), int(y1[used].max()))
    shape = (window[3] - window[1], window[2] - window[0])
    depth = np.full(shape, np.inf, np.float32)
    piece = np.zeros(shape, np.uint8)
    columns, rows = camera.columns(), camera.rows()[:, None]
    disc = seen.b[:, :, None] * seen.b[:, None, :] - seen.c[:, None, None] * seen.a
    limb = np.abs(seen.slab).sum(axis=1) > 0
    for i in used:
        u0, v0, u1, v1 = (int(edge[i]) for edge in box)
        x, y = columns[u0:u1], rows[v0:v1]
        t = _meet(disc[i], seen.b[i], float(seen.c[i]), x, y)
        if limb[i]:
            n = seen.slab[i]
            along = t * (n[0] * x + (n[1] * y + n[2]))
            t[(along < seen.low[i]) | (along > seen.high[i])] = np.inf
        part = (slice(v0 - window[1], v1 - window[1]), slice(u0 - window[0], u1 - window[0]))
        nearer = t < depth[part]
        np.copyto(depth[part], t, where=nearer, casting="same_kind")
        piece[part][nearer] = i
    return Layer(window, depth, piece)


def _meet(disc: Floats, b: Floats, c: float, x: Floats, y: Floats) -> Floats:
    """(h, w) depth where each ray enters the quadric, inf where it misses it."""
    d = disc
    root = (d[0, 0] * x * x + 2 * d[0, 2] * x) + (d[1, 1] * y * y + 2 * d[1, 2] * y + d[2, 2])
    root += (2 * d[0, 1] * y) * x
    missed: NDArray[np.bool_] = np.less_equal(root, 0.0)
    np.maximum(root, 0.0, out=root)
    np.sqrt(root, out=root)
    root -= b[0] * x + (b[1] * y + b[2])
    missed |= root * c <= 0
    root[missed] = 1.0
    t: Floats = c / root
    t[missed] = np.inf
    return t


def _pixels(bounds: Floats, camera: Camera) -> NDArray[np.int64]:
    """(4, N) columns and rows of pixel centres that bounds may cover, cut to the picture; empty where NaN."""
    size = np.array([camera.width_px, camera.height_px])
    edges = np.nan_to_num(bounds, nan=-1e6).reshape(-1, 2, 2) * camera.focal_px + size / 2
    low, high = np.floor(edges[:, 0] - 0.5), np.ceil(edges[:, 1] + 0.5)
    cut = np.concatenate([np.clip(low, 0, size), np.clip(high, 0, size)], axis=1)
    return cut.T.astype(np.int64)
