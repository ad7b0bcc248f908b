"""The sources, with a wheel made here: pip is told to look into a folder instead of an index."""

import hashlib
import importlib.util
import venv
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from shared.models import registry
from shared.models.entries import Folder, Registry
from shared.models.errors import ModelError
from shared.models.fetch import Fetcher
from shared.models.wheel import Pip
from tests.shared.models.test_registry import TEXT

CONTENT = b"toy"
METADATA = "Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n"
NOTHING = "0" * 64


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def wheel(index: Path, member: str = "toys/toy.tflite", content: bytes = CONTENT) -> str:
    """Put a wheel into the index and give its hash."""
    path = index / "toys-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
        archive.writestr("toys-1.0.dist-info/METADATA", METADATA)
        archive.writestr("toys-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("toys-1.0.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def registered(wheel_sha: str, sources: str = "") -> Registry:
    """The toy model inside the toy wheel, behind other `sources`."""
    head, model = TEXT.split("[[models]]")
    head = head.replace(NOTHING, wheel_sha).replace("manylinux_2_28_x86_64", "any")
    model = model.replace(NOTHING, hashlib.sha256(CONTENT).hexdigest())
    return Registry.parse(f"{head}[[models]]{model}".replace("sources = [", f"sources = [{sources}"))


@dataclass
class Fetching:
    """A fetcher for the toy model, and what it said."""

    registry: Registry
    scratch: Path
    folder: Path | None = None
    pip: Pip | None = None
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fetcher = Fetcher(self.registry, self.folder, self.scratch, self.said.append, self.pip)

    def fetch(self) -> bytes:
        return self.fetcher.fetch(self.registry.find("toy"))

    def failure(self) -> str:
        with pytest.raises(ModelError) as raised:
            self.fetch()
        message = str(raised.value)
        assert "\n" not in message
        assert message.endswith("Put toy.tflite into a folder and name that folder in KINESTREAM_MODELS")
        return message


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_one_download_of_a_wheel_serves_every_model_inside_it(index: Path, scratch: Path) -> None:
    fetching = Fetching(registered(wheel(index)), scratch)
    assert [fetching.fetch(), fetching.fetch()] == [CONTENT] * 2
    assert fetching.said == ["downloading the wheel of toys==1.0 (it is not installed)"]
    assert importlib.util.find_spec("toys") is None


def test_a_wheel_of_another_hash_is_refused(index: Path, scratch: Path) -> None:
    wheel(index)
    assert "pip cannot download toys==1.0: ERROR: " in Fetching(registered("1" * 64), scratch).failure()


def test_a_missing_wheel_is_one_line(scratch: Path) -> None:
    message = Fetching(registered("1" * 64), scratch).failure()
    assert "ERROR: No matching distribution found for toys==1.0" in message


def test_a_python_without_pip_is_one_line_with_the_command_that_mends_it(
    index: Path, scratch: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    message = Fetching(registered(wheel(index)), scratch, pip=Pip(python)).failure()
    assert f"{python} has no pip; run: {python} -m ensurepip" in message


@pytest.mark.parametrize(
    ("member", "content", "fault"),
    [
        ("toys/other.tflite", CONTENT, "toys-1.0-py3-none-any.whl: holds no toys/toy.tflite"),
        ("toys/toy.tflite", CONTENT + b"s", "toys/toy.tflite has 4 bytes instead of 3"),
        ("toys/toy.tflite", b"tox", "what was fetched is another file: expected sha256 "),
    ],
)
def test_a_wheel_without_the_right_file_is_one_line(
    member: str, content: bytes, fault: str, index: Path, scratch: Path
) -> None:
    assert fault in Fetching(registered(wheel(index, member, content)), scratch).failure()


def test_another_file_of_the_right_name_is_told_and_the_next_source_asked(
    index: Path, scratch: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "toy.tflite").write_bytes(b"tox")
    fetching = Fetching(registered(wheel(index), '{ kind = "folder" }, '), scratch, mine)
    assert fetching.fetch() == CONTENT
    assert fetching.said[0].startswith(f"toy: {mine}/toy.tflite is another file: expected sha256 ")
    assert fetching.said[0].endswith(f"found {hashlib.sha256(b'tox').hexdigest()}")


@pytest.mark.parametrize(
    ("made", "fault"), [(True, "has no toy.tflite (sha256 "), (False, "mine is not a folder")]
)
def test_a_folder_without_the_file_is_one_line(made: bool, fault: str, scratch: Path, tmp_path: Path) -> None:
    if made:
        (tmp_path / "mine").mkdir()
    fetching = Fetching(registered("1" * 64, '{ kind = "folder" }, '), scratch, tmp_path / "mine")
    assert fault in fetching.failure()


def test_a_file_that_no_address_has_is_told_with_what_it_is(scratch: Path) -> None:
    """Nothing is configured, and the registry has only a folder to look into."""
    with pytest.raises(ModelError) as raised:
        Fetcher(registry.load(), None, scratch, print).fetch(registry.find("bodypix-480x352"))
    assert str(raised.value) == (
        "model bodypix-480x352 cannot be had: no address has this file, which is"
        " bodypix_mobilenet_v1_075_480_352_16_quant_decoder.tflite of"
        " https://github.com/google-coral/project-bodypix (models/) without its last operator,"
        " PosenetDecoderOp. Put bodypix_mobilenet_v1_075_480_352_16_quant_raw.tflite into a folder"
        " and name that folder in KINESTREAM_MODELS"
    )


def test_what_only_a_folder_has_says_what_it_is() -> None:
    for entry in registry.load().models:
        assert entry.note or len(entry.sources) > 1


def test_a_folder_is_searched_by_hash_for_a_file_of_unknown_size(scratch: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "other.tflite").write_bytes(b"else")
    (tmp_path / "mine" / "renamed.tflite").write_bytes(CONTENT)
    known = registered("1" * 64)
    entry = msgspec.structs.replace(known.find("toy"), bytes=None, sources=(Folder(),))
    assert Fetcher(known, tmp_path / "mine", scratch, print).fetch(entry) == CONTENT
