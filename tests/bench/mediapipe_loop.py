"""What we measure against: MediaPipe's pose landmarker in one process, frame after frame.

`python -m tests.bench.mediapipe_loop CLIP BUNDLE` prints JSON.
"""

import json
import sys
import time

import av
import mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision


def analyse(clip: str, bundle: str) -> dict[str, float]:
    """Decode and analyse every frame, masks included, as an application would.

    Returns:
        `frames`, `persons` (frames in which a person was found) and `streaming_s`, from the first picture to
        the last result.
    """
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=bundle),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=1,
        output_segmentation_masks=True,
    )
    frames = persons = 0
    with vision.PoseLandmarker.create_from_options(options) as landmarker, av.open(clip) as container:
        stream = container.streams.video[0]
        assert stream.average_rate is not None
        frame_ms = 1000 / stream.average_rate
        started_s = time.perf_counter()
        for picture in container.decode(stream):
            image = mp.Image(mp.ImageFormat.SRGB, picture.to_ndarray(format="rgb24"))
            found = landmarker.detect_for_video(image, round(frames * frame_ms))
            frames += 1
            if found.pose_landmarks:
                persons += 1
                found.segmentation_masks[0].numpy_view()
        streaming_s = time.perf_counter() - started_s
    return {"frames": frames, "persons": persons, "streaming_s": streaming_s}


if __name__ == "__main__":
    print(json.dumps(analyse(*sys.argv[1:])))
