"""The suites: which scripts are played under which conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.scene.living.conditions import Company, Conditions, Hidden, Skill
from shared.scene.living.daily import DAILY, LYING
from shared.scene.living.falls import FALLS, Script


@dataclass(frozen=True)
class Suite:
    """Scripts, and what is fixed of the conditions; the rest is drawn.

    Attributes:
        about: what it asks, one line.
        scripts: by name.
        fixed: fields of `Conditions`.
        along_axis: bodies end along the camera's line of sight.
    """

    about: str
    scripts: Mapping[str, Script]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    along_axis: bool = False

    def conditions(self, drawn: Conditions) -> Conditions:
        return replace(drawn, **self.fixed)


SUITES: dict[str, Suite] = {
    "falls": Suite("falls of all kinds in full view", FALLS),
    "falls_axis": Suite("falls to and from the camera", FALLS, along_axis=True),
    "falls_hidden": Suite("falls with the legs behind furniture", FALLS, {"hidden": Hidden.LEGS}),
    "falls_edge": Suite("falls cut by the picture's edge", FALLS, {"hidden": Hidden.EDGE}),
    "falls_lost": Suite("falls whose pose is lost on the floor", FALLS, {"skill": Skill.LOSES}),
    "falls_passer": Suite("falls while somebody walks by", FALLS, {"company": Company.PASSER}),
    "falls_helper": Suite("falls to whom somebody comes and bends", FALLS, {"company": Company.HELPER}),
    "daily": Suite("daily life in full view", DAILY),
    "daily_hidden": Suite("daily life with the legs behind furniture", DAILY, {"hidden": Hidden.LEGS}),
    "daily_edge": Suite("daily life at the picture's edge", DAILY, {"hidden": Hidden.EDGE}),
    "daily_passer": Suite("daily life while somebody walks by", DAILY, {"company": Company.PASSER}),
    "daily_things": Suite(
        "daily life beside pets and furniture taken for people", DAILY, {"low_things": True}
    ),
    "lying": Suite("who lies from the first picture", LYING),
}
