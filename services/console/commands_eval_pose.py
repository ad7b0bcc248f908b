"""`kinestream eval pose`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.console.errors import BadInputError
from services.console.evaluating import Setup, pose_setups, progress_bar, run_pose
from services.console.models import ensure_models, require_runtime
from services.console.options import ConfigOption, settings_of
from services.console.options_eval import (
    AnnotationsOption,
    BoxesOption,
    DemoOption,
    DetectorsOption,
    FolderArgument,
    JsonOption,
    ModelsOption,
    OutOption,
    PicturesOption,
    ResamplesOption,
    SeedOption,
    WorstOption,
    check_boxes,
    folder_name,
    names_of,
)
from services.evaluate.coco import Category, Result, Truth, read_results, read_truth, write
from services.evaluate.demo import make_demo, results_in
from services.evaluate.folders import Places, find_places, read_picture, save_picture
from services.evaluate.intervals import Bootstrap
from services.evaluate.pose import report
from services.evaluate.pose.cases import worst_cases
from services.evaluate.pose.demo import DEMO
from services.evaluate.pose.keypoints import check_results, person_category
from services.evaluate.pose.picture import draw_case
from services.evaluate.pose.report import Scored
from services.evaluate.pose.scoring import score


@dataclass(frozen=True)
class Task:
    """What is scored against what."""

    places: Places
    truth: Truth
    category: Category


def pose(  # noqa: PLR0913 - one parameter for each option of the command
    folder: FolderArgument = None,
    *,
    annotations: AnnotationsOption = None,
    pictures: PicturesOption = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Score these results of COCO's format. Repeatable."),
    ] = None,
    model: ModelsOption = None,
    detector: DetectorsOption = None,
    boxes: BoxesOption = None,
    out: OutOption = None,
    worst: WorstOption = 5,
    resamples: ResamplesOption = 200,
    seed: SeedOption = 1,
    demo: DemoOption = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Score keypoints on a folder of COCO's format: OKS, AP, AP50, AP75, APm, APl, AR.

    Any skeleton is read as COCO's 17 keypoints. Scored are results that you have (--predictions), or models
    that run here (--model), each with the boxes of detectors (--detector) or of the annotations (--boxes
    truth). With --out the pictures are drawn on which a model was worst: labelled green, found orange.

    Try:

      kinestream eval pose --demo

      kinestream eval pose coco/ --predictions results.json

      kinestream eval pose coco/ --model all --detector blazepose-detector --boxes truth --out eval
    """
    if demo:
        folder = folder or out or Path("eval-demo-pose")
        make_demo(folder, DEMO, seed)
        predictions, out = results_in(folder), folder / "worst"
    places = find_places(folder, annotations, pictures)
    truth = read_truth(places.annotations)
    task = Task(places, truth, person_category(truth, places.annotations))
    check_boxes(boxes or [])
    settings = settings_of(config, None)
    setups = pose_setups(settings, model or [], [*(boxes or []), *(detector or [])])
    if not setups and not predictions:
        raise BadInputError("nothing to score: give --predictions FILE, --model NAME, or --demo")
    found = {name: _read(path, task) for name, path in names_of(predictions or []).items()} | _run(
        setups, task
    )
    bootstrap = Bootstrap(resamples, seed)
    scored = [
        Scored(name, results, score(truth, task.category, results, bootstrap))
        for name, results in found.items()
    ]
    if out is not None:
        _keep(scored, task, out, worst)
    _show(scored, task, json)
    if out is not None and not json:
        Console().print(f"results and the worst pictures: {out}", style="dim", soft_wrap=True)
    if demo and not json:
        _tell_demo(scored, places.annotations.parent)


def _read(path: Path, task: Task) -> list[Result]:
    results = read_results(path, task.truth)
    check_results(results, task.category, path)
    return results


def _run(setups: Sequence[Setup], task: Task) -> dict[str, list[Result]]:
    if not setups:
        return {}
    require_runtime()
    found = {}
    for setup in setups:
        ensure_models(setup.settings, lambda line: typer.echo(line, err=True), setup.models)
        with progress_bar(setup.name, len(task.truth.images)) as advance:
            found[setup.name] = run_pose(setup, task.truth, task.places.pictures, advance)
    return found


def _keep(scored: Sequence[Scored], task: Task, out: Path, worst: int) -> None:
    """Results and drawings of every model in its own folder."""
    for each in scored:
        folder = out / folder_name(each.name)
        write(folder / "results.json", each.results)
        cases = worst_cases(task.truth, each.results, each.score.overlaps, worst)
        for place, case in enumerate(cases, 1):
            drawn = draw_case(case, read_picture(task.places.pictures, case.picture), each.name)
            save_picture(folder / f"{place:02d}-{Path(case.picture.file_name).stem}.png", drawn)


def _show(scored: Sequence[Scored], task: Task, json: bool) -> None:
    if json:
        facts = {"pictures": len(task.truth.images), "models": report.rows(scored)}
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
        return
    Console().print(report.table(scored))


def _tell_demo(scored: Sequence[Scored], folder: Path) -> None:
    console = Console()
    console.print(report.gaps(scored, "good", "poor"))
    console.print(f"again: kinestream eval pose {folder} --predictions {folder}/poor.json", soft_wrap=True)
