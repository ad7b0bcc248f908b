import io
import shutil
import struct
import zipfile
from pathlib import Path

import pytest

from services.pose.tasks.bundle import bundle_of, packed, with_normalization
from services.pose.tasks.landmarker import Bundle, Landmarker
from services.pose.tasks.library import MediaPipeError, imported
from shared.models import cache, registry
from shared.settings import MediaPipe, Pose, Runtime, Settings
from tests.mediapipe_needs import needs_mediapipe

NAMES = ("pose_detector.tflite", "pose_landmarks_detector.tflite")


def source(name: str, runtime: Runtime) -> Path:
    return cache.source_path(registry.find(name), runtime.models_dir)


@needs_mediapipe
def test_a_bundle_is_made_of_the_models_in_the_cache_and_always_the_same(runtime: Runtime) -> None:
    settings = Settings(runtime=runtime)
    data = bundle_of(settings)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert tuple(archive.namelist()) == NAMES
        assert archive.read(NAMES[0]) == source("blazepose-detector", runtime).read_bytes()
    assert bundle_of(settings) == data


def test_every_file_of_a_bundle_is_stored_as_it_is_and_begins_at_a_multiple_of_four() -> None:
    data = packed({"a": b"12345", "longer name": b"678", "b": b""})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            name, extra = struct.unpack_from("<HH", data, entry.header_offset + 26)
            assert (entry.header_offset + 30 + name + extra) % 4 == 0


@needs_mediapipe
def test_the_landmark_model_says_how_its_pixels_are_scaled_and_only_once(runtime: Runtime) -> None:
    plain = source("blazepose-full", runtime).read_bytes()
    described = with_normalization(plain)
    assert with_normalization(described) == described != plain
    schema = imported("mediapipe.tasks.metadata.schema_py_generated")
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(described, 0))
    (place,) = (entry.buffer for entry in model.metadata if entry.name == b"TFLITE_METADATA")
    metadata = imported("mediapipe.tasks.metadata.metadata_schema_py_generated")
    root = metadata.ModelMetadata.GetRootAs(model.buffers[place].data.tobytes(), 0)
    (unit,) = (
        metadata.ModelMetadataT.InitFromObj(root).subgraphMetadata[0].inputTensorMetadata[0].processUnits
    )
    assert (list(unit.options.mean), list(unit.options.std)) == ([0.0], [255.0])


@needs_mediapipe
def test_the_detector_has_metadata_of_its_own(runtime: Runtime) -> None:
    detector = source("blazepose-detector", runtime).read_bytes()
    assert with_normalization(detector) == detector


@pytest.fixture
def copied(runtime: Runtime, tmp_path: Path) -> Runtime:
    """A cache with the detector's source file and no other."""
    for name in ("blazepose-detector",):
        path = cache.source_path(registry.find(name), tmp_path)
        path.parent.mkdir(exist_ok=True)
        shutil.copy(source(name, runtime), path)
    return runtime.model_copy(update={"models_dir": tmp_path})


def test_a_missing_source_file_names_the_command_that_fetches_it(copied: Runtime) -> None:
    with pytest.raises(
        MediaPipeError, match=r"blazepose-full.*; run: kinestream models pull blazepose-full$"
    ):
        bundle_of(Settings(runtime=copied))


def test_a_source_file_that_went_missing_after_its_conversion_is_fetched_again_by_removing_that(
    copied: Runtime,
) -> None:
    converted = cache.onnx_path(registry.find("blazepose-full"), copied.models_dir)
    converted.touch()
    with pytest.raises(MediaPipeError, match=rf"; remove {converted} and run: kinestream models pull"):
        bundle_of(Settings(runtime=copied))


def test_a_damaged_source_file_is_told_by_its_hash(copied: Runtime) -> None:
    cache.source_path(registry.find("blazepose-detector"), copied.models_dir).write_bytes(b"no model")
    with pytest.raises(MediaPipeError, match=r"is damaged: expected sha256 9ba9dd3d.*run: kinestream"):
        bundle_of(Settings(runtime=copied))


def test_a_model_that_is_none_of_mediapipes_is_refused(runtime: Runtime) -> None:
    with pytest.raises(MediaPipeError, match=r"pose\.model: selfie is no landmark model"):
        bundle_of(Settings(runtime=runtime, pose=Pose(model="selfie")))


def test_a_bundle_of_the_users_own_is_taken_as_it_is(runtime: Runtime, tmp_path: Path) -> None:
    own = tmp_path / "own.task"
    pose = Pose(mediapipe=MediaPipe(bundle=own))
    with pytest.raises(MediaPipeError, match=r"pose\.mediapipe\.bundle: .*own\.task cannot be read"):
        bundle_of(Settings(runtime=runtime, pose=pose))
    own.write_bytes(b"whatever")
    assert bundle_of(Settings(runtime=runtime, pose=pose)) == b"whatever"


@needs_mediapipe
@pytest.mark.parametrize("data", [b"", b"whatever", packed({NAMES[0]: b"1234"})])
def test_a_bundle_that_is_none_is_one_line_for_people(data: bytes) -> None:
    with pytest.raises(MediaPipeError) as error:
        Landmarker(MediaPipe(), Bundle(data))
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("pose.")


def test_a_module_that_is_not_installed_is_told_with_the_way_to_install_it() -> None:
    with pytest.raises(MediaPipeError, match=r"pip install --no-deps --require-hashes -r requirements-medi"):
        imported("mediapipe.nothing_of_this_name")
