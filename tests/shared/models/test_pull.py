import shutil
import subprocess
import sys
import venv
from pathlib import Path

import msgspec
import pytest

from shared.models import cache, registry
from shared.models.errors import ModelError
from shared.models.pull import pull

SELFIE = registry.find("selfie")
BOTH = ["selfie", "selfie-landscape"]
ROOT = Path(__file__).parents[3]


def test_a_folder_is_searched_by_hash_whatever_the_files_are_called(sources: Path, tmp_path: Path) -> None:
    deep = tmp_path / "mine" / "deep"
    deep.mkdir(parents=True)
    shutil.copy(next(sources.glob("*selfie_segmentation.tflite")), deep / "x.bin")
    (tmp_path / "cache" / ".pull-killed").mkdir(parents=True)
    said: list[str] = []
    paths = pull(["selfie"], tmp_path / "cache", said.append, tmp_path / "mine")
    assert paths == [cache.onnx_path(SELFIE, tmp_path / "cache")]
    assert cache.state_of(SELFIE, tmp_path / "cache") == "cached"
    assert said[0].startswith("selfie: converted to ONNX in ")
    assert said[1] == f"selfie: {paths[0]} (Apache-2.0)"
    left = {path.name for path in (tmp_path / "cache").iterdir()}
    assert left == {".lock", "manifest.json", paths[0].name, "sources"}


def test_a_pull_of_what_is_cached_writes_nothing(sources: Path, tmp_path: Path) -> None:
    (path,) = pull(["selfie"], tmp_path, print, sources)
    before = (path.stat().st_mtime_ns, tmp_path.stat().st_mtime_ns)
    said: list[str] = []
    assert pull(["selfie"], tmp_path, said.append) == [path]
    assert (path.stat().st_mtime_ns, tmp_path.stat().st_mtime_ns) == before
    assert said == [f"selfie: {path} (Apache-2.0)"]


def test_a_damaged_file_is_made_anew_from_the_kept_source(sources: Path, tmp_path: Path) -> None:
    (path,) = pull(["selfie"], tmp_path, print, sources)
    whole = path.read_bytes()
    path.write_bytes(whole[:1000])
    said: list[str] = []
    pull(["selfie"], tmp_path, said.append)  # no folder: the source was kept
    assert path.read_bytes() == whole
    assert said[0] == "selfie: the cached file is damaged, made anew"


def test_an_unknown_name_stops_the_pull_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="did you mean 'selfie'"):
        pull(["selfie-landscape", "selfy"], tmp_path / "cache", print)
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_one_line(sources: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"models folder .*cache cannot be written"):
        pull(["selfie"], tmp_path / "cache", print, sources)


def test_two_processes_that_pull_at_once_convert_each_model_once(sources: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from shared.models.pull import pull;"
        f"pull({BOTH!r}, Path(sys.argv[1]), print, Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", program, str(tmp_path), str(sources)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sum(output.count("converted to ONNX") for output in outputs) == 2
    assert all(output.count("(Apache-2.0)") == 2 for output in outputs)
    assert cache.verify(registry.load(), tmp_path) == []


def test_without_the_converters_packages_there_is_one_line(tmp_path: Path) -> None:
    """In an interpreter that has none of what only a pull needs."""
    venv.create(tmp_path / "bare", symlinks=True)
    bare = tmp_path / "bare" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    shutil.copytree(Path(msgspec.__file__).parent, bare / "msgspec")
    program = (
        "import sys; from pathlib import Path; from shared.models.pull import pull\n"
        "from shared.models.errors import ModelError\n"
        "try: pull(['selfie'], Path(sys.argv[1]), print)\n"
        "except ModelError as error: print(error)"
    )
    done = subprocess.run(
        [tmp_path / "bare" / "bin" / "python", "-c", program, tmp_path / "cache"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "converting models needs the package onnx; run: pip install onnx tflite\n"
