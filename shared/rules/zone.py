"""Places in a camera's picture that rules know by name: zones of a kind, and lines to cross."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.section import Corners, Point, Section, is_flat

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]


class ZoneKind(StrEnum):
    """What a zone is for the people in it, so that rules can say where lying is rest."""

    BED = "bed"
    SOFA = "sofa"
    CHAIR = "chair"
    FLOOR = "floor"
    EXIT = "exit"
    AREA = "area"


def _wide(corners: Corners) -> Corners:
    if is_flat(corners):
        raise ValueError("nobody can be in it, its points lie on one line: give three corners or more")
    return corners


def _long(ends: tuple[Point, Point]) -> tuple[Point, Point]:
    if ends[0] == ends[1]:
        raise ValueError("its two points are the same: give two that differ")
    return ends


class Zone(Section):
    """A polygon in the picture as it is analysed (after crop, rotation and scaling; `kinestream zones draw`
    shows it). Draw a bed or a seat around what people lie or sit on, a floor around where feet may stand.
    """

    name: Name = Field(description="of the zone: events say it")
    kind: ZoneKind = Field(ZoneKind.AREA, description="what it is")
    points: Annotated[Corners, AfterValidator(_wide)] = Field(
        description="corners x, y in order, as shares of the picture's width and height"
    )


class Line(Section):
    """A line in the picture as it is analysed. Who stands on its first point, looks to the second and sees
    somebody cross from left to right sees them go in; from right to left is out.
    """

    name: Name = Field(description="of the line: events say it")
    points: Annotated[tuple[Point, Point], AfterValidator(_long)] = Field(
        description="its ends x, y, as shares of the picture's width and height"
    )
