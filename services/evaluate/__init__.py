"""Scores models and tracks against what people have labelled; a command's library, no worker.

Reads: annotations, pictures and predictions (COCO), labelled and found boxes (MOTChallenge) from files, and
frames that the stages have looked at.
Writes: tables, JSON, pictures of the worst cases into a folder, and tracks as MOTChallenge text.
Keeps nothing and loses nothing: the same files and seed give the same numbers.
"""
