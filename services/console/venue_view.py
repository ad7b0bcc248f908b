"""Where the people of a venue are, for people: a table in a terminal, lines elsewhere."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.console.screen import media_time
from shared.messages import Farewell, Placed, Places


def moment(places: Places) -> str:
    """The time of day of live cameras, the media time of films."""
    if not places.live:
        return media_time(places.at_us)
    return datetime.fromtimestamp(places.at_us / 1e6).astimezone().strftime("%H:%M:%S.%f")[:-5]


def table(places: Places | None, gone: Iterable[Farewell]) -> RenderableType:
    """Everybody now, and who left last."""
    if places is None:
        return Text("nobody has been seen yet", style="dim")
    count = "nobody" if not places.people else f"people: {len(places.people)}"
    title = Text.assemble((places.venue, "bold"), f"  {moment(places)}  {count}")
    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("person", "x m", "y m", "±m", "m/s", "top m/s", "distance m", "sprints"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("seen by")
    for person in places.people:
        x, y = person.metres
        shown.add_row(
            *(Text(str(person.id), style="bold cyan"), f"{x:.2f}", f"{y:.2f}", f"{person.sigma_m:.2f}"),
            *(f"{person.speed_m_s:.1f}", f"{person.top_m_s:.1f}", f"{person.distance_m:.1f}"),
            *(str(person.sprints), ", ".join(person.cameras)),
        )
    return Group(title, shown, *(Text(left_line(person), style="dim") for person in gone))


def lines(places: Places) -> list[str]:
    """A line for everybody, and for whoever became one or left."""
    at = f"{moment(places):>10}"
    return [
        *(f"{at}  {person_line(person)}" for person in places.people),
        *(f"{at}  person {younger} is person {older}" for younger, older in places.merged),
        *(f"{at}  {left_line(person)}" for person in places.left),
    ]


def person_line(person: Placed) -> str:
    """Somebody now."""
    x, y = person.metres
    return (
        f"person {person.id} at {x:.2f}, {y:.2f} m, {person.speed_m_s:.1f} m/s, {person.distance_m:.1f} m so"
        f" far, {person.sprints} sprints, seen by {', '.join(person.cameras) or 'nobody now'}"
    )


def left_line(person: Farewell) -> str:
    """Somebody who has left."""
    stayed_s = (person.seen_us - person.born_us) / 1e6
    return (
        f"person {person.id} left after {stayed_s:.1f} s, {person.distance_m:.1f} m, at most"
        f" {person.top_m_s:.1f} m/s, {person.sprints} sprints"
    )
