"""Runs the table of faults with the defaults of the product: `python -m tests.faults [WORD...]`.

Words choose the faults whose names contain one of them. Ends with status 1 where something did not recover.
"""

import sys
import tempfile
from pathlib import Path

import pytest
from rich.console import Console

from tests.faults import report
from tests.faults.scenarios import FAULTS
from tests.faults.trial import Outcome, Trial


def main(words: list[str]) -> int:
    console = Console(width=max(160, Console().width))
    outcomes: list[Outcome] = []
    failed = 0
    for fault in FAULTS:
        if words and not any(word.lower() in fault.name.lower() for word in words):
            continue
        with tempfile.TemporaryDirectory(prefix="kinestream-faults-") as folder:
            try:
                outcomes.append(Trial(fault, Path(folder), {}).run())
                console.print(*report.cells(outcomes[-1]), sep="  ")
            except AssertionError as error:
                failed += 1
                console.print(f"[red]FAILED[/red] {error}", highlight=False)
            except pytest.skip.Exception as reason:
                console.print(f"skipped {fault.name}: {reason}")
    console.print(report.table(outcomes))
    console.print(report.markdown(outcomes), markup=False, highlight=False, soft_wrap=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
