"""The sections of the stages."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.rules import Rules
from shared.rules.schedule import Timezone
from shared.section import Fraction, Section


class Work(Section):
    """How a worker of a stage works."""

    replicas: int = Field(1, ge=1, description="child processes that `run` starts for this stage")
    batch: int = Field(8, ge=1, le=256, description="messages read from one partition at a time")
    wait_ms: int = Field(
        200, ge=1, description="longest wait for new messages before the loop looks at its leases"
    )
    fill: int = Field(
        1,
        ge=1,
        le=256,
        description="frames of all its cameras that a worker wants in one batch (GPU: 8 to 32)",
    )
    fill_ms: int = Field(5, ge=0, le=1000, description="... and how long it waits for them after the first")


class Enriching(Work):
    deadline_ms: int = Field(1000, ge=1, description="a live frame older than this is passed on untouched")


class Detector(Enriching):
    model: str = "blazepose-detector"
    every_s: float = Field(0.5, ge=0, description="look for new people this often, in media time")
    still_motion: Fraction | None = Field(
        None,
        description="where less of the picture than this has changed since the last look, look only ..."
        " (0.003 suits: in an empty room one look remains of 75, and on real clips whoever came was found in"
        " the same frame); none: look as always",
    )
    still_every_s: float = Field(5.0, ge=0, description="... this often, in media time")
    score: Fraction = Field(0.5, description="who is found this surely gets a skeleton (YOLOX: 0.3)")
    least_score: Fraction | None = Field(
        None,
        description="who is found less surely, down to this, goes to the tracker without; none: nobody"
        " (YOLOX: 0.1)",
    )
    iou: Fraction = Field(0.3, description="boxes that overlap more are one person (YOLOX: 0.45)")
    classes: tuple[str, ...] = Field(("person",), description="the model's classes that count as people")
    second_look: Literal["none", "turned", "last_box"] = Field(
        "last_box",
        description="look again for people who lie: at the picture turned by a quarter, or at a lower score"
        " where somebody was (which costs nothing)",
    )

    @model_validator(mode="after")
    def _weak_is_below_sure(self) -> Self:
        if self.least_score is not None and self.least_score > self.score:
            raise ValueError(f"least_score {self.least_score:g} is above score {self.score:g}")
        return self


class MediaPipe(Section):
    """MediaPipe Tasks' Pose Landmarker, one for each camera; extra `mediapipe`.

    Source: https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker/python
    """

    running_mode: Literal["image", "video", "live_stream"] = Field(
        "video",
        description="image: every picture by itself; video: people are followed from frame to frame;"
        " live_stream: the same, but a live frame whose result is late goes on without",
    )
    num_poses: int = Field(
        1, ge=1, le=24, description="people that are found, at most; one is smoothed as well"
    )
    min_pose_detection_confidence: Fraction = Field(0.5, description="of the person detector")
    min_pose_presence_confidence: Fraction = Field(
        0.5, description="of somebody where landmarks are looked for"
    )
    min_tracking_confidence: Fraction = Field(0.5, description="below it people are detected anew")
    output_segmentation_masks: bool = Field(False, description="silhouettes of the landmark network")
    delegate: Literal["cpu", "gpu"] = Field("cpu", description="gpu: OpenGL ES, on Ubuntu only")
    bundle: Path | None = Field(
        None, description="a .task file of your own; none: made of blazepose-detector and pose.model"
    )
    landmarkers: int = Field(
        16, ge=1, le=256, description="open at once in a worker: 80 MB and 4 threads for each camera"
    )
    result_wait_ms: int = Field(
        250, ge=1, le=10_000, description="live_stream: how long the result of a live frame may take"
    )


class ReId(Section):
    """Re-identification: numbers that tell people apart by their looks, for the tracker; off by default.

    They are personal data, like the pictures that they are made of: see services/pose/README.md.
    """

    model: str | None = Field(
        None,
        description="a model with decoder `embedding` (reid-retail-0288, or one of your own); none: off",
    )
    every_s: float = Field(
        1.0,
        ge=0,
        le=60,
        description="look at each person this often, in media time",
    )
    settle_s: float = Field(
        0.5,
        ge=0,
        le=10,
        description="... and this long after somebody has come, was found again or is no longer hidden",
    )
    least_visible: Fraction = Field(
        0.7, description="but only if so much of the person's box is in the picture and in nobody else's box"
    )
    least_upright: float = Field(
        1.3,
        ge=0,
        le=10,
        description="... if the box is so many times as high as wide: who sits or lies looks like others",
    )
    least_height_px: int = Field(64, ge=8, le=1024, description="... and so high")


class Pose(Work):
    model: str = "blazepose-full"
    backend: Literal["onnx", "mediapipe"] = "onnx"
    mediapipe: MediaPipe = MediaPipe()
    presence: Fraction = Field(
        0.5,
        description="who is there this surely is a person; where a model does not tell, the mean of the"
        " keypoints' scores counts",
    )
    keypoint: Fraction = Field(
        0.3,
        description="keypoints that are less sure say nothing about where a person is (models other than"
        " BlazePose)",
    )
    max_persons: int = Field(8, ge=1, le=24)
    reid: ReId = ReId()

    @model_validator(mode="after")
    def _reid_needs_our_own_memory(self) -> Self:
        if self.backend == "mediapipe" and self.reid.model is not None:
            raise ValueError(
                "reid works with backend onnx only, which remembers who was looked at when: take that"
                " backend, or leave reid.model away"
            )
        return self


class Segmentation(Enriching):
    model: str = Field("selfie", description="any of the registry that tells silhouettes or body parts")
    threshold: Fraction = Field(
        0.5,
        description="probability from which on a cell shows a person; models of several classes take the"
        " likeliest",
    )


class Tracker(Work):
    """Who is who from frame to frame; all times are media time. What is `null` is as the policy has it, and
    what is stated overrides it.
    """

    policy: Literal["default", "simple", "sort", "bytetrack", "ocsort", "crowd"] = Field(
        "default",
        description="default: falls and few people; crowd: many people; simple, sort, bytetrack, ocsort: as"
        " their papers, with ages in seconds",
    )
    sure_score: Fraction | None = Field(
        None, description="persons from here on are matched with preference and start tracks (default: 0.5)"
    )
    least_score: Fraction | None = Field(
        None, description="unsure persons from here on may continue a track (default: 0.1)"
    )
    confirm_s: float | None = Field(
        None, ge=0, le=5, description="a track seen for so long is confirmed (default: 0.15)"
    )
    confirm_hits: int | None = Field(None, ge=1, le=1000, description="... and so often (default: 1)")
    tentative_s: float | None = Field(
        None, ge=0, le=5, description="an unconfirmed track unseen for longer ends (default: 0.3)"
    )
    lost_s: float | None = Field(
        None, ge=0, le=60, description="a confirmed track unseen for longer ends (default: 3)"
    )
    lost_low_s: float | None = Field(
        None, ge=0, le=600, description="... if it was last seen low near the floor (default: 10)"
    )
    lost_misses: int | None = Field(
        None, ge=1, le=1000, description="it ends with so many frames that do not show it as well (none)"
    )
    buffer: float | None = Field(
        None, ge=0, le=2, description="boxes grow by this share of their sides before they are compared"
    )
    height: bool | None = Field(None, description="overlap counts times that of the heights")
    keypoints: float | None = Field(None, ge=0, le=10, description="weight of the keypoints' likeness")
    embedding: float | None = Field(None, ge=0, le=10, description="weight of the likeness of looks")
    reentry_cosine: Fraction | None = Field(
        None, description="who comes back elsewhere is known by looks this much alike (default: 0.85)"
    )
    stranger_cosine: Fraction | None = Field(
        None, description="who was away and looks less alike is somebody else (default: 0.78)"
    )
    momentum: float | None = Field(None, ge=0, le=10, description="weight of the direction of motion")
    camera_motion: bool = Field(
        False, description="follow the motion of the camera itself, by sparse optical flow in small pictures"
    )
    max_tracks: int = Field(
        256,
        ge=1,
        le=256,
        description="tracks of one camera; fewer where a checkpoint of 64 kB holds no more: 160 with"
        " keypoints, 60 with embeddings of 256 numbers, 40 with 512",
    )


class Actions(Work):
    """When a posture becomes an event; all times are media time."""

    posture_s: float = Field(0.4, ge=0.1, le=5, description="a posture that lasts so long is settled")
    sitting_s: float = Field(
        1.0, ge=0.1, le=10, description="... sitting that lasts so long (squats are short)"
    )
    lying_s: float = Field(
        1.5, ge=0.1, le=60, description="... and lying that lasts so long (bending is shorter)"
    )
    lost_s: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="somebody who lay and whom nobody sees any more is waited for so long, in the same place",
    )
    max_tracks: int = Field(32, ge=1, le=40, description="tracks of one camera; a checkpoint holds 64 kB")
    timezone: Timezone = Field("UTC", description="of the place, for the hours of rules: Europe/Vienna")
    rules: Rules = Field(Rules(), description="what becomes an event, and when")
