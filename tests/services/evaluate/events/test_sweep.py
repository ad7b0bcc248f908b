import pytest
from rich.console import Console

from services.evaluate.errors import EvaluationError
from services.evaluate.events import sweep_view
from services.evaluate.events.labels import read_labels
from services.evaluate.events.replaying import Rulebook, find_recordings
from services.evaluate.events.report import plain_table
from services.evaluate.events.scoring import labelled_kinds
from services.evaluate.events.sweep import MOST_SETTINGS, Sweep, changed, parse, plateau, sweep
from shared.settings import Actions, Settings
from tests.services.evaluate.events.made import made_data_set

CONFIRM = "rules.fall.confirm_s"


@pytest.mark.parametrize(
    ("text", "path", "values"),
    [
        (f"{CONFIRM}=0.4,0.6,0.4", CONFIRM, (0.4, 0.6)),
        (f"actions.{CONFIRM}=0.2:0.5:0.1", CONFIRM, (0.2, 0.3, 0.4, 0.5)),
        ("rules.lying.enabled=true,false", "rules.lying.enabled", (True, False)),
        ("posture_s=1", "posture_s", (1,)),
    ],
)
def test_options_are_read_with_their_values(text: str, path: str, values: tuple[object, ...]) -> None:
    [option] = parse([text], Actions())
    assert (option.path, option.values) == (path, values)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([CONFIRM], "write OPTION=VALUE,VALUE"),
        ([f"{CONFIRM}="], "write OPTION=VALUE,VALUE"),
        (["rules.fal.confirm_s=1"], "actions has no such option at 'fal'; there: fall, "),
        (["posture_s.more=1"], "no such option at 'more'; there: nothing below it"),
        (["rules.fall=1"], "only options with a single value"),
        ([f"{CONFIRM}=1:0:0.1"], "FIRST:LAST:STEP"),
        ([f"{CONFIRM}=0:1:0"], "FIRST:LAST:STEP"),
        ([f"{CONFIRM}=0:inf:1"], "FIRST:LAST:STEP"),
        ([f"{CONFIRM}=0.3", f"{CONFIRM}=0.4"], "names an option twice"),
        ([f"{CONFIRM}=1:2:0.01", "posture_s=0.1:1:0.1"], f"asks for 1010 settings, {MOST_SETTINGS} at most"),
        ([f"{CONFIRM}=0.6,99"], "--sweep rules.fall.confirm_s: Input should be less than or equal"),
    ],
)
def test_what_cannot_be_swept_is_refused(texts: list[str], says: str) -> None:
    with pytest.raises(EvaluationError) as refused:
        parse(texts, Actions())
    assert says in str(refused.value)


def test_a_value_that_the_option_does_not_allow_is_refused() -> None:
    rules = changed(Actions(), [CONFIRM], [0.9]).rules.model_dump()
    assert rules["fall"]["confirm_s"] == 0.9
    with pytest.raises(EvaluationError, match=r"--sweep rules.fall.confirm_s: .*less than or equal"):
        changed(Actions(), [CONFIRM], [99.0])


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ((), ()),
        ((None, None), ()),
        ((0.5, 0.9, 0.9, 0.7, 0.9), (1, 2)),
        ((0.9, 0.5, 0.9, 0.9, 0.9), (2, 3, 4)),
        ((0.3,), (0,)),
    ],
)
def test_the_plateau_is_the_longest_run_of_the_best(
    values: tuple[float | None, ...], places: tuple[int, ...]
) -> None:
    assert tuple(plateau(values)) == places


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """The fall is told later and later, and at last not in time."""
    path, tracks = made_data_set(tmp_path_factory.mktemp("data"))
    labels = read_labels(path)
    recorded = find_recordings(labels, tracks, None, Settings())
    options = parse([f"{CONFIRM}=0.4,0.7,5"], Actions())
    calls: list[int] = []
    done = sweep(
        recorded, labelled_kinds(labels.clips.values()), Rulebook(Actions()), options, lambda: calls.append(1)
    )
    assert len(calls) == 2
    return done


def test_a_later_confirmation_is_a_later_alert(swept: Sweep) -> None:
    delays = [trial.group.falls.delay_s(50) for trial in swept.trials]
    assert swept.usual == (0.7,)
    assert delays[0] is not None
    assert delays[1] == pytest.approx(delays[0] + 0.3, abs=0.11)
    assert [trial.group.falls.found for trial in swept.trials] == [1, 1, 0]


def test_table_and_page_show_the_configured_value_and_the_plateau(swept: Sweep) -> None:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(sweep_view.terminal(swept), soft_wrap=True)
    lines = capture.get().splitlines()
    assert lines[0].split() == ["confirm_s", "falls", "false", "F1", "95", "%", "median", "p95"]
    assert [line.split()[0] for line in lines[1:4]] == ["0.4", "0.7", "5"]
    assert lines[2].endswith("configured, best")
    assert max(map(len, lines[:4])) <= 80
    assert "best F1 1.000 of falls at rules.fall.confirm_s 0.4 to 0.7, a plateau of 2 of 3 values" in lines[4]
    section = sweep_view.section(swept)
    assert section.content.count("<svg") >= 4
    assert section.facts["options"] == [CONFIRM]
    assert [trial["falls"]["found"] for trial in section.facts["trials"]] == [1, 1, 0]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ((), []),
        ((CONFIRM,), ["confirm_s"]),
        ((CONFIRM, "rules.found_on_floor.after_s"), ["confirm_s", "after_s"]),
        (
            ("rules.found_on_floor.after_s", "rules.long_still.after_s"),
            ["found_on_floor.after_s", "long_still.after_s"],
        ),
        (("lost_s", "rules.some.lost_s", "posture_s"), ["lost_s", "some.lost_s", "posture_s"]),
    ],
)
def test_options_are_told_by_the_shortest_names_that_tell_them_apart(
    paths: tuple[str, ...], names: list[str]
) -> None:
    assert sweep_view.distinct(paths) == names


def test_a_table_without_room_is_wrapped_and_never_cut() -> None:
    table = plain_table(("setting", *("a_long_heading",) * 3))
    table.add_row("configured", "1.000", "2.000", "3.000")
    console = Console(width=20)
    with console.capture() as capture:
        console.print(table, soft_wrap=True)
    heading, values = capture.get().splitlines()
    assert heading.split() == ["setting", *["a_long_heading"] * 3]
    assert values.split() == ["configured", "1.000", "2.000", "3.000"]
