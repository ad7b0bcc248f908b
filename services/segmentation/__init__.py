"""Segmentation finds each person's silhouette and takes it apart into limbs.

Reads `poses` with the pictures of frames that show somebody, writes `segments`: each person with a mask,
with a part map where the model tells parts, and with limbs: how well each is seen (coverage times keypoint
confidence), where it is, and whether it, or much of the body, is hidden. Limbs whose keypoints are weak come
from the mask. Any segmentation model of the registry will do, see README.md. State per camera: none.

Loss policy: a late live frame goes on untouched (`skipped`); a frame whose picture cannot be decoded is a
dead letter.
"""
