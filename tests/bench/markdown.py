"""Tables of events as the documents show them."""

from collections.abc import Iterator, Sequence

from services.evaluate.events.tally import Tally
from services.evaluate.words import span


def line(cells: Sequence[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def head(headings: Sequence[str]) -> Iterator[str]:
    """The two lines above the rows."""
    yield line(headings)
    yield line(["---"] * len(headings))


def found(counts: Tally) -> str:
    """How many of those that are labelled, and Wilson's interval of the share: `9 of 9 (.70-1.00)`."""
    interval = counts.recall_interval
    plain = f"{counts.found} of {counts.labelled}"
    return plain if interval is None else f"{plain} ({span(interval)})"
