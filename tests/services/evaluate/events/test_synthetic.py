import pytest
from rich.console import Console

from services.evaluate.errors import EvaluationError
from services.evaluate.events import suites, synthetic_view
from services.evaluate.events.replaying import Rulebook
from services.evaluate.events.scoring import ClipScore
from services.evaluate.events.synthetic import JUDGED, Seeds, by_factor, clip_of, score_suites, seeds_of
from shared.settings import Actions

RULES = Rulebook(Actions())


@pytest.fixture(scope="module")
def scores() -> list[ClipScore]:
    return score_suites([Seeds("falls", 0, 4)], RULES, lambda: None)


def test_seeds_are_shared_out_in_pieces_that_cover_each_once() -> None:
    pieces = seeds_of(["falls", "daily"], 25)
    assert [(each.suite, each.first, each.count) for each in pieces] == [
        (name, first, count) for name in ("falls", "daily") for first, count in ((0, 10), (10, 10), (20, 5))
    ]
    assert {each.suite for each in seeds_of((), 1)} == set(suites.names())
    with pytest.raises(EvaluationError, match="there is no suite gym: there are falls, "):
        seeds_of(["falls", "gym"], 1)


def test_scenes_are_scored_as_clips_are_whatever_piece_they_come_in(scores: list[ClipScore]) -> None:
    assert [score.name for score in scores] == [f"falls/{number}" for number in range(4)]
    assert all(score.group == "falls" and score.duration_s > 3 for score in scores)
    assert sum(verdict.kind == "fall" for score in scores for verdict in score.verdicts) >= 4
    [[again]] = Seeds("falls", 2, 1).scores([RULES], JUDGED)
    assert again == scores[2]


def test_every_label_of_every_suite_can_be_read() -> None:
    for name in suites.names():
        for scene in suites.scenes(name, 2):
            clip = clip_of(scene)
            assert clip.duration_s == pytest.approx(scene.duration_s)
            assert len(clip.events) == len(scene.labels)


def test_lying_in_a_bed_of_the_scene_is_rest() -> None:
    beds = [
        number
        for number, scene in enumerate(suites.scenes("lying", 12))
        if scene.zones and any(label.get("reaches") == "bed" for label in scene.labels)
    ]
    assert beds
    [[score]] = Seeds("lying", beds[0], 1).scores([RULES], JUDGED)
    assert not score.wrong


def test_each_level_of_a_factor_is_a_group_in_the_order_of_its_numbers() -> None:
    def scene(level: str) -> ClipScore:
        return ClipScore(f"s/{level}", 10.0, 10.0, (), (), {"rate": level})

    levels = by_factor([scene("15-31 fps"), scene("5-10 fps"), scene("none"), scene("5-10 fps")])
    assert [(each.name, each.clips) for each in levels["rate"]] == [
        ("5-10 fps", 2), ("15-31 fps", 1), ("none", 1),
    ]  # fmt: skip


def test_tables_tell_every_suite_and_factor(scores: list[ClipScore]) -> None:
    console = Console(width=160)
    with console.capture() as capture:
        console.print(synthetic_view.terminal(scores))
    shown = capture.get()
    assert all(factor in shown for factor in ("suite", *scores[0].factors))
    section = synthetic_view.section(scores)
    assert section.title == "4 made-up scenes"
    assert {"suite", *scores[0].factors} == section.facts.keys()
    assert len(synthetic_view.wrong_lines(scores, most=0)) <= 1
