"""Scores models against what people have labelled, on COCO-format folders; a command's library, no worker.

Reads: annotations, pictures and predictions from files, and frames that the stages have looked at.
Writes: tables, JSON, and pictures of the worst cases into a folder.
Keeps nothing and loses nothing: the same files and seed give the same numbers.
"""
