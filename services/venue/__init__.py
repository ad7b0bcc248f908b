"""Venue: people on one ground that several cameras see.

A library: `site` turns the configuration into calibrated cameras, `feet` says where people stand, `fusion`
makes one person of what several cameras see and follows them across gaps, `efforts` counts distance and
sprints, `checking` and `picture` show a person whether the calibration is right.
State: one `memory.Memory` for the venue. Loss policy: none of its own, it is handed every frame.
"""
