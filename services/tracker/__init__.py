"""Tracker: gives the persons of a camera names that stay.

Reads `poses` or `segments` (frames with persons), writes `tracks`: the same persons with `track` and
`track_state`, and as `lost` the predicted boxes of confirmed tracks that this frame did not show.
State per camera: the tracks (Kalman means and covariances, last keypoints, ages) and the next free number.
Loss policy: it never drops a frame; a frame without persons coasts. Persons beyond `max_tracks` get no
number.
"""
