"""Two distributions for each keypoint, one along the columns and one along the rows: RTMPose.

Each pixel of the input is split into `split` bins, so that bin b of a distribution is at pixel b / split.

Source: Li et al., "SimCC: a Simple Coordinate Classification Perspective for Human Pose Estimation",
    arXiv:2107.03332; Jiang et al., "RTMPose", arXiv:2303.07399;
    https://mmpose.readthedocs.io/en/latest/advanced_guides/codecs.html (SimCC: the score is the smaller of
    the two highest values).
"""

import numpy as np

from shared.vision.decoding.keypoints import Floats, Keypoints


def decode_simcc(x: Floats, y: Floats) -> Keypoints:
    """The keypoints of N bodies where both distributions are highest; of several highest bins the first
    counts.

    Args:
        x: (N, K, split * width) values of about 0 to 1.
        y: (N, K, split * height).

    Raises:
        ValueError: the two are not about the same keypoints, or one has no bins.
    """
    if x.shape[:2] != y.shape[:2] or not x.shape[2] * y.shape[2]:
        raise ValueError(f"distributions of shape {x.shape} and {y.shape} do not belong together")
    places = np.stack((x.argmax(axis=2) / x.shape[2], y.argmax(axis=2) / y.shape[2]), axis=2)
    return Keypoints.scored(places, np.minimum(x.max(axis=2), y.max(axis=2)))
