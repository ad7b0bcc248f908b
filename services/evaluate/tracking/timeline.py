"""The demo as a table of frames and people, and what it shows in words."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.evaluate.tracking.demo import ACTORS, Actor, Life, Moment

_STYLES = {
    Life.NONE: "dim",
    Life.TENTATIVE: "yellow",
    Life.CONFIRMED: "bold green",
    Life.LOST: "magenta",
    Life.REMOVED: "bold red",
}
_SEEN, _UNSEEN = "●", "○"


def timeline(moments: Sequence[Moment]) -> RenderableType:
    """A line for each frame, a column for each person, and the findings below."""
    grid = Table.grid(padding=(0, 4, 0, 0))
    grid.add_column(justify="right", style="dim")
    for _ in ACTORS:
        grid.add_column(min_width=15, no_wrap=True)
    grid.add_row("frame", *(Text(_heading(actor), style="bold") for actor in ACTORS))
    for frame in sorted({moment.frame for moment in moments}):
        grid.add_row(str(frame), *(_cell(moment) for moment in moments if moment.frame == frame))
    legend = Text(f"{_SEEN} seen   {_UNSEEN} hidden   then the id of the track, and its state", style="dim")
    return Group(grid, legend, *(Text(finding(actor, moments)) for actor in ACTORS))


def _heading(actor: Actor) -> str:
    return f"{actor.name}, hidden in {len(actor.hidden)}" if actor.hidden else f"{actor.name}, always seen"


def _cell(moment: Moment) -> Text:
    text = Text(f"{_SEEN if moment.seen else _UNSEEN} ", style="" if moment.seen else "dim")
    if moment.state is not Life.NONE:
        text.append(f"{moment.id} {moment.state}", style=_STYLES[moment.state])
    return text


def finding(actor: Actor, moments: Sequence[Moment]) -> str:
    """What became of a person's tracks: `C is hidden in frames 8 to 13: id 3 ends in 13; id 4 from 14`."""
    own = [moment for moment in moments if moment.actor == actor.name]
    ids = list(dict.fromkeys(moment.id for moment in own if moment.id))
    lives = "; then ".join(_life(number, own) for number in ids) or "never tracked"
    if not actor.hidden:
        return f"{actor.name}: {lives}"
    return f"{actor.name}, hidden in frames {actor.hidden[0]} to {actor.hidden[-1]}: {lives}"


def _life(number: int, own: Sequence[Moment]) -> str:
    mine = [moment for moment in own if moment.id == number]
    words = [f"id {number} from frame {mine[0].frame}"]
    words += [f"confirmed in {each.frame}" for each in mine if each.state is Life.CONFIRMED][:1]
    words += [f"removed in {each.frame}" for each in mine if each.state is Life.REMOVED]
    return ", ".join(words)
