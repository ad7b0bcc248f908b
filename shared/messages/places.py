"""Where the people of a venue are, on its ground."""

from typing import Annotated

import msgspec

from shared.messages.frame import MAX_PERSONS
from shared.messages.message import CameraName, Message


class Placed(msgspec.Struct, frozen=True):
    """A person on the ground of a venue, at the moment of the message.

    `id` is the venue's, the same in all its cameras. Metres and m/s are along the venue's axes; `sigma_m` is
    how exact the place is (one sigma, worst direction), without what the calibrations have in common.
    `distance_m`, `top_m_s` and `sprints` count since the person came. `cameras` see the person now.
    """

    id: int
    metres: tuple[float, float]
    sigma_m: float
    velocity: tuple[float, float]
    speed_m_s: float
    distance_m: float
    top_m_s: float
    sprints: int
    cameras: tuple[str, ...]


class Farewell(msgspec.Struct, frozen=True):
    """What somebody has done who has left; `metres` is the last place, times are of the venue's clock."""

    id: int
    born_us: int
    seen_us: int
    metres: tuple[float, float]
    distance_m: float
    top_m_s: float
    sprints: int


class Places(Message, frozen=True, kw_only=True, tag="places"):
    """Where the people of a venue are.

    `camera`, `run`, `seq` and `pts_us` name the picture that brought it; `at_us` is the moment by the venue's
    clock: of live cameras wall time, of films media time. `merged` are pairs (younger, older) of ids that
    turned out to be one person since the last such message: the older goes on. `left` are those who have
    left since.
    """

    venue: CameraName
    at_us: int
    people: Annotated[tuple[Placed, ...], msgspec.Meta(max_length=MAX_PERSONS)] = ()
    merged: tuple[tuple[int, int], ...] = ()
    left: tuple[Farewell, ...] = ()
