"""What somebody may have meant who wrote a name that nobody knows."""

import difflib
from collections.abc import Iterable

_LEAST_ALIKE = 0.5  # 1 is equal: `yolo` finds yolox-nano (0.57), and a word of other letters nothing


def nearest(name: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known names that are like `name`, the most alike first, at most `most`; maybe none."""
    return difflib.get_close_matches(name, list(known), n=most, cutoff=_LEAST_ALIKE)


def hint(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Asks whether the nearest name was meant; where none is like it: `otherwise`, or all that there are."""
    known = list(known)
    near = nearest(name, known)
    return f"did you mean {near[0]!r}?" if near else otherwise or f"there are {', '.join(known)}"


def question(name: str, known: Iterable[str]) -> str:
    """The same as the end of a message that is complete without it: nothing where no name is like it."""
    near = nearest(name, known)
    return f"; did you mean {near[0]!r}?" if near else ""
