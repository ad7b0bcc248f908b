"""What every section of the configuration is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Fraction, Fraction]  # x, y as shares of a picture's width and height
Corners = Annotated[tuple[Point, ...], Field(min_length=3, max_length=64)]

_LEAST_AREA = 1e-6  # of a polygon, as a share of the picture: a pixel of a 1000 x 1000 one


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)  # it may be a secret


def is_flat(corners: tuple[Point, ...]) -> bool:
    """Whether all points lie on one line, or closer to it than any pixel could tell."""
    (x0, y0), *others = corners
    x1, y1 = max(others, key=lambda point: abs(point[0] - x0) + abs(point[1] - y0))
    return all(abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) < _LEAST_AREA for x, y in others)
