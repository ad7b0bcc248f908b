"""The `.task` bundle that the Pose Landmarker asks for, made of the models that the other backend uses too.

A bundle is a zip of two models. The landmark model says nothing about its input, which MediaPipe needs to
know: metadata is added to it; the detector has its own.

Source: https://github.com/google-ai-edge/mediapipe, mediapipe/tasks/cc/core/model_asset_bundle_resources.cc
and
    mediapipe/tasks/metadata/metadata_schema.fbs; what loads was found by trying with MediaPipe 1.2.2.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any

from services.pose.tasks.library import MediaPipeError, imported
from shared.models import cache, registry
from shared.models.registry import Entry
from shared.settings import Settings

DETECTOR = "blazepose-detector"

_DETECTOR_FILE, _LANDMARKS_FILE = "pose_detector.tflite", "pose_landmarks_detector.tflite"
_SCHEMAS = "mediapipe.tasks.metadata"
_METADATA = "TFLITE_METADATA"
_MODEL_ID, _METADATA_ID = b"TFL3", b"M001"
_WHITE = 255.0
_ALIGNMENT = 4
_LOCAL_HEADER_BYTES = 30
_EXTRA_HEADER_BYTES = 4
_PADDING_TAG = b"\xff\xff"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file in it: the same models give the same bundle


def bundle_of(settings: Settings) -> bytes:
    """The bundle of the configured landmark model, or the user's own file.

    Raises:
        MediaPipeError: MediaPipe is not installed, the model is none of its own, or a file cannot be read.
        ModelError: the model is unknown.
    """
    own = settings.pose.mediapipe.bundle
    if own is not None:
        try:
            return own.expanduser().read_bytes()
        except OSError as error:
            raise MediaPipeError(f"pose.mediapipe.bundle: {own} cannot be read: {error.strerror}") from error
    known = registry.of(settings.models)
    landmarks = known.find(settings.pose.model)
    if landmarks.decoder != "blazepose-landmarks" or not landmarks.file.endswith(".tflite"):
        raise MediaPipeError(
            f"pose.model: {landmarks.name} is no landmark model of MediaPipe's; with pose.backend: mediapipe"
            " take blazepose-full or blazepose-lite, or name a bundle of your own in pose.mediapipe.bundle"
        )
    files = {_DETECTOR_FILE: known.find(DETECTOR), _LANDMARKS_FILE: landmarks}
    sources = {name: _source(entry, settings) for name, entry in files.items()}
    return packed(
        {
            _DETECTOR_FILE: sources[_DETECTOR_FILE],
            _LANDMARKS_FILE: with_normalization(sources[_LANDMARKS_FILE]),
        }
    )


def with_normalization(model: bytes) -> bytes:
    """The model with metadata that says: pixel values 0 to 255 become 0 to 1; one that has metadata is left
    alone.

    Raises:
        MediaPipeError: MediaPipe is not installed.
    """
    schema = imported(f"{_SCHEMAS}.schema_py_generated")
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    if any(entry.name in (_METADATA, _METADATA.encode()) for entry in parsed.metadata or ()):
        return model
    buffer = schema.BufferT()
    buffer.data = _input_metadata()
    parsed.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = _METADATA, len(parsed.buffers) - 1
    parsed.metadata = [*(parsed.metadata or []), entry]
    return _flat(parsed, _MODEL_ID)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of stored entries (deflated ones are refused), each beginning on a 4-byte boundary."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            start = target.tell() + _LOCAL_HEADER_BYTES + len(name) + _EXTRA_HEADER_BYTES
            padding = -start % _ALIGNMENT
            entry.extra = _PADDING_TAG + padding.to_bytes(2, "little") + bytes(padding)
            bundle.writestr(entry, data)
    return target.getvalue()


def _source(entry: Entry, settings: Settings) -> bytes:
    models_dir = settings.runtime.models_dir
    path = cache.source_path(entry, models_dir)
    converted = cache.onnx_path(entry, models_dir)
    again = f"remove {converted} and run: {entry.fix}" if converted.exists() else f"run: {entry.fix}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaPipeError(
            f"pose.backend: mediapipe needs the source file of {entry.name}, and {path} cannot be read"
            f" ({error.strerror}); {again}"
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if found != entry.sha256:
        raise MediaPipeError(f"{path} is damaged: expected sha256 {entry.sha256}, found {found}; {again}")
    return data


def _input_metadata() -> bytes:
    metadata = imported(f"{_SCHEMAS}.metadata_schema_py_generated")
    normalization = metadata.NormalizationOptionsT()
    normalization.mean, normalization.std = [0.0], [_WHITE]
    unit = metadata.ProcessUnitT()
    unit.optionsType = metadata.ProcessUnitOptions.NormalizationOptions
    unit.options = normalization
    image = metadata.ImagePropertiesT()
    image.colorSpace = metadata.ColorSpaceType.RGB
    content = metadata.ContentT()
    content.contentPropertiesType = metadata.ContentProperties.ImageProperties
    content.contentProperties = image
    tensor = metadata.TensorMetadataT()
    tensor.name, tensor.content, tensor.processUnits = "image", content, [unit]
    graph = metadata.SubGraphMetadataT()
    graph.inputTensorMetadata = [tensor]
    model = metadata.ModelMetadataT()
    model.subgraphMetadata, model.minParserVersion = [graph], "1.0.0"
    return _flat(model, _METADATA_ID)


def _flat(table: Any, file_id: bytes) -> bytes:
    builder = imported("flatbuffers").Builder(0)
    builder.Finish(table.Pack(builder), file_id)
    return bytes(builder.Output())
