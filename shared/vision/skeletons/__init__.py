"""Which keypoint is what in each kind of skeleton, and what a body's limbs are made of."""

from shared.vision.skeletons.bodies import *  # noqa: F403
