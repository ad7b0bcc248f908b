"""Which keypoint is what in each kind of skeleton, and what a body's limbs are made of."""

from shared.nearest import hint
from shared.vision.skeletons import blazepose, coco, halpe, sapiens, wholebody
from shared.vision.skeletons.blazepose import BLAZEPOSE33, BLAZEPOSE_DETECTOR
from shared.vision.skeletons.coco import to_coco17
from shared.vision.skeletons.limb_shapes import LIMBS, LimbPlaces, limb_shapes
from shared.vision.skeletons.skeleton import Skeleton

__all__ = [
    "BLAZEPOSE33",
    "BLAZEPOSE_DETECTOR",
    "LIMBS",
    "NAMES",
    "LimbPlaces",
    "Skeleton",
    "find",
    "limb_shapes",
    "to_coco17",
]

_KNOWN = {
    skeleton.name: skeleton
    for skeleton in (
        *(coco.COCO17, blazepose.LANDMARKS, halpe.HALPE26, wholebody.WHOLEBODY133, sapiens.SAPIENS308),
        blazepose.DETECTOR,
    )
}
NAMES = tuple(_KNOWN)


def find(name: str) -> Skeleton:
    """The skeleton called `name`.

    Raises:
        ValueError: there is none; the nearest name is suggested.
    """
    if name in _KNOWN:
        return _KNOWN[name]
    raise ValueError(f"no skeleton is called {name!r}; {hint(name, NAMES)}")
