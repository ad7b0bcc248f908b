"""MediaPipe's Pose Landmarker as another backend of the pose stage (`pose.backend: mediapipe`).

Each camera has a landmarker of its own, which finds people by itself and remembers them from frame to frame;
that memory lies inside MediaPipe and in no checkpoint. It is used only where it is known to be that of the
camera's last committed frame; otherwise (another worker's turn before, a batch that failed) the landmarker
starts afresh. `README.md` has the options, the limits, and how it compares.
"""
