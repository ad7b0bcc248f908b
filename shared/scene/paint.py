"""Colours of what the rays met: light, clothes and a painted face."""

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Camera
from shared.scene.mannequin import Look, Part
from shared.scene.quadric import Floats, Layer, Pieces
from shared.scene.skeleton import HEAD_AXES, Skeleton

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Colours = NDArray[np.float32]  # (N, 3) BGR, 0 to 255

_LIGHT = np.array([-0.45, -0.62, 0.64])  # towards the lamp, world frame
_AMBIENT, _LAMP, _SKY = 0.50, 0.50, 0.12
_EYE, _IRIS, _LIPS = (225, 228, 230), (45, 40, 38), (95, 85, 165)


def colours(
    layer: Layer, shown: Mask, seen: Pieces, camera: Camera, skeleton: Skeleton, look: Look
) -> Colours:
    """(N, 3) colours of the `shown` pixels of a layer, in row-major order."""
    v, u = np.nonzero(shown)
    points = _points(layer, u, v, camera)
    piece = layer.piece[v, u]
    normals = np.einsum("nij,nj->ni", seen.a.astype(np.float32)[piece], points)
    normals += seen.b.astype(np.float32)[piece]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    parts = seen.parts[piece]
    base = look.colours[parts]
    head = np.flatnonzero((parts == Part.HEAD) | (parts == Part.HAIR))
    base[head] = _face(points[head], camera, skeleton, look)
    return base * _light(normals, camera)[:, None]


def _points(layer: Layer, u: NDArray[np.int64], v: NDArray[np.int64], camera: Camera) -> NDArray[np.float32]:
    x0, y0 = layer.window[:2]
    rays = np.empty((len(u), 3), np.float32)
    rays[:, 0] = camera.columns().astype(np.float32)[u + x0]
    rays[:, 1] = camera.rows().astype(np.float32)[v + y0]
    rays[:, 2] = 1
    rays *= layer.depth[v, u][:, None]
    return rays


def _light(normals: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
    """A lamp, light from everywhere, and a little more of it from above."""
    lamp = (camera.rotation @ _LIGHT).astype(np.float32)
    up = camera.rotation[:, 2].astype(np.float32)
    shade: NDArray[np.float32] = _AMBIENT + _LAMP * np.maximum(normals @ lamp, 0) + _SKY * (normals @ up)
    return shade


def _face(points: NDArray[np.float32], camera: Camera, skeleton: Skeleton, look: Look) -> Colours:
    """Skin, hair, brows, eyes and mouth by where a point lies on the head."""
    to_head = (camera.rotation @ skeleton.head_frame) / (np.array(HEAD_AXES) * skeleton.stature_m)
    centre = camera.to_camera(skeleton.skull)
    f, left, up = ((points - centre) @ to_head).T.astype(np.float64)
    side = np.abs(left)
    result = np.tile(look.colours[Part.SKIN], (len(points), 1))
    hair = (up > 0.62 - 0.12 * side) | ((f < 0.12) & (up > -0.12)) | ((f < -0.2) & (up > -0.62))
    front = f > 0.3
    for where, colour in (
        (front & _oval(side - 0.36, up - 0.12, 0.20, 0.085), _EYE),
        (front & _oval(side - 0.36, up - 0.12, 0.085, 0.085), _IRIS),
        (front & _oval(side - 0.36, up - 0.32, 0.24, 0.05), look.colours[Part.HAIR] * 0.8),
        (front & _oval(left, up + 0.49, 0.27, 0.075), _LIPS),
        (hair, look.colours[Part.HAIR]),
    ):
        result[where] = colour
    return result


def _oval(x: Floats, y: Floats, half_width: float, half_height: float) -> Mask:
    inside: Mask = (x / half_width) ** 2 + (y / half_height) ** 2 < 1
    return inside
