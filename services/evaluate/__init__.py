"""Scores models, tracks and events against what people have labelled; a command's library, no worker.

Reads: annotations, pictures and predictions (COCO), labelled and found boxes (MOTChallenge) from files, and
frames that the stages have looked at; labels of events, and recorded frames with tracks.
Writes: tables, JSON, pictures of the worst cases into a folder, tracks as MOTChallenge text, recorded tracks,
and a page about events.
Keeps nothing and loses nothing: the same files and seed give the same numbers.
"""
