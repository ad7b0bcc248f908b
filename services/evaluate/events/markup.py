"""HTML and SVG from plain values: every text is escaped, and only once."""

from html import escape

_VOID = frozenset({"img", "meta"})


class Markup(str):
    """A string that is markup already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """An element. Texts that are no `Markup` are escaped; attributes of None are left out.

    Attributes are written as in Python: `class_`, `stroke_width`; numbers with as few digits as do.
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{told}>")
    inner = "".join(child if isinstance(child, Markup) else escape(child) for child in children)
    return Markup(f"<{name}{told}>{inner}</{name}>")


def joined(*parts: str) -> Markup:
    """Several pieces, one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
