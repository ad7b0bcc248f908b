"""Tracks against labelled people: HOTA, MOTA, IDF1 and what they are made of, on MOTChallenge text."""
