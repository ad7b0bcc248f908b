"""Nobody gets another name by falling, in scenes of mannequins with other bodies, cameras and pauses.

`make falls` plays fifty seeds; the tests play three.
"""

import os

import numpy as np
import pytest

from services.tracker.stage import TrackerStage
from shared.messages import Frame, Person
from shared.scene.scene import FrameTruth, PersonTruth, Scene
from shared.scene.url import SceneSpec
from shared.settings import Tracker
from shared.worker import Work

SEEDS = range(1, 1 + int(os.environ.get("KINESTREAM_FALL_SEEDS", "3")))
SIZE_PX = (320, 240)


def persons(truth: FrameTruth, rng: np.random.Generator) -> tuple[Person, ...]:
    """Whom a detector finds: boxes that tremble by 3 %, one in twenty missed, and unsure ones among them."""
    found = []
    for person in truth.persons:
        if person.visible_box is None or rng.random() < 0.05:
            continue
        x0, y0, x1, y1 = person.visible_box
        shift = rng.normal(0, 0.03, 4) * [x1 - x0, y1 - y0, x1 - x0, y1 - y0]
        box = np.array(person.visible_box) + shift
        found.append(Person((box[0], box[1], box[2], box[3]), float(rng.uniform(0.3, 0.95))))
    return tuple(found)


def names(scenario: str, seed: int, policy: str) -> dict[int, set[int]]:
    """The names that each person of a scene was given once all of him was in the picture."""
    rng = np.random.default_rng(seed)
    spec = SceneSpec(
        scenario,
        height_m=float(rng.uniform(1.2, 2.6)),
        fps=float(rng.choice([6, 8, 12, 15])),
        seed=seed,
        size_px=SIZE_PX,
    )
    scene = Scene(spec)
    stage = TrackerStage(Tracker.model_validate({"policy": policy}))
    state, given, entered = stage.fresh(), dict[int, set[int]](), set[int]()
    for seq in range(scene.frame_count):
        truth = scene.truth(seq)
        entered |= {each.person for each in truth.persons if _whole(each)}
        if rng.random() < 0.1:  # a frame that never came
            continue
        frame = Frame(
            camera="scene",
            run=1,
            seq=seq,
            pts_us=round(truth.time_s * 1e6),
            captured_us=0,
            width_px=SIZE_PX[0],
            height_px=SIZE_PX[1],
            persons=persons(truth, rng),
        )
        done = stage.process([Work(frame, state, None)])[0]
        state = done.state
        (output,) = done.outputs
        assert isinstance(output, Frame)
        for person in output.persons:
            if person.track is not None and (number := _nearest(truth, person)) in entered:
                given.setdefault(number, set()).add(person.track)
    return given


def _whole(person: PersonTruth) -> bool:
    """Whether the person is inside the picture and seen from head to foot."""
    if person.visible_box is None:
        return False
    return float(np.abs(np.array(person.visible_box) - person.full_box).max()) <= 0.02 * SIZE_PX[0]


def _nearest(truth: FrameTruth, person: Person) -> int:
    def distance(box: tuple[float, float, float, float]) -> float:
        return float(np.abs(np.array(box) - person.box).sum())

    seen = {each.person: each.visible_box for each in truth.persons if each.visible_box is not None}
    return min(seen, key=lambda number: distance(seen[number]))


@pytest.mark.parametrize("scenario", ["fall_forward", "fall_backward", "fall_sideways"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_mannequin_that_falls_keeps_the_name(scenario: str, seed: int) -> None:
    given = names(scenario, seed, "default")
    assert given
    assert {number: len(each) for number, each in given.items()} == dict.fromkeys(given, 1)
