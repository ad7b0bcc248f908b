"""The demo as a table of frames and people, and what it shows in words."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.evaluate.tracking.demo import ACTORS, Actor, Life, Moment
from shared.tracking import Policy

_STYLES = {
    Life.TENTATIVE: "yellow",
    Life.CONFIRMED: "bold green",
    Life.LOST: "magenta",
    Life.REMOVED: "bold red",
}
_SEEN, _UNSEEN = "●", "○"


def timeline(name: str, policy: Policy, moments: Sequence[Moment]) -> RenderableType:
    """A line for each frame, a column for each person, and the findings below."""
    grid = Table.grid(padding=(0, 4, 0, 0))
    grid.add_column(justify="right", style="dim")
    for _ in ACTORS:
        grid.add_column(min_width=15, no_wrap=True)
    grid.add_row("frame", *(Text(_heading(actor), style="bold") for actor in ACTORS))
    for frame in sorted({moment.frame for moment in moments}):
        grid.add_row(str(frame), *(_cell(moment) for moment in moments if moment.frame == frame))
    legend = Text(f"{_SEEN} seen   {_UNSEEN} hidden   then the id of the track, and its state", style="dim")
    title = Text.assemble((f"policy {name}", "bold"), f": {rules(policy)}")
    return Group(title, grid, legend, *(Text(finding(actor, moments)) for actor in ACTORS))


def rules(policy: Policy) -> str:
    """When a track is believed, and when it is given up."""
    after = f"{policy.confirm_hits} {'hits' if policy.confirm_hits > 1 else 'hit'}"
    if policy.confirm_s:
        after += f" and {policy.confirm_s:g} s"
    until = f"{policy.lost_s:g} s unseen" if policy.lost_misses is None else f"{policy.lost_misses} misses"
    return f"confirmed after {after}, removed after {until}"


def _heading(actor: Actor) -> str:
    return f"{actor.name}, hidden for {len(actor.hidden)}" if actor.hidden else f"{actor.name}, always seen"


def _cell(moment: Moment) -> Text:
    mark = (_SEEN, "") if moment.seen else (_UNSEEN, "dim")
    if moment.state is Life.NONE:
        return Text.assemble(mark)
    return Text.assemble(mark, " ", (f"{moment.id} {moment.state}", _STYLES[moment.state]))


def finding(actor: Actor, moments: Sequence[Moment]) -> str:
    """What became of a person's tracks: `B: keeps id 2, confirmed in frame 3`."""
    own = [moment for moment in moments if moment.actor == actor.name]
    ids = list(dict.fromkeys(moment.id for moment in own if moment.id))
    lives = "; ".join(_life(number, own) for number in ids) or "never tracked"
    return f"{actor.name}: {'keeps ' if len(ids) == 1 else ''}{lives}"


def _life(number: int, own: Sequence[Moment]) -> str:
    mine = [moment for moment in own if moment.id == number]
    words = [f"id {number}"]
    words += [f"confirmed in frame {each.frame}" for each in mine if each.state is Life.CONFIRMED][:1]
    words += [f"removed in frame {each.frame}" for each in mine if each.state is Life.REMOVED]
    return ", ".join(words)
