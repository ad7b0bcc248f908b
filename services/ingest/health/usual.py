"""What a camera usually shows: learnt from its good pictures, slowly followed, small enough to be stored."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.ingest.health.looks import CELLS
from services.ingest.health.views import Edges

_SHAPE = (2, CELLS[1], CELLS[0])
_FIRST_LOOKS = 16  # are averaged: a person who passes in one of them leaves a trace of a sixteenth
_DETAIL_RISE, _DETAIL_FALL = 1 / 30, 1 / 600  # by look: what uncovers itself is learnt soon
_EDGES_EVERY_US = 30_000_000  # after the first looks: rarely and in steps that survive being rounded ...
_EDGES_SHARE = 1 / 16  # ... half of a change is usual after 5.5 minutes


class Usual(msgspec.Struct, frozen=True, array_like=True):
    """The usual detail and edges of a camera, each with the number of looks that it was learnt from.

    `edges` are those of `View`, -1 to 1 as one signed byte each. Times are media microseconds.
    """

    detail: float = 0.0
    detail_looks: int = 0
    edges: bytes = b""
    edge_looks: int = 0
    learnt_us: int = 0

    def reference(self) -> Edges | None:
        """(2, 30, 40), -1 to 1; None where no view was learnt."""
        if len(self.edges) != math.prod(_SHAPE):
            return None
        return (np.frombuffer(self.edges, np.int8) / np.float32(127)).astype(np.float32).reshape(_SHAPE)

    def with_detail(self, detail: float) -> "Usual":
        """After a good look."""
        follow = _DETAIL_RISE if detail > self.detail else _DETAIL_FALL
        follow = max(follow, 1 / (self.detail_looks + 1)) if self.detail_looks < _FIRST_LOOKS else follow
        return msgspec.structs.replace(
            self,
            detail=self.detail + follow * (detail - self.detail),
            detail_looks=min(_FIRST_LOOKS, self.detail_looks + 1),
        )

    def with_edges(self, edges: Edges, still: NDArray[np.bool_], pts_us: int) -> "Usual":
        """After a good look at the usual view; cells that move are left as they were."""
        known = self.reference()
        if known is None:
            return self.with_new_view(edges, pts_us)
        learning = self.edge_looks < _FIRST_LOOKS
        if not learning and pts_us - self.learnt_us < _EDGES_EVERY_US:
            return self
        share = np.float32(1 / (self.edge_looks + 1) if learning else _EDGES_SHARE)
        return msgspec.structs.replace(
            self,
            edges=_packed(np.where(still, known + share * (edges - known), known)),
            edge_looks=self.edge_looks + learning,
            learnt_us=pts_us,
        )

    def with_new_view(self, edges: Edges, pts_us: int) -> "Usual":
        """Another view is the usual one from here on."""
        return msgspec.structs.replace(self, edges=_packed(edges), edge_looks=1, learnt_us=pts_us)


def _packed(edges: Edges) -> bytes:
    return np.round(edges * 127).astype(np.int8).tobytes()
