"""Redis Streams as a pipeline: partitions, commits by compare-and-set, leases, dead letters and frames.

One rule carries it all: a consumer's position lives where its output goes, and moves only by compare-and-set
together with that output.
"""
