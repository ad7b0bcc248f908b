"""Segmentation finds each person's silhouette and takes it apart into limbs.

Reads `poses` with the pictures of frames that show somebody, writes `segments`: each person with a mask,
and for people with landmarks how well each limb is seen (mask coverage times keypoint confidence) and
whether much of the body is hidden. State per camera: none.

Loss policy: a late live frame goes on untouched (`skipped`); a frame whose picture cannot be decoded is a
dead letter.
"""
