"""The lock of the peers' environment fits `peers.in`, and installs nothing unchecked."""

import re
from pathlib import Path

from packaging.requirements import Requirement

FOLDER = Path(__file__).parent
LOCK = (FOLDER / "requirements-peers.txt").read_text(encoding="utf-8")
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)(?P<rest>.*(?:\n    --hash=.*)*)", re.M)


def test_every_peer_is_pinned_to_a_version_that_is_asked_for() -> None:
    pins = {pin["name"]: pin["version"] for pin in PIN.finditer(LOCK)}
    lines = (FOLDER / "peers.in").read_text(encoding="utf-8").splitlines()
    for wanted in (Requirement(line) for line in lines if line and not line.startswith("#")):
        assert wanted.specifier.contains(pins[wanted.name]), (
            f"{wanted} is not in the lock: run `make lock-peers`"
        )


def test_every_pin_has_a_hash_and_only_one_opencv_is_installed() -> None:
    assert not [pin["name"] for pin in PIN.finditer(LOCK) if "--hash=sha256:" not in pin["rest"]]
    assert [pin["name"] for pin in PIN.finditer(LOCK) if "opencv" in pin["name"]] == [
        "opencv-python-headless"
    ]
    assert "http" not in LOCK
