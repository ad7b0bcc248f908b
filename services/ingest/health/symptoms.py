"""What one look at a camera says of each problem."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.ingest.health.looks import CELLS
from services.ingest.health.problems import Finding
from services.ingest.health.usual import Usual
from services.ingest.health.views import View, likeness, still_cells
from shared.messages import EventKind
from shared.settings import Health

# Below this no picture of a room comes, and no hand, cloth or wall comes above: see the README.
_NO_DETAIL = 0.003
_CELLS = CELLS[0] * CELLS[1]
_AGAIN = 1.15  # what is open ends only so far beyond its threshold


class Last(msgspec.Struct, frozen=True, array_like=True):
    """The look before this one; `cells` are its 40 x 30 mean brightnesses, a byte each."""

    pts_us: int
    digest: int
    cells: Annotated[bytes, msgspec.Meta(min_length=_CELLS, max_length=_CELLS)]

    @classmethod
    def of(cls, view: View, pts_us: int) -> "Last":
        return cls(pts_us, view.digest, np.round(view.cells).astype(np.uint8).tobytes())

    def still(self, view: View) -> NDArray[np.bool_]:
        """(30, 40): which cells have not moved since."""
        cells = np.frombuffer(self.cells, np.uint8).astype(np.float32).reshape(CELLS[1], CELLS[0])
        return still_cells(view.cells, cells)


@dataclass(frozen=True)
class Look:
    """All that a finding is made from. `still` are the cells that have not moved since the last look,
    `last_us` its media time where it was just before this one, `repeated` says that it showed the same
    picture. `open` are the kinds that are suspected or confirmed.
    """

    view: View
    usual: Usual
    still: NDArray[np.bool_]
    last_us: int | None
    repeated: bool
    open: frozenset[EventKind]


def findings(look: Look, settings: Health) -> Mapping[EventKind, Finding]:
    """One finding of each kind that pictures tell. One cause is one problem: what is dark is not covered too,
    and neither of both is a view to compare.
    """
    dark = _dark(look, settings)
    covered = _overruled("it is dark") if dark.ill else _covered(look, settings)
    moved = _overruled("it is dark or covered") if dark.ill or covered.ill else _moved(look, settings)
    return {
        EventKind.CAMERA_FROZEN: _frozen(look),
        EventKind.CAMERA_DARK: dark,
        EventKind.CAMERA_COVERED: covered,
        EventKind.CAMERA_MOVED: moved,
    }


def _frozen(look: Look) -> Finding:
    detail = "bit for bit the same picture" if look.repeated else "the pictures change"
    return Finding(look.repeated, detail=detail, since_us=look.last_us)


def _dark(look: Look, settings: Health) -> Finding:
    value, limit = look.view.brightness, settings.dark_level
    if EventKind.CAMERA_DARK in look.open:
        limit *= _AGAIN
    ill = value < limit
    return Finding(
        ill,
        _certainty(value, limit),
        {"brightness": value, "dark_level": settings.dark_level},
        "hardly any light" if ill else "there is light",
    )


def _covered(look: Look, settings: Health) -> Finding:
    value, usual = look.view.detail, look.usual.detail
    limit = max(_NO_DETAIL, settings.covered_detail * usual)
    if EventKind.CAMERA_COVERED in look.open:
        limit *= _AGAIN
    ill = value < limit
    return Finding(
        ill,
        _certainty(value, limit),
        {"detail": value, "usual_detail": usual, "covered_detail": settings.covered_detail},
        "hardly any structure: covered, dirty or out of focus" if ill else "the picture has structure",
    )


def _moved(look: Look, settings: Health) -> Finding:
    reference = look.usual.reference()
    alike = None if reference is None else likeness(look.view.edges, reference, look.still)
    if alike is None:
        return Finding(None)
    limit = settings.moved_likeness
    if EventKind.CAMERA_MOVED in look.open:
        limit = min(limit * _AGAIN, (1 + limit) / 2)  # a camera that was put back by hand stands a bit off
    ill = alike < limit
    return Finding(
        ill,
        _certainty(max(0.0, alike), limit),
        {"likeness": alike, "moved_likeness": settings.moved_likeness},
        "another view than the usual one" if ill else "the usual view",
    )


def _overruled(detail: str) -> Finding:
    return Finding(None, detail=detail, overruled=True)


def _certainty(value: float, limit: float) -> float:
    """How sure it is on which side of its limit a value lies, from 0.5 at the limit to 1."""
    return 0.5 + 0.5 * min(1.0, abs(value - limit) / limit) if limit > 0 else 1.0
