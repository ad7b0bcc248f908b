"""A worker: one stage, the partitions it owns, and the loop between them.

A stage is a callable over a batch with explicit state per camera or venue, testable with plain lists;
everything else (reading, commit, leases, retries, poison, lateness, metrics, shutdown) is here.
"""

from shared.worker.stage import Done, Owner, Stage, Work

__all__ = ["Done", "Owner", "Stage", "Work"]
