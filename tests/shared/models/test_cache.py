import shutil
from pathlib import Path

import pytest

from shared.models import cache, registry
from shared.models.errors import ModelError

SELFIE = registry.find("selfie")


@pytest.fixture
def folder(models_dir: Path, tmp_path: Path) -> Path:
    """A cache that holds one model of the registry."""
    shutil.copy(cache.onnx_path(SELFIE, models_dir), tmp_path)
    shutil.copy(models_dir / "manifest.json", tmp_path)
    return tmp_path


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_one_flipped_bit_is_found_and_the_message_says_what_to_do(folder: Path) -> None:
    path = cache.onnx_path(SELFIE, folder)
    damage(path)
    with pytest.raises(ModelError) as raised:
        cache.load(SELFIE, folder)
    message = str(raised.value)
    assert message.startswith(f"model file {path} is damaged: expected sha256 ")
    assert ", found " in message
    assert message.endswith("; run: kinestream models pull selfie")
    assert cache.verify(registry.load(), folder) == [message]


def test_a_missing_model_is_one_line_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as raised:
        cache.load(SELFIE, tmp_path)
    assert str(raised.value) == f"model selfie is not in {tmp_path}; run: kinestream models pull selfie"


def test_a_model_that_the_manifest_does_not_know_is_not_trusted(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.raises(ModelError, match="expected sha256 none in the manifest"):
        cache.load(SELFIE, folder)


def test_a_damaged_manifest_is_one_line(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")
    with pytest.raises(ModelError, match=r"manifest\.json cannot be read .* run: kinestream models pull"):
        cache.load(SELFIE, folder)


def test_the_listing_tells_cached_from_missing_from_corrupt(folder: Path) -> None:
    def states() -> dict[str, tuple[str, bool]]:
        return {one.entry.name: (one.state, one.bytes > 0) for one in cache.listing(registry.load(), folder)}

    missing = dict.fromkeys(registry.names(), ("missing", False))
    assert states() == missing | {"selfie": ("cached", True)}
    assert cache.verify(registry.load(), folder) == []
    damage(cache.onnx_path(SELFIE, folder))
    assert states() == missing | {"selfie": ("corrupt", True)}
    assert cache.listing(registry.load(), folder)[0].entry.licence == "Apache-2.0"
