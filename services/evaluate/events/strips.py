"""A clip as a time line: what is labelled, what was told, and when somebody was called."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.evaluate.events.incidents import Incident
from services.evaluate.events.labels import Clip, Label
from services.evaluate.events.markup import Markup, joined, tag
from services.evaluate.events.plots import Axis
from services.evaluate.events.scoring import ClipScore, Outcome, Verdict
from services.evaluate.events.wanted import wanted_of

_WIDTH, _LEFT, _RIGHT = 940.0, 74.0, 14.0
_LANE, _BAR = 24.0, 16.0
_LETTER_PX = 6.2  # of the page's small type, about
_STYLES = {Outcome.FOUND: "right", Outcome.FALSE: "false"}


@dataclass
class _Lanes:
    """Rows of bars that do not overlap; `ends` is where the last bar of each row ends, in px."""

    ends: list[float] = field(default_factory=list)

    def place(self, start_px: float, end_px: float) -> int:
        for number, end in enumerate(self.ends):
            if start_px >= end + 4:
                self.ends[number] = end_px
                return number
        self.ends.append(end_px)
        return len(self.ends) - 1


def strip(score: ClipScore, clip: Clip) -> Markup:
    """The time line as SVG."""
    axis = Axis(0.0, clip.duration_s, _LEFT, _WIDTH - _RIGHT)
    missed = [each.wanted for each in score.verdicts if each.outcome is Outcome.MISSED]
    labels = _Lanes()
    above = [_label(each, wanted_of(each) in missed, axis, labels) for each in clip.events]
    told = _Lanes()
    top = 8 + max(1, len(labels.ends)) * _LANE + 6
    below = [_incident(each, _verdict(score.verdicts, each), axis, told, top) for each in score.incidents]
    bottom = top + max(1, len(told.ends)) * _LANE + 2
    windows = [_window(each, axis, bottom) for each in clip.events]
    names = (
        tag("text", "labelled", x=4, y=8 + _BAR - 4, class_="name"),
        tag("text", "told", x=4, y=top + _BAR - 4, class_="name"),
    )
    parts = joined(*windows, _times(axis, bottom), *names, *above, *below)
    return tag("svg", parts, viewBox=f"0 0 {_WIDTH:g} {bottom + 20:g}", class_="strip", role="img")


def _label(label: Label, missed: bool, axis: Axis, lanes: _Lanes) -> Markup:
    start_s, end_s = _span(label)
    wanted = wanted_of(label)
    style = "fall" if label.fall else "asked" if wanted is not None else "other"
    words = label.kind.replace("_", " ") + (" (missed)" if missed else "")
    x0, x1 = axis.at(start_s), max(axis.at(end_s), axis.at(start_s) + 3)
    lane = lanes.place(x0, max(x1, x0 + _LETTER_PX * len(words) + 8))
    y = 8 + lane * _LANE
    parts = [_bar(x0, x1, y, f"label {style}{' missed' if missed else ''}", _told_label(label))]
    if wanted is not None:
        at = axis.at(wanted.reached_s)
        parts.append(tag("line", x1=at, x2=at, y1=y, y2=y + _BAR, class_="reached"))
    return joined(*parts, tag("text", words, x=x0 + 4, y=y + 12))


def _incident(incident: Incident, verdict: Verdict | None, axis: Axis, lanes: _Lanes, top: float) -> Markup:
    style = "unraised" if verdict is None else _STYLES.get(verdict.outcome, "beside")
    words = f"{incident.kind.replace('_', ' ')} {'' if incident.track is None else incident.track}".strip()
    x0 = axis.at(incident.started_s)
    x1 = max(axis.at(incident.ended_s), x0 + 3)
    raised = None if incident.raised_s is None else axis.at(incident.raised_s)
    called = "" if incident.raised_s is None else f"{incident.raised_s:.2f} s"
    text_x = (x0 if raised is None else raised) + 6
    width = _LETTER_PX * (len(words) + len(called) + 2)
    lane = lanes.place(x0, max(x1, text_x + width))
    y = top + lane * _LANE
    parts = [_bar(x0, x1 if raised is None else raised, y, "suspected", _told_incident(incident))]
    if raised is not None:
        parts.append(_bar(raised, max(x1, raised + 2), y, f"told {style}", _told_incident(incident)))
        alert = f"{raised:.1f},{y - 2:.1f} {raised - 5:.1f},{y - 9:.1f} {raised + 5:.1f},{y - 9:.1f}"
        parts.append(tag("polygon", points=alert, class_=f"alert {style}"))
        parts.append(tag("line", x1=raised, x2=raised, y1=y - 2, y2=y + _BAR, class_=f"alert {style}"))
    return joined(*parts, tag("text", words, " ", tag("tspan", called, class_="time"), x=text_x, y=y + 12))


def _window(label: Label, axis: Axis, bottom: float) -> Markup:
    """When an event is right."""
    wanted = wanted_of(label)
    if wanted is None:
        return Markup("")
    x0 = axis.at(max(wanted.from_s, axis.low))
    x1 = axis.at(min(wanted.until_s, axis.high))
    return tag("rect", x=x0, y=2, width=max(0.0, x1 - x0), height=bottom - 2, class_="window")


def _times(axis: Axis, bottom: float) -> Markup:
    marks = [
        joined(
            tag("line", x1=axis.at(each), x2=axis.at(each), y1=2, y2=bottom, class_="grid"),
            tag("text", f"{each:g} s", x=axis.at(each), y=bottom + 14, text_anchor="middle", class_="tick"),
        )
        for each in axis.ticks(12)
    ]
    return joined(*marks)


def _bar(x0: float, x1: float, y: float, style: str, title: str) -> Markup:
    shown = tag("title", title)
    return tag("rect", shown, x=x0, y=y, width=max(1.0, x1 - x0), height=_BAR, rx=2, class_=style)


def _span(label: Label) -> tuple[float, float]:
    starts = (label.descent_s, label.start_s, label.first_visible_s)
    return next((time for time in starts if time is not None), 0.0), label.last_s


def _told_label(label: Label) -> str:
    names = ("descent_s", "ground_s", "settled_s", "start_s", "seated_s", "upright_s", "down_s", "end_s")
    times = [f"{name[:-2]} {time:.2f} s" for name in names if (time := getattr(label, name)) is not None]
    return f"{label.kind}: {', '.join(times)}"


def _told_incident(incident: Incident) -> str:
    phases = ", ".join(f"{update.phase} {update.at_s:.2f} s" for update in incident.updates)
    evidence = ", ".join(f"{name} {value:.3g}" for name, value in sorted(incident.evidence.items()))
    return f"{incident.kind}, track {incident.track}: {phases}. {evidence}"


def _verdict(verdicts: Sequence[Verdict], incident: Incident) -> Verdict | None:
    return next((each for each in verdicts if each.incident is incident), None)
