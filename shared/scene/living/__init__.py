"""People who live and fall, by the hundred and without pictures: what a pose model would say.

`scenes.play` turns the name of a suite and a seed into a `Take`: the landmarks of every frame, with the
faults of a real chain, and labels of all that happens. README.md beside this file says what the simulation is
made of and how it compares with recorded clips.
"""
