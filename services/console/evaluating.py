"""Models run over a folder of labelled pictures, so that they can be scored."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.console.errors import BadInputError
from services.console.looking import build_chain, with_stages
from services.evaluate.coco import Annotation, Picture, Result, Truth
from services.evaluate.folders import read_picture
from services.evaluate.pose.keypoints import person_category, results_of
from shared.messages import Person
from shared.models import registry
from shared.settings import Settings

ALL = "all"
TRUTH = "truth"

Advance = Callable[[], None]


@dataclass(frozen=True)
class Setup:
    """Models that are scored together under one name; `stages` are those that run, the rest is labelled."""

    name: str
    settings: Settings
    stages: tuple[str, ...]


def pose_setups(settings: Settings, models: Sequence[str], boxes: Sequence[str]) -> list[Setup]:
    """Each pose model with each kind of boxes: names of detectors, or `TRUTH`; none: the configured detector.

    A model that looks at whole pictures takes no boxes and is there once.

    Raises:
        BadInputError: a model of another task.
        ModelError: an unknown model.
    """
    setups = []
    for model in named_models(settings, models, ("pose",)):
        if registry.of(settings.models).find(model).input.fit != "region":
            setups.append(Setup(model, with_stages(settings, {"pose": model}), ("pose",)))
            continue
        for kind in boxes or (settings.detector.model,):
            if kind == TRUTH:
                setups.append(
                    Setup(f"{model}, true boxes", with_stages(settings, {"pose": model}), ("pose",))
                )
                continue
            named_models(settings, (kind,), ("person detection",))
            both = with_stages(settings, {"pose": model, "detector": kind})
            setups.append(Setup(f"{model}, {kind}", both, ("detector", "pose")))
    return setups


def named_models(settings: Settings, names: Sequence[str], tasks: Sequence[str]) -> list[str]:
    """The models, each once; `ALL` stands for every one of these tasks.

    Raises:
        BadInputError: a model of another task.
        ModelError: an unknown model.
    """
    known = registry.of(settings.models)
    fitting = [entry.name for entry in known.models if entry.task in tasks]
    chosen = [each for name in names for each in (fitting if name == ALL else (known.find(name).name,))]
    for name in chosen:
        if name not in fitting:
            raise BadInputError(f"model {name} is for {known.find(name).task}; here fit {', '.join(fitting)}")
    return list(dict.fromkeys(chosen))


def run_pose(setup: Setup, truth: Truth, pictures: Path, advance: Advance) -> list[Result]:
    """The people that the models find in every picture, as results.

    Raises:
        EvaluationError: a picture is absent or unfit.
        ModelError: a model is not cached, or does not fit its stage.
    """
    chain, category = build_chain(setup.settings, setup.stages), person_category(truth, "annotations")
    labelled = truth.of_pictures()
    results = []
    for picture in truth.images:
        persons = () if "detector" in setup.stages else true_persons(labelled[picture.id], picture)
        frame = chain.look(read_picture(pictures, picture), persons)
        results += results_of(frame, picture.id, category)
        advance()
    return results


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
