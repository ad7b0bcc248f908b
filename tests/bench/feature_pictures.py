"""Draw the pictures of shared/actions/README.md: `make pictures`.

Every feature of the catalogue over the built-in demonstration, whose poses are exactly known; and the
postures as the figures of the tests strike them, with the features that tell them apart.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet

from shared.actions.catalogue import CATALOGUE, Feature
from shared.actions.shape import shape
from shared.messages import Frame, Person
from shared.rules.moment import Moment, Posture
from shared.scene.scene import Scene
from shared.scene.script import PostureKind
from shared.scene.url import parse
from shared.vision.masks import pack
from tests.services.figures import (
    BENDING,
    PRONE,
    SITTING,
    SQUATTING,
    STANDING,
    Figure,
    Pose,
    Take,
    film,
)
from tests.services.scene_tracks import frames_of, track
from tests.shared.actions.moments import moments

FOLDER = Path(__file__).parents[2] / "deploy" / "pictures"
SCENE = "synth://demo?fps=10&size=640x480"
_COLUMNS = 5
_COLOURS = {
    "walking": "#dcecdc",
    "standing": "#f4f4ee",
    "sitting": "#dbe6f5",
    "bending": "#f5ecd6",
    "falling": "#f6d3cb",
    "lying": "#ead7ee",
    "squatting": "#efe3c4",
    "kneeling": "#d9ecea",
    "crawling": "#d3ddd0",
    "unknown": "#ffffff",
}
_INK = "#26384a"
_STRUCK = {
    Posture.STANDING: STANDING,
    Posture.WALKING: Pose(0.74, 3, 22, -18),
    Posture.BENDING: BENDING,
    Posture.SQUATTING: SQUATTING,
    Posture.KNEELING: Pose(0.37, 0, 0, -90),
    Posture.CRAWLING: Pose(0.37, 80, 0, -90),
    Posture.SITTING: SITTING,
    Posture.LYING: PRONE,
}
_SHOWN = ("rise_m", "hip_m", "knees_m", "thigh_deg", "knee_deg", "height_share")
_BONES = ((0, 11), (11, 13), (13, 15), (11, 23), (23, 25), (25, 27), (12, 14), (14, 16), (24, 26), (26, 28))


def main() -> None:
    """Draw both."""
    mpl.use("agg")
    mpl.rcParams.update({"font.size": 7, "axes.edgecolor": "#b8bfc6", "savefig.dpi": 100})
    scene = Scene(parse(SCENE))
    frames = track(frames_of(scene))
    seen = _with_silhouettes(scene, frames, moments(frames)[0])
    truth = [_posture(scene, index) for index in range(scene.frame_count)]
    _draw_features(seen, truth, FOLDER / "features.png")
    _draw_postures(seen, truth, FOLDER / "postures.png")


def _posture(scene: Scene, index: int) -> str:
    persons = scene.truth(index).persons
    return persons[0].posture.value if persons else "unknown"


def _with_silhouettes(scene: Scene, frames: Sequence[Frame], seen: Sequence[Moment]) -> list[Moment]:
    """With what the masks would tell if there were no pose."""
    found = []
    for index, moment in enumerate(seen):
        persons = scene.truth(index).persons
        bits = persons[0].mask if persons else np.zeros((1, 1), bool)
        rows, columns = np.nonzero(bits)
        if moment.box is None or moment.shape is None or len(rows) == 0:
            found.append(moment)
            continue
        top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
        box = (float(left), float(top), float(right), float(bottom))
        person = Person(moment.box, 0.9, mask=pack(bits[top:bottom, left:right], box))
        size_px = (frames[index].width_px, frames[index].height_px)
        mask = shape(person, size_px, math.nan, weak=True)
        told = replace(moment.shape, axis_deg=mask.axis_deg, elongation=mask.elongation, filled=mask.filled)
        found.append(replace(moment, shape=told))
    return found


def _draw_features(seen: Sequence[Moment], truth: Sequence[str], path: Path) -> None:
    rows = math.ceil(len(CATALOGUE) / _COLUMNS)
    sheet = Sheet(figsize=(15, 1.15 * rows), layout="constrained")
    panels = np.asarray(sheet.subplots(rows, _COLUMNS, sharex=True)).ravel().tolist()
    for panel, feature in zip(panels, CATALOGUE, strict=False):
        _draw_feature(panel, feature, seen, truth)
    for panel in panels[len(CATALOGUE) :]:
        panel.set_axis_off()
    handles = [mpl.patches.Patch(color=_COLOURS[kind.value], label=kind.value) for kind in PostureKind]
    panels[-1].legend(handles=handles, loc="center", ncols=2, frameon=False, title="truth")
    sheet.savefig(path)


def _draw_feature(panel: Axes, feature: Feature, seen: Sequence[Moment], truth: Sequence[str]) -> None:
    _paint(panel, [moment.pts_us / 1e6 for moment in seen], truth)
    values = [feature.of(moment) for moment in seen]
    times = [moment.pts_us / 1e6 for moment in seen]
    panel.plot(times, [math.nan if value is None else value for value in values], color=_INK, linewidth=0.9)
    panel.set_title(f"{feature.name}  [{feature.unit}]", fontsize=7, pad=2, loc="left", color=_INK)
    panel.tick_params(length=1.5, pad=1, labelsize=6)
    panel.margins(x=0, y=0.12)


def _paint(panel: Axes, times_s: Sequence[float], kinds: Sequence[str]) -> None:
    """The background of each stretch of one posture."""
    start = 0
    for kind, group in groupby(kinds):
        end = start + len(list(group))
        until_s = times_s[min(end, len(times_s) - 1)]
        panel.axvspan(times_s[start], until_s, color=_COLOURS[kind], linewidth=0)
        start = end


def _draw_postures(seen: Sequence[Moment], truth: Sequence[str], path: Path) -> None:
    sheet = Sheet(figsize=(13, 5.6), layout="constrained")
    grid = sheet.add_gridspec(4, len(_STRUCK), height_ratios=(4, 0.6, 0.6, 1.2))
    for column, (posture, pose) in enumerate(_STRUCK.items()):
        _draw_figure(sheet.add_subplot(grid[0, column]), posture, pose)
    times_s = [moment.pts_us / 1e6 for moment in seen]
    lanes = {"truth": truth, "detail": [moment.detail.value for moment in seen]}
    for row, (name, kinds) in enumerate(lanes.items(), start=1):
        lane = sheet.add_subplot(grid[row, :])
        _paint(lane, times_s, kinds)
        _name_stretches(lane, times_s, kinds)
        lane.set(xlim=(times_s[0], times_s[-1]), yticks=[], xticks=[], ylabel=name)
    curve = sheet.add_subplot(grid[3, :])
    curve.plot(times_s, [moment.confidence for moment in seen], color=_INK, linewidth=1)
    curve.set(xlim=(times_s[0], times_s[-1]), ylim=(0, 1.05), ylabel="confidence", xlabel=f"s of {SCENE}")
    sheet.savefig(path)


def _name_stretches(panel: Axes, times_s: Sequence[float], kinds: Sequence[str]) -> None:
    start = 0
    for kind, group in groupby(kinds):
        end = start + len(list(group))
        if times_s[end - 1] - times_s[start] > 1:
            panel.text(
                (times_s[start] + times_s[end - 1]) / 2, 0.5, kind, ha="center", va="center", color=_INK
            )
        start = end


def _draw_figure(panel: Axes, posture: Posture, pose: Pose) -> None:
    frames = film([Figure([(0, pose)])], Take(duration_s=2, jitter_px=0))
    (person,) = frames[-1].persons
    moment = moments(frames, tilt_deg=15)[0][-1]
    assert person.keypoints is not None
    assert moment.body is not None
    points = person.keypoints.numpy()
    for first, last in _BONES:
        panel.plot(*points[[first, last], :2].T, color=_INK, linewidth=2.2, solid_capstyle="round")
    panel.plot(*points[0, :2], "o", color=_INK, markersize=9)
    panel.set(aspect="equal", xlim=(215, 425), ylim=(365, 115), xticks=[], yticks=[])
    panel.set_facecolor(_COLOURS[posture.value])
    panel.set_title(posture.value, fontsize=9, color=_INK)
    body = moment.body
    told = "\n".join(f"{name} {getattr(body, name):.{0 if name.endswith('deg') else 2}f}" for name in _SHOWN)
    panel.set_xlabel(told, fontsize=7.5, color=_INK, loc="left")


if __name__ == "__main__":
    main()
