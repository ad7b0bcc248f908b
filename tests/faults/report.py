"""The table of what was measured, for a terminal and for the documents."""

from collections.abc import Sequence

from rich.table import Table

from tests.faults.trial import Outcome

HEADS = (
    "fault",
    "noticed after",
    "first sign",
    "event after",
    "back after",
    "cleared after",
    "lost during / after",
    "longest gap",
    "memory before / after",
)


def cells(outcome: Outcome) -> tuple[str, ...]:
    return (
        outcome.fault,
        _seconds(outcome.noticed_s),
        outcome.noticed_by,
        _seconds(outcome.event_s),
        _seconds(outcome.back_s),
        _seconds(outcome.cleared_s),
        f"{outcome.lost_during} / {outcome.lost_after}",
        _seconds(outcome.gap_s),
        f"{outcome.pss_before_mb:.0f} / {outcome.pss_after_mb:.0f} MB",
    )


def table(outcomes: Sequence[Outcome]) -> Table:
    """For a terminal."""
    drawn = Table(title="What happens when ...")
    for head in HEADS:
        drawn.add_column(head, justify="left" if head in ("fault", "first sign") else "right")
    for outcome in outcomes:
        drawn.add_row(*cells(outcome))
    return drawn


def markdown(outcomes: Sequence[Outcome]) -> str:
    """For the documents."""
    lines = [HEADS, ("---",) * len(HEADS), *(cells(outcome) for outcome in outcomes)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"
