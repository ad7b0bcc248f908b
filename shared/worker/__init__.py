"""A worker: one stage, the partitions it owns, and the loop between them.

A stage is a callable over a batch with explicit per-camera state, testable with plain lists; everything else
(reading, commit, leases, retries, poison, lateness, metrics, shutdown) is here.
"""

from shared.worker.stage import Done, Stage, Work

__all__ = ["Done", "Stage", "Work"]
