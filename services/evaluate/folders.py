"""Where a folder keeps its annotations and pictures."""

from dataclasses import dataclass
from pathlib import Path

import cv2

from services.evaluate.coco import Picture
from services.evaluate.errors import EvaluationError
from shared.bus.frames import Image

_PICTURE_FOLDERS = ("images", "pictures", "val2017", "train2017")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


@dataclass(frozen=True)
class Places:
    """An annotations file, and the folder in which its pictures are."""

    annotations: Path
    pictures: Path


def find_places(folder: Path | None, annotations: Path | None, pictures: Path | None) -> Places:
    """Both places: what is given, and the rest from the usual names in `folder`.

    Results can be scored without pictures: that there are none shows when one is wanted.

    Raises:
        EvaluationError: nothing is given, or no annotations or several are found.
    """
    if folder is None and annotations is None:
        raise EvaluationError("nothing to score: give a FOLDER with annotations and pictures, or --demo")
    if folder is not None and not folder.is_dir():
        raise EvaluationError(
            f"{folder} is not a folder: give the one with the annotations, or --annotations"
        )
    if annotations is None:
        assert folder is not None
        annotations = _find_annotations(folder)
    if pictures is None:
        place = folder or annotations.parent
        pictures = _picture_folder(place) or place
    return Places(annotations, pictures)


def find_pictures(folder: Path) -> Path:
    """The folder itself, or one of the usual folders in it, whichever holds pictures.

    Raises:
        EvaluationError: none does.
    """
    found = _picture_folder(folder)
    if found is None:
        raise EvaluationError(
            f"{folder} holds no pictures, nor does {', '.join(_PICTURE_FOLDERS)} in it: give --pictures"
            " FOLDER"
        )
    return found


def list_pictures(folder: Path) -> tuple[Picture, ...]:
    """The pictures of a folder in which nothing is labelled, by name.

    Raises:
        EvaluationError: one cannot be read.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    pictures = []
    for number, path in enumerate(paths):
        height_px, width_px = _load(path).shape[:2]
        pictures.append(Picture(number, path.name, width_px, height_px))
    return tuple(pictures)


def read_picture(folder: Path, picture: Picture) -> Image:
    """A picture's pixels (H, W, 3) BGR.

    Raises:
        EvaluationError: it is absent, cannot be decoded, or has another size than the annotations say.
    """
    path = (folder / picture.file_name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise EvaluationError(f"picture {picture.file_name} is outside of {folder}")
    image = _load(path)
    if image.shape[:2] != (picture.height, picture.width):
        raise EvaluationError(
            f"{path} has {image.shape[1]} x {image.shape[0]} pixels, its annotations say"
            f" {picture.width} x {picture.height}: use the picture that was labelled, unscaled"
        )
    return image


def save_picture(path: Path, image: Image) -> None:
    """Write a picture (H, W, 3) BGR, and make the folder where there is none.

    Raises:
        EvaluationError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = cv2.imwrite(str(path), image)
    except (OSError, cv2.error):
        written = False
    if not written:
        raise EvaluationError(f"{path} cannot be written: name another folder")


def _picture_folder(folder: Path) -> Path | None:
    for place in (*(folder / name for name in _PICTURE_FOLDERS), folder):
        if place.is_dir() and any(path.suffix.lower() in _SUFFIXES for path in place.iterdir()):
            return place
    return None


def _load(path: Path) -> Image:
    if not path.is_file():
        raise EvaluationError(f"picture {path} is absent: put it there, or give another folder as --pictures")
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise EvaluationError(f"{path} cannot be decoded as a picture: fetch it again")
    return image.astype("uint8", copy=False)


def _find_annotations(folder: Path) -> Path:
    named = folder / "annotations.json"
    if named.is_file():
        return named
    found = [path for place in (folder, folder / "annotations") for path in sorted(place.glob("*.json"))]
    labelled = [path for path in found if _is_annotations(path)]
    if len(labelled) == 1:
        return labelled[0]
    what = (
        f"{len(labelled)} of {folder}'s files are annotations" if labelled else f"no annotations in {folder}"
    )
    names = f" ({', '.join(path.name for path in labelled[:5])})" if labelled else ""
    raise EvaluationError(f"{what}{names}: say which file with --annotations FILE.json")


def _is_annotations(path: Path) -> bool:
    """An object, where results are a list: the first sign tells."""
    with path.open("rb") as file:
        return file.read(64).lstrip().startswith(b"{")
