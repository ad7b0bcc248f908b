"""Options of rules that are stated for one camera alone."""

from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Any

from pydantic import Field, ValidationError, create_model, model_serializer
from pydantic.fields import FieldInfo

from shared.rules.rule import Rule, RuleOptions
from shared.section import Section


class _Unset(Enum):
    """Tells an option that is not stated from one that is stated to be nothing (`null`)."""

    UNSET = "unset"


class Override(Section):
    """Stated options; what is left out is as for all cameras."""

    @property
    def stated(self) -> dict[str, Any]:
        return {
            name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set
        }

    @model_serializer
    def _as_stated(self) -> dict[str, Any]:
        return self.stated


def overrides_of(rules: Iterable[Rule[Any, Any]]) -> type[Override]:
    """The section that can override options of each of the rules."""
    parts: dict[str, Any] = {rule.kind.value: (_override_of(rule), _left_out()) for rule in rules}
    return create_model("RuleOverrides", __base__=Override, **parts)


def overridden(options: RuleOptions, override: Override) -> RuleOptions:
    """The options with what is stated in their place.

    Raises:
        ValueError: they do not fit together.
    """
    given = {name: getattr(options, name) for name in type(options).model_fields}
    try:
        return type(options).model_validate(given | override.stated)
    except ValidationError as error:
        raise ValueError(
            "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors())
        ) from None


def _override_of(rule: Rule[Any, Any]) -> type[Override]:
    """The rule's options, each with its type and bounds, but without its default."""
    fields: dict[str, Any] = {
        name: (_typed(info), _left_out(info.description)) for name, info in rule.options.model_fields.items()
    }
    return create_model(f"{rule.kind.value.title().replace('_', '')}Override", __base__=Override, **fields)


def _typed(info: FieldInfo) -> Any:
    kind: Any = info.annotation
    for bound in info.metadata:
        kind = Annotated[kind, bound]
    return kind


def _left_out(description: str | None = None) -> Any:
    return Field(default_factory=lambda: _Unset.UNSET, description=description)
