"""`kinestream models check`."""

import sys
from pathlib import Path
from typing import Annotated

import cv2
import msgspec
import numpy as np
import typer
from rich.console import Console

from services.console import check_view
from services.console.check_files import write_raw
from services.console.check_findings import findings_of, numbered
from services.console.errors import BadInputError
from services.console.looking import STAGES, build_chain, with_models
from services.console.models import ensure_models, require_runtime
from services.console.options import ConfigOption, settings_of
from shared.bus.frames import Image
from shared.vision.drawing import annotate
from shared.vision.tinting import MASK_ALPHA

_LONGEST_PX = 16_384  # of a frame's side


def check(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Models; each runs in the stage of its task."),
    ] = None,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A picture with people.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The drawing; none: IMAGE-checked.png in this folder.")
    ] = None,
    raw: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also write the class map (.npy) and the instances (.json)."),
    ] = None,
    keypoint_threshold: Annotated[
        float, typer.Option(min=0, max=1, metavar="C", help="Less sure keypoints are not drawn.")
    ] = 0.3,
    mask_alpha: Annotated[
        float, typer.Option(min=0, max=1, metavar="A", help="How much the masks cover.")
    ] = MASK_ALPHA,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    config: ConfigOption = None,
) -> None:
    """Run one picture through detector, pose and segmentation; draw and tell what they find.

    Stages that no NAME is for run the configuration's models. Told are, per person, box, score, each
    keypoint, the share of the box and the attention (visible share times confidence) of head, torso, arms and
    legs, and which limbs are hidden.

    Try:

      kinestream models check photo.jpg

      kinestream models check yolox-nano blazepose-full selfie photo.jpg --raw arrays
    """
    target = _target(image, out)
    picture = _read(image)
    settings = with_models(settings_of(config, None), names or [])
    require_runtime()
    ensure_models(settings, lambda line: typer.echo(line, err=True))
    frame = build_chain(settings).look(picture)
    models = {stage: getattr(settings, stage).model for stage in STAGES}
    findings = findings_of(frame, models)
    _write(target, annotate(picture, numbered(frame), mask_alpha, keypoint_threshold))
    written = [target, *(write_raw(raw, image.stem, frame, findings) if raw is not None else ())]
    if json:
        sys.stdout.write(msgspec.json.encode(findings).decode() + "\n")
        return
    console = Console()
    console.print(check_view.view(findings, keypoint_threshold))
    console.print("written: " + ", ".join(map(str, written)), style="dim", soft_wrap=True)


def _target(image: Path, out: Path | None) -> Path:
    target = out or Path(f"{image.stem}-checked.png")
    if target.resolve() == image.resolve():
        raise BadInputError(f"--out {target} is the picture itself: name another file")
    return target


def _read(path: Path) -> Image:
    if not path.is_file():
        raise BadInputError(f"no picture {path}: the last word of the command is the picture")
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise BadInputError(f"{path} cannot be decoded as a picture: JPEG, PNG, BMP and WebP can")
    if max(picture.shape[:2]) > _LONGEST_PX:
        raise BadInputError(f"{path} is larger than {_LONGEST_PX} px: scale it down")
    return picture.astype(np.uint8, copy=False)


def _write(path: Path, drawn: Image) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        done = cv2.imwrite(str(path), drawn)
    except (OSError, cv2.error) as error:
        raise BadInputError(f"{path} cannot be written ({error}): name another file with --out") from None
    if not done:
        raise BadInputError(f"{path} cannot be written: name another file, .png or .jpg, with --out")
