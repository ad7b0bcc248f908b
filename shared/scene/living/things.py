"""What is taken for people now and then: pets and clothes on chairs.

Small landmarks models put a whole, folded body into whatever a detector offers them; the answers are unsure.
"""

import numpy as np

from shared.scene.living.keys import ALL_FOURS, SITTING_ON_FLOOR
from shared.scene.living.pose import Poses
from shared.scene.living.view import View, see
from shared.scene.posture import Stance, place, sitting
from shared.scene.skeleton import Floats, landmarks, solve

_PET_M, _GHOST_M = (0.35, 0.7), (1.3, 1.7)
_TRUNK_M = 0.45  # a network's people have the size of people, whatever they are


def things(view: View, times_s: Floats, generator: np.random.Generator) -> list[Poses]:
    """A pet that roams the floor, and a piece of furniture that looks like somebody who sits."""
    pet = _pet_at(times_s, float(generator.uniform(0, 2 * np.pi)), generator)
    seated = _body(sitting(0.27).rows(), _spot(generator), generator.uniform(*_GHOST_M))
    ghost = np.repeat(seated[None], len(times_s), axis=0)
    return [_unsure(pet, view, times_s, generator, 0.5), _unsure(ghost, view, times_s, generator, 0.25)]


def _spot(generator: np.random.Generator) -> Stance:
    x, y = generator.choice([-1.0, 1.0], 2) * generator.uniform(0.9, 1.6, 2)
    return Stance(float(x), float(y), float(generator.uniform(0, 360)))


def _body(rows: Floats, stance: Stance, size_m: float) -> Floats:
    return landmarks(solve(place(rows, stance, size_m), size_m))


def _pet_at(times_s: Floats, turn: float, generator: np.random.Generator) -> Floats:
    """(T, 33, 3): about a circle, with rests."""
    size = float(generator.uniform(*_PET_M))
    shape = (ALL_FOURS if generator.random() < 0.5 else SITTING_ON_FLOOR).rows()
    angles = turn + 0.5 * times_s + 0.4 * np.sin(1.3 * times_s)
    places = [Stance(1.3 * np.cos(a), 1.3 * np.sin(a), np.degrees(a) + 90) for a in angles]
    return np.stack([_body(shape, stance, size) for stance in places])


def _unsure(
    world: Floats, view: View, times_s: Floats, generator: np.random.Generator, often: float
) -> Poses:
    """Landmarks that jump by a tenth of the body, seen for a second or so at a time."""
    points = view.camera.to_camera(world)
    picture = see([world], view.camera, ())[0].picture_px
    size = np.linalg.norm(picture[:, 11] - picture[:, 28], axis=1)[:, None, None]
    picture = picture + generator.normal(0, 0.08, picture.shape) * size
    metres = points - points[:, [23, 24]].mean(axis=1, keepdims=True)
    metres *= _TRUNK_M / np.linalg.norm(metres[0, [11, 12]].mean(axis=0))
    metres = metres + generator.normal(0, 0.08, metres.shape)
    count = len(times_s)
    seconds = np.floor(times_s / 1.5).astype(int)
    found = (generator.random(seconds.max() + 1) < often)[seconds] & (generator.random(count) < 0.8)
    found &= (picture[:, :, 0].mean(axis=1) > 0) & (picture[:, :, 0].mean(axis=1) < view.camera.width_px)
    found &= (picture[:, :, 1].mean(axis=1) > 0) & (picture[:, :, 1].mean(axis=1) < view.camera.height_px)
    visibility = np.clip(generator.normal(0.45, 0.25, (count, 33, 1)), 0.02, 0.98)
    depth, presence = metres[..., 2:] * size, np.full((count, 33, 1), 0.6)
    keypoints = np.concatenate([picture, depth, visibility, presence], axis=-1)
    scores = generator.uniform(0.5, 0.75, count)
    return Poses(found, keypoints.astype(np.float32), metres.astype(np.float32), scores)
