"""Actions: turns tracks into events that people care about: falls, sitting down, standing up, lying.

Reads `tracks` (frames whose persons have a track and keypoints), writes `events`: one message for each update
of an incident, with the evidence that decided it. All rules run in media time and body units.
State per camera: for each living track, at most `max_tracks`, its scale, recent heights, posture and fall.
Loss policy: it never drops a frame; what cannot be seen abstains. A run that ends closes its open falls.
"""
