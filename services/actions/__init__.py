"""Actions: turns tracks into events that people care about: see shared/rules/README.md for their kinds.

Reads `tracks` (frames whose persons have a track and keypoints), writes `events`: one message for each update
of an incident, with the evidence that decided it. All rules run in media time and body units; their hours are
those of the pictures' wall time.
State per camera: for each living track, at most `max_tracks`, its recent motion, posture and open incidents.
Rules, zones and lines follow the configuration file while it is edited.
Loss policy: it never drops a frame; what cannot be seen abstains. A run that ends closes what is open.
"""
