"""`kinestream eval segmentation`."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer
from rich.console import Console

from services.console.errors import BadInputError
from services.console.evaluating import ALL, TRUTH, ModelMaps, progress_bar, segmentation_setups
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
from services.evaluate.coco import Picture, Truth, read_results, read_truth
from services.evaluate.demo import make_demo, results_in
from services.evaluate.folders import (
    Places,
    find_pictures,
    find_places,
    list_pictures,
    read_picture,
    save_picture,
)
from services.evaluate.intervals import Bootstrap
from services.evaluate.segmentation import report
from services.evaluate.segmentation.classmaps import BACKGROUND, CocoMaps, FolderMaps, Maps, read_classes
from services.evaluate.segmentation.demo import DEMO
from services.evaluate.segmentation.people import PERSON
from services.evaluate.segmentation.picture import draw_maps
from services.evaluate.segmentation.report import Scored
from services.evaluate.segmentation.scoring import score, tally
from shared.settings import Settings


@dataclass(frozen=True)
class Task:
    """What is scored against what; without COCO's annotations `truth` is None, and so is `kept`, which are
    those of the chosen classes.
    """

    pictures: Path
    images: tuple[Picture, ...]
    labelled: Maps
    truth: Truth | None = None
    kept: Truth | None = None


@dataclass(frozen=True)
class Source:
    """Where labels come from: COCO's annotations, a folder of class maps, or another model, which gets the
    boxes of one of `detectors`, too.
    """

    folder: Path | None
    annotations: Path | None
    pictures: Path | None
    maps: Path | None
    against: str | None
    classes: tuple[str, ...]
    detectors: Sequence[str]


def segmentation(  # noqa: PLR0913 - one parameter for each option of the command
    folder: FolderArgument = None,
    *,
    annotations: AnnotationsOption = None,
    pictures: PicturesOption = None,
    maps: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Labels: a class map per picture, PNG or .npy.")
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Of a map: names of its numbers, from 0. Of COCO: these."),
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="NAME", help="Instead of labels: what this model finds.")
    ] = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Score a results file, or a folder of class maps. Repeatable."),
    ] = None,
    least_score: Annotated[
        float, typer.Option(min=0, max=1, metavar="S", help="Results that are less sure are left out.")
    ] = 0.5,
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
    """Score masks and class maps: IoU of each class, mIoU, Dice, class shares.

    Labels are COCO's masks (polygons or run lengths) in FOLDER, class maps (--maps), or what another model
    finds (--against). Models that run here (--model) find people first, with the configured detector and pose
    model, --detector, or --boxes truth; they are scored on the class `person`, and on body parts where these
    are labelled. With --out the pictures are drawn on which a model was worst.

    Try:

      kinestream eval segmentation --demo

      kinestream eval segmentation coco/ --model selfie --model selfie-landscape --out eval

      kinestream eval segmentation --pictures photos/ --model selfie --against blazepose-full-mask
    """
    if demo:
        folder = folder or out or Path("eval-demo-segmentation")
        make_demo(folder, DEMO, seed)
        predictions, out = results_in(folder), folder / "worst"
    check_boxes(boxes or [])
    settings = settings_of(config, None)
    names = tuple(name.strip() for name in (classes or "").split(",") if name.strip())
    task = _task(Source(folder, annotations, pictures, maps, against, names, detector or []), settings)
    found = {name: _read(path, task, least_score) for name, path in names_of(predictions or []).items()}
    found |= _models(task, settings, model or [], [*(boxes or []), *(detector or [])])
    if not found:
        raise BadInputError("nothing to score: give --predictions PATH, --model NAME, or --demo")
    scored = [_score(name, each, task, Bootstrap(resamples, seed)) for name, each in found.items()]
    if out is not None:
        for each in scored:
            _draw(each, task, out / folder_name(each.name), worst)
    _show(scored, task, json)
    if out is not None and not json:
        Console().print(f"the worst pictures: {out}", style="dim", soft_wrap=True)
    if demo and not json:
        again = f"again: kinestream eval segmentation {folder} --predictions {folder}/poor.json"
        Console().print(again, soft_wrap=True)


def _task(source: Source, settings: Settings) -> Task:
    if source.maps is None and source.against is None:
        places = find_places(source.folder, source.annotations, source.pictures)
        truth = read_truth(places.annotations)
        kept = truth.only(source.classes)
        return Task(places.pictures, truth.images, CocoMaps.of_truth(kept), truth, kept)
    if source.maps is not None and source.against is not None:
        raise BadInputError("labels are either --maps or --against: give one")
    place = source.pictures or source.folder
    if place is None or not place.is_dir():
        raise BadInputError(f"{place or 'no folder'}: give the folder of the pictures as --pictures FOLDER")
    pictures = find_pictures(place)
    images = list_pictures(pictures)
    if source.maps is not None:
        labelled: Maps = FolderMaps(source.maps, read_classes(source.maps, source.classes))
        return Task(pictures, images, labelled)
    assert source.against is not None
    if len(source.detectors) > 1:
        raise BadInputError("--against compares masks of the same people: give one --detector")
    if source.against == ALL:
        raise BadInputError("--against is one model: name it")
    places = Places(pictures, pictures)
    ((_, model),) = _run_maps(settings, (source.against,), source.detectors, places, None)
    return Task(pictures, images, model)


def _read(path: Path, task: Task, least_score: float) -> Maps:
    if path.is_dir():
        return FolderMaps(path, task.labelled.classes)
    if task.truth is None or task.kept is None:
        raise BadInputError(f"{path}: results name pictures by id, so they need COCO's annotations as labels")
    return CocoMaps.of_results(task.kept, read_results(path, task.truth), least_score)


def _models(task: Task, settings: Settings, models: Sequence[str], boxes: Sequence[str]) -> dict[str, Maps]:
    if TRUTH in boxes and task.truth is None:
        raise BadInputError("--boxes truth needs COCO's annotations as labels: leave it out here")
    places = Places(task.pictures, task.pictures)
    return dict(_run_maps(settings, models, boxes, places, task))


def _run_maps(
    settings: Settings, models: Sequence[str], boxes: Sequence[str], places: Places, task: Task | None
) -> Iterator[tuple[str, ModelMaps]]:
    """The class maps of models, which run when somebody looks at them."""
    classes = (BACKGROUND, PERSON) if task is None else task.labelled.classes
    truth = None if task is None else task.kept
    for setup in segmentation_setups(settings, models, boxes):
        require_runtime()
        ensure_models(setup.settings, lambda line: typer.echo(line, err=True), setup.models)
        yield setup.name, ModelMaps(setup, places.pictures, truth, classes)


def _score(name: str, maps: Maps, task: Task, bootstrap: Bootstrap) -> Scored:
    classes = task.labelled.classes
    tallies = []
    with progress_bar(name, len(task.images)) as advance:
        for picture in task.images:
            tallies.append(tally(task.labelled.of(picture), maps.of(picture), len(classes)))
            advance()
    return Scored(name, maps, score(tallies, classes, bootstrap))


def _draw(scored: Scored, task: Task, folder: Path, worst: int) -> None:
    """The pictures with the lowest mIoU, worst first; those without anything are no cases."""
    by_picture = [2.0 if value is None else value for value in scored.score.by_picture]
    for place, index in enumerate(np.argsort(by_picture, kind="stable")[:worst].tolist(), 1):
        if by_picture[index] > 1:
            break
        picture = task.images[index]
        words = f"{picture.file_name}  mIoU {by_picture[index]:.2f}", scored.name
        image, labelled = read_picture(task.pictures, picture), task.labelled.of(picture)
        drawn = draw_maps(image, labelled, scored.maps.of(picture), words)
        save_picture(folder / f"{place:02d}-{Path(picture.file_name).stem}.png", drawn)


def _show(scored: Sequence[Scored], task: Task, json: bool) -> None:
    if json:
        facts = {"pictures": len(task.images), "models": report.rows(scored)}
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
        return
    Console().print(report.table(scored))
