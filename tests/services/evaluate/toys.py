"""Small data sets, made by hand."""

from pathlib import Path

import cv2
import numpy as np

from services.evaluate.coco import Annotation, Category, Picture, Truth, write
from services.evaluate.pose.keypoints import PERSON

WIDTH, HEIGHT = 320, 240

# A standing person, 40 px wide and 120 px high, in the order of COCO's keypoints.
STANDING = np.array(
    [
        *((20, 10), (23, 8), (17, 8), (26, 10), (14, 10)),
        *((32, 30), (8, 30), (36, 50), (4, 50), (38, 68), (2, 68)),
        *((28, 65), (12, 65), (28, 90), (12, 90), (28, 115), (12, 115)),
    ],
    np.float64,
)


def person(number: int, picture: int, x: float, y: float, visible: int = 2) -> Annotation:
    points = STANDING + np.array((x, y))
    rows = np.column_stack((points, np.full(17, visible)))
    return Annotation(
        number,
        picture,
        PERSON.id,
        (x, y, 40.0, 120.0),
        area=3000.0,
        num_keypoints=17 if visible else 0,
        keypoints=tuple(rows.ravel().tolist()),
    )


def people(*of_pictures: int) -> Truth:
    """Pictures with so many people each, beside each other."""
    pictures = tuple(Picture(n, f"{n}.png", WIDTH, HEIGHT) for n in range(1, len(of_pictures) + 1))
    annotations: list[Annotation] = []
    for number, count in enumerate(of_pictures, 1):
        for place in range(count):
            annotations.append(person(len(annotations) + 1, number, 10 + 60 * place, 60))
    return Truth(pictures, tuple(annotations), (PERSON,))


def squares(categories: tuple[Category, ...], *annotations: Annotation) -> Truth:
    return Truth((Picture(1, "1.png", WIDTH, HEIGHT),), annotations, categories)


def saved(folder: Path, truth: Truth) -> Path:
    """The folder with annotations.json and grey pictures."""
    (folder / "pictures").mkdir(parents=True)
    write(folder / "annotations.json", truth)
    for picture in truth.images:
        grey = np.full((picture.height, picture.width, 3), 128, np.uint8)
        cv2.imwrite(str(folder / "pictures" / picture.file_name), grey)
    return folder
