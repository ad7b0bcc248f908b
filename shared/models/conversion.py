"""A source file of either kind in, the bytes of the cached ONNX file out."""

from shared.models.adapt.adaptation import adapt
from shared.models.cache import Made
from shared.models.convert.onnxfile import convert as translate
from shared.models.entries import Entry


def convert(source: bytes, entry: Entry) -> Made:
    """Make the model that our sessions run; what the file is, its name says.

    Raises:
        ModelError: it cannot be done; says why.
    """
    if entry.file.endswith(".onnx"):
        return adapt(source, entry)
    return Made(translate(source, entry), {output.name: output.shape for output in entry.kept}, "any")
