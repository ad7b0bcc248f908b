"""Models run over a folder of labelled pictures, so that they can be scored."""

import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.console.errors import BadInputError
from services.console.looking import build_chain, with_stages
from services.evaluate.coco import Annotation, Picture, Result, Truth
from services.evaluate.folders import read_picture
from services.evaluate.pose.keypoints import person_category, results_of
from services.evaluate.segmentation.classmaps import ClassMap
from services.evaluate.segmentation.people import PERSON, Painter
from shared.messages import Person
from shared.models import registry
from shared.settings import Settings
from shared.vision import palettes

ALL = "all"
TRUTH = "truth"

Advance = Callable[[], None]


@dataclass(frozen=True)
class Kind:
    """What models are wanted for; `output` is one of a pose model that does it, too."""

    name: str
    tasks: tuple[str, ...]
    output: str | None = None

    def fits(self, entry: registry.Entry) -> bool:
        return entry.task in self.tasks or any(each.name == self.output for each in entry.kept)


DETECTION = Kind("person detection", ("person detection",))
POSE = Kind("poses", ("pose",))
SEGMENTATION = Kind("segmentation", ("person segmentation", "part segmentation"), "segmentation")


@dataclass(frozen=True)
class Setup:
    """Models that are scored together under one name; `stages` are those that run, on the labelled boxes
    where `labelled`.
    """

    name: str
    settings: Settings
    stages: tuple[str, ...]
    labelled: bool = False

    @property
    def models(self) -> list[str]:
        """The models that run."""
        return [getattr(self.settings, stage).model for stage in self.stages]


def pose_setups(settings: Settings, models: Sequence[str], boxes: Sequence[str]) -> list[Setup]:
    """Each pose model with each kind of boxes: names of detectors, or `TRUTH`; none: the configured detector.

    A model that looks at whole pictures takes no boxes and is there once.

    Raises:
        BadInputError: a model of another task.
        ModelError: an unknown model.
    """
    setups = []
    for model in named_models(settings, models, POSE):
        if registry.of(settings.models).find(model).input.fit != "region":
            setups.append(Setup(model, with_stages(settings, {"pose": model}), ("pose",)))
            continue
        setups += _boxed(settings, model, boxes, ("detector", "pose"))
    return setups


def _boxed(settings: Settings, model: str, boxes: Sequence[str], stages: tuple[str, ...]) -> list[Setup]:
    """A setup of the model in the last of these stages for each kind of boxes, the detector's by default."""
    setups = []
    for kind in boxes or (settings.detector.model,):
        if kind == TRUTH:
            chosen = with_stages(settings, {stages[-1]: model})
            setups.append(Setup(f"{model}, true boxes", chosen, stages[-1:], labelled=True))
            continue
        named_models(settings, (kind,), DETECTION)
        both = with_stages(settings, {stages[-1]: model, "detector": kind})
        setups.append(Setup(f"{model}, {kind}", both, stages))
    return setups


def named_models(settings: Settings, names: Sequence[str], kind: Kind) -> list[str]:
    """The models, each once; `ALL` stands for every one of this kind, but the same network only once.

    Raises:
        BadInputError: a model of another kind.
        ModelError: an unknown model.
    """
    known = registry.of(settings.models)
    fitting = [entry for entry in known.models if kind.fits(entry)]
    networks = {(entry.sha256, entry.decoder): entry.name for entry in reversed(fitting)}
    every = [entry.name for entry in fitting if entry.name in networks.values()]
    chosen = [each for name in names for each in (every if name == ALL else (known.find(name).name,))]
    for name in chosen:
        if not kind.fits(known.find(name)):
            listed = ", ".join(entry.name for entry in fitting)
            raise BadInputError(f"model {name} does not do {kind.name}; these do: {listed}")
    return list(dict.fromkeys(chosen))


def run_pose(setup: Setup, truth: Truth, pictures: Path, advance: Advance) -> list[Result]:
    """The people that the models find in every picture, as results.

    Raises:
        EvaluationError: a picture is absent or unfit.
        ModelError: a model is not cached, or does not fit its stage.
    """
    chain, category = build_chain(setup.settings, setup.stages), person_category(truth, "annotations")
    people = truth.only([category.name]).of_pictures()
    results = []
    for picture in truth.images:
        persons = true_persons(_with_keypoints(people[picture.id]), picture) if setup.labelled else ()
        frame = chain.look(read_picture(pictures, picture), persons)
        results += results_of(frame, picture.id, category)
        advance()
    return results


def segmentation_setups(settings: Settings, models: Sequence[str], boxes: Sequence[str]) -> list[Setup]:
    """Each segmentation model with each kind of boxes: names of detectors, or `TRUTH`; none: the configured
    detector. Detectors come with the configured pose model; labelled boxes go straight to the segmentation.

    Raises:
        BadInputError: a model of another task.
        ModelError: an unknown model.
    """
    setups = []
    for model in named_models(settings, models, SEGMENTATION):
        setups += _boxed(settings, model, boxes, ("detector", "pose", "segmentation"))
    return setups


class ModelMaps:
    """Class maps of what models find, made at the first look and kept compressed."""

    def __init__(self, setup: Setup, pictures: Path, truth: Truth | None, classes: tuple[str, ...]) -> None:
        """`truth` has the labelled boxes, where they are used."""
        self.classes = classes
        self._pictures = pictures
        self._labelled = _people(truth) if truth and setup.labelled else {}
        self._painter = Painter.of(classes, part_names(setup.settings))
        self._chain = build_chain(setup.settings, setup.stages)
        self._kept: dict[int, bytes] = {}

    def of(self, picture: Picture) -> ClassMap:
        if picture.id not in self._kept:
            persons = true_persons(self._labelled.get(picture.id, ()), picture)
            frame = self._chain.look(read_picture(self._pictures, picture), persons)
            self._kept[picture.id] = zlib.compress(self._painter.paint(frame).tobytes(), 1)
        cells = np.frombuffer(zlib.decompress(self._kept[picture.id]), np.uint8)
        return cells.reshape(picture.height, picture.width)


def _people(truth: Truth) -> dict[int, list[Annotation]]:
    """The labelled people of each picture; without a category of that name, all are people."""
    names = [category.name for category in truth.categories if category.name.lower() == PERSON]
    return truth.only(names).of_pictures()


def _with_keypoints(annotations: Sequence[Annotation]) -> list[Annotation]:
    return [annotation for annotation in annotations if annotation.num_keypoints]


def part_names(settings: Settings) -> tuple[str, ...]:
    """The parts that the settings' segmentation model tells, by number; none where it tells people only."""
    entry = registry.of(settings.models).find(settings.segmentation.model)
    return palettes.of_model(entry).names if entry.classes else ()


def true_persons(annotations: Sequence[Annotation], picture: Picture) -> list[Person]:
    """The labelled people as a perfect detector would find them: boxes in px with a score of 1."""
    boxes = [
        (max(x, 0.0), max(y, 0.0), min(x + width, picture.width), min(y + height, picture.height))
        for x, y, width, height in (annotation.bbox for annotation in annotations if not annotation.iscrowd)
    ]
    return [Person(box, 1.0) for box in boxes if box[2] > box[0] and box[3] > box[1]]


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Advance]:
    """A bar on stderr while something long runs; nothing where nobody looks."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
