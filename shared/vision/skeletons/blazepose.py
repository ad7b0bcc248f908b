"""The 33 landmarks of BlazePose, and the four points of its detector.

Source: Bazarevsky et al., "BlazePose", arXiv:2006.10204; names in the order of MediaPipe's Pose Landmarker
(https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker). Sigmas: COCO's where COCO has the
point; feet, mouth and the roots of fingers have those of COCO-WholeBody (arXiv:2007.11858), the two ends of
an eye that of the eye.
"""

from shared.vision.skeletons.skeleton import Skeleton, both_sides

BLAZEPOSE33 = "blazepose33"
BLAZEPOSE_DETECTOR = "blazepose-detector"

LANDMARKS = Skeleton(
    BLAZEPOSE33,
    (
        "nose",
        *(f"{side}_eye{end}" for side in ("left", "right") for end in ("_inner", "", "_outer")),
        *("left_ear", "right_ear", "mouth_left", "mouth_right"),
        *both_sides("shoulder", "elbow", "wrist", "pinky", "index", "thumb"),
        *both_sides("hip", "knee", "ankle", "heel", "foot_index"),
    ),
    (
        *(("nose", "left_ear"), ("nose", "right_ear"), ("mouth_left", "mouth_right")),
        *(("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")),
        *(
            (f"{side}_{start}", f"{side}_{end}")
            for side in ("left", "right")
            for start, end in (
                *(("shoulder", "hip"), ("shoulder", "elbow"), ("elbow", "wrist")),
                *(("wrist", "pinky"), ("wrist", "index"), ("wrist", "thumb")),
                *(("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("ankle", "foot_index")),
            )
        ),
    ),
    (
        *(0.026, *[0.025] * 6, 0.035, 0.035, 0.010, 0.008),
        *(0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.020, 0.020, 0.026, 0.026, 0.035, 0.035),
        *(0.107, 0.107, 0.087, 0.087, 0.089, 0.089, 0.066, 0.094, 0.068, 0.092),
    ),
)

DETECTOR = Skeleton(
    BLAZEPOSE_DETECTOR,
    ("hip_centre", "body_circle", "shoulder_centre", "trunk_circle"),
    (("hip_centre", "body_circle"),),
    (0.107, 0.107, 0.079, 0.079),
)
"""Centres of hips and shoulders, each with a point of the circle that the body, or the trunk, fits into.

The circles' points lie on no body; they have the sigmas of their centres.
"""
