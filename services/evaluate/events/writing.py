"""The report as files: one for people, one for programs."""

from pathlib import Path

import msgspec

from services.evaluate.errors import EvaluationError
from services.evaluate.events.page import Scoring, page
from services.evaluate.events.report import rows

HTML, JSON = "events.html", "events.json"


def encode(scoring: Scoring) -> bytes:
    """Everything but the plots, as one line of JSON."""
    facts = {
        "source": scoring.source,
        "flags": list(scoring.flags),
        **rows(scoring.groups, scoring.scores),
        **{section.name: section.facts for section in scoring.sections},
    }
    return msgspec.json.encode(facts, enc_hook=str)


def write_report(folder: Path, scoring: Scoring) -> None:
    """Write `events.html` and `events.json`, over older ones.

    Raises:
        EvaluationError: they cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in ((HTML, page(scoring).encode()), (JSON, encode(scoring) + b"\n")):
            part = folder / f"{name}.part"
            part.write_bytes(content)
            part.replace(folder / name)
    except OSError as error:
        raise EvaluationError(f"{folder} cannot hold the report: {error.strerror}") from None
