import gc
import resource
import sys
from pathlib import Path

import numpy as np

from shared.tracking import Observations, Policy, Tracker

LAPS, LAP = 200, 500
_BUSY = 0.3  # part of a lap


def walkers() -> list[Observations]:
    """Five people who walk a part of a circle, then an empty room, in which nobody stays known; one in ten is
    missed, now and then somebody else is seen.
    """
    rng = np.random.default_rng(4)
    angles = 2 * np.pi * (np.arange(LAP)[:, None] / LAP + np.arange(6) / 5)
    centres = np.stack([960 + 700 * np.cos(angles), 540 + 300 * np.sin(angles)], axis=2)
    centres[:, 5] = [930, 540]
    half = np.array([30, 90])
    boxes = np.concatenate([centres - half, centres + half], axis=2)
    shown = rng.random((LAP, 6)) < [0.9, 0.9, 0.9, 0.9, 0.9, 0.02]
    shown[int(_BUSY * LAP) :] = False
    scores = rng.uniform(0.4, 1.0, (LAP, 6))
    return [Observations(boxes[each][shown[each]], scores[each][shown[each]]) for each in range(LAP)]


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def test_a_hundred_thousand_pictures_leave_nothing_behind() -> None:
    lap, tracker = walkers(), Tracker(Policy.crowd())
    held = np.zeros((LAPS, 2), np.int64)
    gc.collect()
    gc.disable()  # what needs the collector, whose pauses delay steps, is found at the end
    try:
        for turn in range(LAPS):
            for step, seen in enumerate(lap):
                tracker.step((turn * LAP + step) * 40_000, seen)
            held[turn] = sys.getallocatedblocks(), resident_bytes()
        assert gc.collect() == 0
    finally:
        gc.enable()
    blocks, resident = held[LAPS // 4 :].T
    assert np.ptp(blocks) < 100
    assert np.ptp(resident) < 2 << 20
    assert tracker.memory().next_track > 1_000
