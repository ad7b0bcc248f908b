"""The registry that users write."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto

from shared.models import cache, own, registry
from shared.models.entries import Folder, Https, InFile
from shared.models.errors import ModelError
from shared.models.pull import pull
from shared.models.running import open_model
from shared.settings import Runtime
from tests.shared.models.adapt import toys
from tests.shared.models.adapt.test_batch import _mixing as mixing

ZEROS = "0" * 64
EXAMPLE = Path(__file__).parents[3] / "deploy" / "models.example.toml"
TOY = f"""
[[models]]
name = "toy"
file = "nets/toy.onnx"
sha256 = "{ZEROS}"
decoder = "heatmap"
skeleton = "coco17"
input = {{ height = {toys.HEIGHT}, width = {toys.WIDTH} }}
"""


def written(folder: Path, model: ModelProto | None = None, text: str = TOY, *, right: bool = True) -> Path:
    """A registry beside its model's file; `right`: with the file's true hash."""
    (folder / "nets").mkdir(exist_ok=True)
    data = (model or toys.convolution()).SerializeToString()
    (folder / "nets" / "toy.onnx").write_bytes(data)
    path = folder / own.NAME
    path.write_text(text.replace(ZEROS, hashlib.sha256(data).hexdigest()) if right else text)
    return path


def points(name: str) -> int:
    if name != "coco17":
        raise ValueError(f"no skeleton is called {name!r}")
    return toys.CHANNELS


def test_a_model_of_ones_own_is_pulled_and_run_without_a_word_about_its_shapes(tmp_path: Path) -> None:
    path = written(tmp_path)
    entry = registry.of(tmp_path).find("toy")
    assert entry == registry.of(path).find("toy")
    assert (entry.task, entry.licence, entry.sources) == (
        "pose",
        "not stated",
        (InFile(str(tmp_path / "nets" / "toy.onnx")),),
    )
    (made,) = pull(["toy"], tmp_path / "cache", print, path, points)
    assert made == cache.onnx_path(entry, tmp_path / "cache")
    model = open_model(entry, Runtime(providers=("cpu",), threads=1, models_dir=tmp_path / "cache"))
    found = model.run(toys.pictures())["heatmaps"]
    np.testing.assert_allclose(found, toys.expected(toys.pictures(), entry.input), atol=1e-5)
    assert model.run(toys.pictures(0))["heatmaps"].shape == (0, toys.CHANNELS, toys.HEIGHT, toys.WIDTH)


def test_a_model_that_takes_one_picture_at_a_time_is_run_one_by_one(tmp_path: Path) -> None:
    text = TOY.replace('"heatmap"', '"classes"').replace('skeleton = "coco17"', "")
    written(tmp_path, mixing(), text)
    said: list[str] = []
    pull(["toy"], tmp_path / "cache", said.append, tmp_path)
    assert said[0].startswith("toy: adapted in ")
    assert said[0].endswith(" MB, one picture at a time")
    runtime = Runtime(providers=("cpu",), threads=1, models_dir=tmp_path / "cache")
    model = open_model(registry.of(tmp_path).find("toy"), runtime)
    assert (model.entry.batch, model.largest_batch) == ("one", 1)
    assert model.run(toys.pictures(3))["classes"].shape == (3, 3, toys.HEIGHT, toys.WIDTH)


def test_the_listing_and_the_check_know_models_of_ones_own(tmp_path: Path) -> None:
    known = registry.of(written(tmp_path))
    assert [one.state for one in cache.listing(known, tmp_path / "cache")] == ["missing"] * len(known.models)
    (path,) = pull(["toy"], tmp_path / "cache", print, tmp_path)
    assert cache.listing(known, tmp_path / "cache")[-1].state == "cached"
    path.write_bytes(b"something else")
    (fault,) = cache.verify(known, tmp_path / "cache")
    assert fault.endswith("run: kinestream models pull toy")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("width = 4 }", "width = 4, mean = [1, 2, 3] }"),
        ("width = 4 }", 'width = 4, colour = "bgr" }'),
        ("input =", "parameters = { kernel = 9 }\ninput ="),
        ("input =", 'outputs = [{ name = "heatmaps", shape = [5, 6, 4] }]\ninput ='),
    ],
)
def test_a_changed_entry_never_finds_the_model_of_the_old_one_unless_it_is_the_same(
    right: str, wrong: str, tmp_path: Path
) -> None:
    path = written(tmp_path)
    pull(["toy"], tmp_path / "cache", print, path)
    same = "shape" in wrong  # said what was found anyway
    known = registry.of(written(tmp_path, text=TOY.replace(right, wrong)))
    assert (cache.state_of(known.find("toy"), tmp_path / "cache") == "cached") == same


def test_a_shape_that_is_not_the_cached_ones_makes_the_model_anew(tmp_path: Path) -> None:
    pull(["toy"], tmp_path / "cache", print, written(tmp_path))
    other = TOY.replace("input =", 'outputs = [{ name = "heatmaps", shape = [6, 4, 5] }]\ninput =')
    entry = registry.of(written(tmp_path, text=other)).find("toy")
    with pytest.raises(ModelError, match="has other outputs than the registry now says; run: kinestream"):
        cache.load(entry, tmp_path / "cache")
    with pytest.raises(ModelError, match=r"'heatmaps' has shape \(5, 6, 4\), not \(6, 4, 5\)"):
        pull(["toy"], tmp_path / "cache", print, tmp_path)


def test_a_wrong_hash_is_told_with_the_one_that_was_found(tmp_path: Path) -> None:
    path = written(tmp_path, right=False)
    found = hashlib.sha256((tmp_path / "nets" / "toy.onnx").read_bytes()).hexdigest()
    with pytest.raises(ModelError, match=f"expected sha256 {ZEROS}, found {found}"):
        pull(["toy"], tmp_path / "cache", print, path)


def test_a_missing_hash_is_told_if_the_file_is_there(tmp_path: Path) -> None:
    path = written(tmp_path, text=TOY.replace(f'sha256 = "{ZEROS}"', ""))
    found = hashlib.sha256((tmp_path / "nets" / "toy.onnx").read_bytes()).hexdigest()
    with pytest.raises(ModelError, match=f'model toy: `sha256` is missing; the file has sha256 = "{found}"'):
        registry.of(path)
    (tmp_path / "nets" / "toy.onnx").unlink()
    with pytest.raises(ModelError, match="`sha256` is missing; `sha256sum` tells"):
        registry.of(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "nets" / "toy.onnx").unlink()
    with pytest.raises(
        ModelError, match=r"model toy cannot be had: .*nets/toy.onnx cannot be read: No such file"
    ):
        pull(["toy"], tmp_path / "cache", print, path)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("decoder =", "decodr =", r"model toy: unknown key 'decodr'; did you mean 'decoder'\?"),
        ("height =", "hight =", r"model toy: input: unknown key 'hight'; did you mean 'height'\?"),
        ("[[models]]", "[[model]]", r"unknown key 'model'; did you mean 'models'\?"),
        ('"heatmap"', '"heatmaps"', r"Invalid enum value 'heatmaps'"),
        ('skeleton = "coco17"', "", "decoder heatmap needs a `skeleton`"),
        ('name = "toy"', 'name = "selfie"', "the name 'selfie' is that of a built-in model"),
        ('name = "toy"', 'name = "My Toy"', "lower-case"),
        ('file = "nets/toy.onnx"', "", "give either `file` .* or `url`"),
        ('file = "nets/toy.onnx"', 'file = "nets/toy.pth"', r"'toy.pth' is neither .onnx nor .tflite"),
        (
            'file = "nets/toy.onnx"',
            'file = "toy.tflite"',
            "a .tflite file needs `outputs` with names and shapes",
        ),
        ('file = "nets/toy.onnx"', 'url = "http://a/b.onnx"', "https"),
        (ZEROS, "abc", "sha256"),
        ("height = 6", "height = 5000", "more than 4096 pixels"),
        ("input =", 'outputs = [{ name = "maps" }]\ninput =', "needs an output named 'heatmaps'"),
        (
            "input =",
            "parameters = { kernal = 9 }\ninput =",
            r"no parameter 'kernal'; did you mean 'kernel'\?",
        ),
        (
            "input =",
            'parameters = { refine = "best" }\ninput =',
            "must be one of dark, quarter, none, not 'best'",
        ),
        (
            "input =",
            "parameters = { kernel = 99 }\ninput =",
            "must be a number from 3 to 31, in steps of 2, not 99",
        ),
        ("input =", "parameters = { kernel = 12 }\ninput =", "must be a number from 3 to 31, in steps of 2"),
        ("[[models]]", "[[models]", "cannot be read"),
    ],
)
def test_a_wrong_registry_is_one_line_that_says_where(
    right: str, wrong: str, fault: str, tmp_path: Path
) -> None:
    assert right in TOY
    path = written(tmp_path, text=TOY.replace(right, wrong, 1), right=False)
    with pytest.raises(ModelError, match=fault) as raised:
        registry.of(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        (
            "",
            "",
            r"toy: decoder heatmap with skeleton coco17 needs 17 channels in 'heatmaps'; the file's is \(5,",
        ),
        ('"coco17"', '"coco18"', "model toy: no skeleton is called 'coco18'"),
        ('"heatmap"', '"yolox"', r"decoder yolox needs 'predictions' of \(cells, 5 \+ classes\)"),
        ('"heatmap"', '"simcc"', "its outputs are maps; say which of them is 'x'"),
        ('"heatmap"', '"mask"', r"decoder mask needs 'mask' of \(1, rows, columns\)"),
        ('"heatmap"', '"embedding"', "decoder embedding needs 'embedding' with 1 axes"),
        (
            '"heatmap"',
            '"classes"\nclasses = ["a", "b"]',
            "has 2 names in `classes` for 5 classes of the file",
        ),
    ],
)
def test_a_model_that_its_decoder_cannot_read_is_refused_at_pull(
    right: str, wrong: str, fault: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text=TOY.replace(right, wrong, 1))

    def seventeen(name: str) -> int:
        return 17 if name == "coco17" else points(name)

    with pytest.raises(ModelError, match=fault) as raised:
        pull(["toy"], tmp_path / "cache", print, path, seventeen)
    assert "\n" not in str(raised.value)
    assert not list((tmp_path / "cache").glob("*.onnx"))


def test_an_address_is_tried_after_the_folder_that_the_registry_is_in(tmp_path: Path) -> None:
    text = TOY.replace('file = "nets/toy.onnx"', 'url = "https://example.org/a/toy.onnx?download=1"')
    path = written(tmp_path, text=text)
    entry = registry.of(path).find("toy")
    assert [type(source) for source in entry.sources] == [Folder, Https]
    (made,) = pull(["toy"], tmp_path / "cache", print, tmp_path, points)
    assert made.name.startswith("toy-")


def test_the_configurations_models_may_be_a_folder_without_a_registry(tmp_path: Path) -> None:
    assert registry.of(tmp_path) == registry.of(None) == registry.load()
    assert own.folder_of(tmp_path) == tmp_path
    assert own.folder_of(written(tmp_path)) is None


def test_the_example_is_a_registry_whose_models_fit_their_decoders() -> None:
    models = {entry.name: entry for entry in own.read(EXAMPLE)}
    assert {"yolox-s", "yolox-m", "yolox-l", "yolox-x", "vitpose-b", "rtmpose-m"} <= set(models)
    assert {entry.decoder for entry in models.values()} == {
        "yolox",
        "heatmap",
        "simcc",
        "classes",
        "embedding",
    }
    assert "non-commercial" in models["sapiens-parts"].licence
