"""A source file of either kind in, the bytes of the cached ONNX file out."""

from shared.models.adapt.adaptation import adapt
from shared.models.convert.onnxfile import convert as translate
from shared.models.registry import Entry


def convert(source: bytes, entry: Entry) -> bytes:
    """Make the model that our sessions run; what the file is, its name says.

    Raises:
        ModelError: it cannot be done; says why.
    """
    return (adapt if entry.file.endswith(".onnx") else translate)(source, entry)
