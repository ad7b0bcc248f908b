"""A data set of the built-in room, and made-up models whose faults are known."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.evaluate.coco import Annotation, Category, Picture, Result, Truth, write
from services.evaluate.errors import EvaluationError
from services.evaluate.folders import save_picture
from services.evaluate.scenes import samples
from shared.scene.scene import PersonTruth

PICTURES = 10
MOST_PEOPLE = 3


@dataclass(frozen=True)
class Fault:
    """How a model errs: points or outlines are so many pixels off (what exactly, the measure's own module
    says), a share of the people is missed, and so many are invented per picture on average.
    """

    name: str
    off_px: int
    missed: float
    invented: float


FAULTS = (Fault("perfect", 0, 0, 0), Fault("good", 3, 0, 0), Fault("poor", 15, 0.4, 0.7))


@dataclass(frozen=True)
class Demo:
    """What differs from measure to measure.

    Attributes:
        category: of all people.
        label: completes a person's annotation by what is exactly known of it.
        spoil: what a model with these faults would find.
        luck: number of the random numbers that it is given, other ones than other demos'.
    """

    category: Category
    label: Callable[[Annotation, PersonTruth], Annotation]
    spoil: Callable[[Truth, Fault, np.random.Generator], list[Result]]
    luck: int


def results_in(folder: Path) -> list[Path]:
    """The results files of a demo, one for each of `FAULTS`."""
    return [folder / f"{fault.name}.json" for fault in FAULTS]


def make_demo(folder: Path, demo: Demo, seed: int) -> Truth:
    """Write pictures, their annotations and a results file of each model, which can be scored again.

    `folder` gets `pictures/`, `annotations.json` and `perfect.json`, `good.json`, `poor.json`.

    Raises:
        EvaluationError: the folder holds annotations that no demo wrote, or it cannot be written.
    """
    results = results_in(folder)
    if (folder / "annotations.json").exists() and not all(path.is_file() for path in results):
        raise EvaluationError(f"{folder} holds annotations of your own: name another folder for the demo")
    pictures: list[Picture] = []
    annotations: list[Annotation] = []
    for number, sample in enumerate(samples(PICTURES, MOST_PEOPLE, seed), 1):
        height_px, width_px = sample.image.shape[:2]
        pictures.append(Picture(number, f"{number:06d}.png", width_px, height_px))
        save_picture(folder / "pictures" / pictures[-1].file_name, sample.image)
        for person in sample.persons:
            annotation = _annotation(len(annotations) + 1, number, demo.category, person)
            annotations.append(demo.label(annotation, person))
    truth = Truth(tuple(pictures), tuple(annotations), (demo.category,))
    write(folder / "annotations.json", truth)
    for fault, path in zip(FAULTS, results, strict=True):
        write(path, demo.spoil(truth, fault, np.random.default_rng([seed, demo.luck])))
    return truth


def _annotation(number: int, picture: int, category: Category, person: PersonTruth) -> Annotation:
    assert person.visible_box is not None
    x0, y0, x1, y1 = person.visible_box
    area = float(person.mask.sum())
    return Annotation(number, picture, category.id, (x0, y0, x1 - x0, y1 - y0), area=area)
