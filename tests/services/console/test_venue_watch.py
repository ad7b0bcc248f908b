"""What people see of a venue: `kinestream venue watch` and `kinestream status`."""

import io
import json
from collections.abc import Iterator

import jsonschema
import pytest
from rich.console import Console, RenderableType
from typer.testing import CliRunner

from services.console import venue_view
from services.console.command import app
from shared.bus.connect import connect
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Relay
from shared.bus.topology import VENUE_CHANNEL
from shared.messages import Farewell, Placed, Places
from tests.shared.bus.play import step
from tests.shared.bus.test_branch_contract import KEEP, tell, track


def invoke(server_url: str, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--redis", server_url])
    assert done.exit_code == 0, done.output
    return done.stdout


def text_of(shown: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=110, record=True)
    console.print(shown)
    return console.export_text()


@pytest.fixture
def bus(server_url: str) -> Iterator[RedisTransport]:
    """A server on which a venue has told three places."""
    with connect(server_url) as client:
        bus = RedisTransport(client, 1, keep=KEEP)
        tell(bus, 3)
        Relay(bus, VENUE_CHANNEL).step(0)
        yield bus


def test_places_are_printed_as_lines_or_whole_as_json(bus: RedisTransport, server_url: str) -> None:
    options = ("venue", "watch", "--from", "0", "--no-follow")
    lines = invoke(server_url, *options).splitlines()
    assert lines[1].strip() == (
        "0:00.10  person 1 at 1.50, 2.00 m, 0.5 m/s, 3.0 m so far, 0 sprints, seen by a"
    )
    told = [json.loads(line) for line in invoke(server_url, *options, "--json").splitlines()]
    assert [places["at_us"] for places in told] == [0, 100_000, 200_000]
    assert told[0]["people"][0]["metres"] == [1.5, 2.0]


def test_what_is_told_fits_the_schema_for_subscribers(bus: RedisTransport, server_url: str) -> None:
    schema = json.loads(CliRunner().invoke(app, ["venue", "schema"]).stdout)
    told = invoke(server_url, "venue", "watch", "--from", "0", "--no-follow", "--json").splitlines()
    for line in told:
        jsonschema.validate(json.loads(line), schema)
    assert len(told) == 3


def test_a_table_shows_everybody_and_who_has_left() -> None:
    person = Placed(7, (1.5, -2.0), 0.1, (3.0, 4.0), 5.0, 30.25, 7.5, 2, ("left", "right"))
    gone = Farewell(6, 0, 4_000_000, (0.0, 0.0), 12.0, 3.0, 0)
    places = Places(
        camera="left", run=1, seq=1, pts_us=0, venue="hall", at_us=61_500_000, people=(person,), left=(gone,)
    )
    shown = text_of(venue_view.table(places, [gone]))
    assert "hall  1:01.50  people: 1" in shown
    assert "7   1.50   -2.00   0.10   5.0       7.5         30.2         2   left, right" in shown
    assert "person 6 left after 4.0 s, 12.0 m, at most 3.0 m/s, 0 sprints" in shown
    assert "nobody has been seen yet" in text_of(venue_view.table(None, []))


def test_status_tells_how_far_a_venue_stands_behind_and_what_it_lost(
    bus: RedisTransport, server_url: str
) -> None:
    track(bus, 25)
    step(bus, "actions", 0)
    shown = json.loads(invoke(server_url, "status", "--json"))["stages"]["venue"]
    assert shown == {"lag": 10, "workers": [], "frames": 0, "dropped": 15}
    assert "10, 15 dropped" in invoke(server_url, "status")
