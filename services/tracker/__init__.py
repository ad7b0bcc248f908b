"""Tracker: gives the persons of a camera names that stay.

Reads `poses` or `segments` (frames with persons), writes `tracks`: the same persons with `track`,
`track_state` and `velocity`, and as `lost` the expected boxes of confirmed tracks that this frame did not
show, with `lost_low` for who was low near the floor when last seen. The tracker is `shared.tracking`; this
stage chooses its policy by the configuration and keeps its memory.
State per camera: the tracker's memory (filters, ages, keypoints, looks, the next free number) and, where the
camera itself may move, the last picture at 160 pixels.
Loss policy: it never drops a frame; a frame without persons coasts. Persons beyond `max_tracks` get no
number.
"""
