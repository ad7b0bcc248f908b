"""A worker as a process, a real server, a real camera, and what befalls them; `make faults` plays more."""

from pathlib import Path
from typing import Any

import pytest

from tests.faults.scenarios import FAULTS
from tests.faults.trial import Trial

_QUICK: dict[str, Any] = {
    "ingest": {"retry_first_s": 0.1, "retry_longest_s": 0.5, "hang_s": 1.0},
    "health": {"stalled_s": 1.0, "frozen_s": 1.5, "back_s": 0.3},
}
_CAMERA = {"open_timeout_s": 1.0, "read_timeout_s": 1.0}
_PICTURES = 8
_BACK_S = 10.0  # also the longest that a take-over may last

CHOSEN = (
    "connection cut (RST)",
    "line stalls: nothing passes, nothing is closed",
    "frozen picture",
    "resolution 320x240 to 640x480",
    "server restarted, down 3 s",
    "player SIGSTOPped",
    "ingest worker killed (SIGKILL), another there",
    "bus killed, down 3 s",
)


@pytest.mark.parametrize("name", CHOSEN)
def test_a_camera_comes_back_after(name: str, tmp_path: Path) -> None:
    (fault,) = [fault for fault in FAULTS if fault.name == name]
    outcome = Trial(fault.hurried(), tmp_path, _QUICK, camera=_CAMERA, lease_s=1.0, steady=_PICTURES).run()
    assert outcome.back_s < _BACK_S
