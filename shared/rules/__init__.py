"""Rules: what a track's moments mean. Each is a file with options, a state and one pure function.

A new rule is one file and one line in `RULES`; from there it is in the configuration, in its JSON Schema and
in the checkpoint of a track. Rules know neither pictures nor messages of the bus, only `Moment`s.
"""

from typing import TYPE_CHECKING, Any, Self

import msgspec
from pydantic import create_model

from shared.rules import (
    arms_raised,
    bed_exit,
    fall,
    found_on_floor,
    jump,
    line_cross,
    long_still,
    lying,
    sit_down,
    sprint,
    stand_up,
    wandering,
    zone_enter,
    zone_exit,
)
from shared.rules.overriding import Override, overridden, overrides_of
from shared.rules.rule import Rule
from shared.section import Section

# In this order; a rule that explains postures comes before those that must not take them for their own.
RULES: tuple[Rule[Any, Any], ...] = (
    fall.RULE,
    found_on_floor.RULE,
    sit_down.RULE,
    stand_up.RULE,
    lying.RULE,
    bed_exit.RULE,
    long_still.RULE,
    arms_raised.RULE,
    wandering.RULE,
    zone_enter.RULE,
    zone_exit.RULE,
    line_cross.RULE,
    sprint.RULE,
    jump.RULE,
)


class RulesSection(Section):
    """The options of every rule, by its name."""

    def overridden(self, override: Override | None) -> Self:
        """With what is stated for one camera.

        Raises:
            ValueError: it does not fit; the message begins with the rule's name.
        """
        stated = {} if override is None else override.stated
        changed = {}
        for name, part in stated.items():
            try:
                changed[name] = overridden(getattr(self, name), part)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return self.model_copy(update=changed)


if TYPE_CHECKING:  # what checkers can know of classes that are made of a table
    Rules = RulesSection
    RuleOverrides = Override
    States = msgspec.Struct
else:
    Rules = create_model(
        "Rules",
        __base__=RulesSection,
        **{rule.kind.value: (rule.options, rule.options()) for rule in RULES},
    )
    RuleOverrides = overrides_of(RULES)
    # The states of one track's rules; idle ones take up no room.
    States = msgspec.defstruct(
        "States",
        [(rule.kind.value, type(rule.idle), rule.idle) for rule in RULES],
        frozen=True,
        omit_defaults=True,
    )

__all__ = ["RULES", "Override", "Rule", "RuleOverrides", "Rules", "RulesSection", "States"]
