"""The requirements*.txt fit pyproject.toml: `make check` finds a forgotten `make lock` without a network."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
GROUPS: dict[str, list[str]] = PROJECT["dependency-groups"]
PIN = re.compile(
    r"^(?P<name>[\w.-]+)(\[[\w,-]+\])?==(?P<version>[^ ;\\]+)(?P<rest>.*(?:\n    --hash=.*)*)", re.M
)

CORE = [*PROJECT["project"]["dependencies"], *GROUPS["build"]]
DEV = ("cpu", "convert", "embedded", "eval", "mediapipe", "dev")
LOCKS = {
    "requirements.txt": [*CORE, *EXTRAS["cpu"], *EXTRAS["convert"], *EXTRAS["embedded"], *EXTRAS["eval"]],
    "requirements-cpu.txt": [*CORE, *EXTRAS["cpu"], *EXTRAS["convert"]],
    "requirements-gpu.txt": [*CORE, *EXTRAS["gpu"], *EXTRAS["convert"]],
    "requirements-mediapipe.txt": [*CORE, *EXTRAS["cpu"], *EXTRAS["convert"], *EXTRAS["mediapipe"]],
    "requirements-dev.txt": [*CORE, *(wanted for extra in DEV for wanted in EXTRAS[extra])],
}


def pins(lock: str) -> dict[str, re.Match[str]]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {canonicalize_name(match["name"]): match for match in PIN.finditer(text)}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_direct_requirement_is_pinned_to_a_version_it_allows(lock: str) -> None:
    locked = pins(lock)
    for text in LOCKS[lock]:
        wanted = Requirement(text)
        pin = locked.get(canonicalize_name(wanted.name))
        assert pin is not None, f"{wanted.name} is not in {lock}: run `make lock`"
        assert wanted.specifier.contains(pin["version"], prereleases=True), (
            f"{lock} has {wanted.name} {pin['version']}, not {wanted.specifier}: run `make lock`"
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_and_the_project_name_the_same_direct_requirements(lock: str) -> None:
    direct = {canonicalize_name(Requirement(text).name) for text in LOCKS[lock]}
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = [block for block in re.split(r"\n(?=[a-z])", text) if "kinestream (pyproject.toml" in block]
    asked = {canonicalize_name(re.split(r"\[|==", block)[0]) for block in blocks}
    assert asked == direct, f"pyproject.toml and {lock} differ: run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_lock_names_an_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    for place in ("http", "--index", "--extra-index", "--find-links", "file:", " @ "):
        assert place not in text, f"{lock} holds {place!r}"
    unhashed = [pin["name"] for pin in PIN.finditer(text) if "--hash=sha256:" not in pin["rest"]]
    assert not unhashed, f"{lock} has pins without a hash: {unhashed}"


@pytest.mark.parametrize("lock", LOCKS)
def test_no_second_opencv_overwrites_ours(lock: str) -> None:
    locked = pins(lock)
    assert [name for name in locked if name.startswith("opencv")] == ["opencv-python-headless"]
    assert locked["opencv-python-headless"]["version"].startswith("4.")


@pytest.mark.parametrize(
    "lock",
    ["requirements-cpu.txt", "requirements-gpu.txt", "requirements-mediapipe.txt", "requirements-dev.txt"],
)
def test_locks_of_the_same_program_agree_on_versions(lock: str) -> None:
    shipped = {name: pin["version"] for name, pin in pins("requirements.txt").items()}
    other = {name: pin["version"] for name, pin in pins(lock).items()}
    assert {name: other[name] for name in shipped.keys() & other.keys()} == {
        name: shipped[name] for name in shipped.keys() & other.keys()
    }
