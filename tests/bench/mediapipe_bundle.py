"""Builds the `.task` bundle that MediaPipe Tasks asks for out of the two models that this pipeline uses too.

Runs in the benchmark's own environment: `python -m tests.bench.mediapipe_bundle DETECTOR LANDMARKS BUNDLE`.
"""

import sys
import zipfile
from pathlib import Path

import flatbuffers
from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata
from mediapipe.tasks.metadata import schema_py_generated as schema

_METADATA = "TFLITE_METADATA"
_WHITE = 255.0
_ALIGNMENT = 4
_LOCAL_HEADER_BYTES = 30
_EXTRA_HEADER_BYTES = 4
_PADDING_TAG = b"\xff\xff"


def with_normalization(model: bytes) -> bytes:
    """The landmark model with metadata that says: pixel values 0 to 255 become 0 to 1.

    MediaPipe refuses a float input without it, and this model carries none; the detector does.
    """
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    buffer = schema.BufferT()
    buffer.data = _input_metadata()
    parsed.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name = _METADATA
    entry.buffer = len(parsed.buffers) - 1
    parsed.metadata = [*(parsed.metadata or []), entry]
    return _packed(parsed, b"TFL3")


def write_bundle(path: Path, files: dict[str, bytes]) -> None:
    """A zip of stored entries (deflated ones are refused), each beginning on a 4-byte boundary."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            start = bundle.start_dir + _LOCAL_HEADER_BYTES + len(name) + _EXTRA_HEADER_BYTES
            padding = -start % _ALIGNMENT
            entry.extra = _PADDING_TAG + padding.to_bytes(2, "little") + bytes(padding)
            bundle.writestr(entry, data)


def _input_metadata() -> bytes:
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
    return _packed(model, b"M001")


def _packed(table: metadata.ModelMetadataT | schema.ModelT, file_id: bytes) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(table.Pack(builder), file_id)
    return bytes(builder.Output())


if __name__ == "__main__":
    detector, landmarks, target = (Path(argument) for argument in sys.argv[1:])
    write_bundle(
        target,
        {
            "pose_detector.tflite": detector.read_bytes(),
            "pose_landmarks_detector.tflite": with_normalization(landmarks.read_bytes()),
        },
    )
