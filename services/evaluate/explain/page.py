"""An explanation as one HTML file that needs no other."""

from collections.abc import Sequence

from services.evaluate.events.markup import Markup, joined, tag
from services.evaluate.explain.explanation import Explanation, clock, instead, needed, when
from services.evaluate.explain.sheet import sheet
from services.evaluate.explain.svg import svg

_STYLE = """
body { margin: 0 auto; padding: 28px 24px 48px; max-width: 1030px; background: #fbfbfa; color: #16202b;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 23px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 28px 0 8px; }
p { margin: 3px 0; } .quiet { color: #4d5966; } code { font-size: 13px; }
figure { margin: 16px 0; background: #fff; border: 1px solid #dfe3e8; border-radius: 8px; padding: 8px; }
figure svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: #fff; border: 1px solid #dfe3e8; font-size: 14px;
  font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px; text-align: left; border-top: 1px solid #dfe3e8; vertical-align: top; }
th { font-weight: 500; color: #4d5966; border-top: 0; }
td.number { text-align: right; white-space: nowrap; } th.number { text-align: right; }
"""
_HOW = (
    "All times are media time, that of the pictures. Each dot is a picture; a line ends where the person was"
    " not seen (hatched). Dashed lines are the thresholds that were in force, rings are where a curve came to"
    " its threshold first. The ground tells the phase, from the moment at which the event begins. Metres are"
    " those of the body: pixels over its size in the picture."
)


def page(explanation: Explanation) -> str:
    """The whole page."""
    event = explanation.told.decisive
    body = joined(
        tag("h1", explanation.title),
        tag("p", tag("code", event.id), class_="quiet"),
        *(tag("p", each) for each in explanation.sentences),
        tag("figure", svg(sheet(explanation, titled=False))),
        tag("p", _HOW, class_="quiet"),
        tag("h2", "Held against thresholds"),
        _criteria(explanation),
        tag("h2", "Phases"),
        _phases(explanation),
        tag("h2", "Evidence"),
        _evidence(explanation),
    )
    head = joined(
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", explanation.title),
        tag("style", Markup(_STYLE)),
    )
    return "<!DOCTYPE html>\n" + tag("html", tag("head", head), tag("body", body), lang="en") + "\n"


def _criteria(explanation: Explanation) -> Markup:
    rows = [
        (
            each.criterion.meaning,
            each.criterion.phase.value,
            each.told(each.value),
            needed(each),
            each.answer.value,
            instead(each, explanation.told) if each.reached_us is None else f"at {clock(each.reached_us)}",
        )
        for each in explanation.verdicts
    ]
    if not rows:
        return tag("p", "Nothing: this kind of event has no thresholds.", class_="quiet")
    return _table(("", "for", "was", "needed", "", ""), rows, numbers={2, 3})


def _phases(explanation: Explanation) -> Markup:
    rows = [
        (each.name, clock(each.start_us), when(each, explanation.told)) for each in explanation.told.phases()
    ]
    return _table(("", "from", ""), rows, numbers={1})


def _evidence(explanation: Explanation) -> Markup:
    rows = [(name, f"{value:.4g}") for name, value in sorted(explanation.told.decisive.evidence.items())]
    return _table(("name", "value"), rows, numbers={1})


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[int]) -> Markup:
    def cells(name: str, texts: Sequence[str]) -> Markup:
        return tag(
            "tr",
            *(
                tag(name, text, class_="number" if place in numbers else None)
                for place, text in enumerate(texts)
            ),
        )

    return tag(
        "div", tag("table", cells("th", headings), *(cells("td", row) for row in rows)), class_="scroll"
    )
