"""Crowds of 1 to some hundred people over a ground plane, as boxes: truth for trackers, without a picture.

`film.film` moves people (`walk`: goals, stops, turns, groups, exits; `dance`: fast, close together, changing
shape), and projects them through a pinhole camera; `detections.detect` makes up what a detector would say of
them. The same spec gives the same bytes at every call.

World frame as in `shared.scene`: metres, x to the right, y away from the camera, z up, floor at z = 0.
"""
