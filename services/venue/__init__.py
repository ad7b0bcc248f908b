"""Venue: people on one ground that several cameras see.

Reads `tracks` (frames with persons who have tracks) of the cameras of one venue, beside the chain: alerts do
not wait for it. Writes `places`: each 0.1 s of the venue's clock everybody's id, metres, speed, distance and
sprints, who became one and who left; a relay merges them into `ks:venue`.
State: one checkpoint for the venue, not for a camera: people, the cameras' tracks, their clocks, and
pictures that wait for the other cameras.
Loss policy: it drops nothing. Where it stands more than `bus.behind_most` messages behind the chain, the
oldest are taken from it and counted (`venue:dropped`).

`site` turns the configuration into calibrated cameras, `feet` says where people stand, `lineup` puts pictures
in order, `fusion` makes one person of what several cameras see, `efforts` counts distance and sprints,
`course` and `stage` run them, `checking` and `picture` show a person whether the calibration is right.
"""
