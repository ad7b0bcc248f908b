"""Small networks of several classes, brought as a user brings his own: an ONNX file and a registry."""

import hashlib
import logging
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from services.segmentation.stage import SegmentationStage, build
from shared.models.pull import pull
from shared.settings import Runtime, Segmentation, Settings

HEIGHT_PX, WIDTH_PX = 128, 96


def nearest_colour_head(colours: np.ndarray) -> bytes:
    """A network whose logit of a class is the greater, the nearer a pixel is to the class's BGR colour.

    The distance |p - c|^2 less |p|^2, which all classes share, is linear in the pixel p: one convolution.
    """
    rgb = colours[:, ::-1].astype(np.float32) / 255
    weights = (20 * 2 * rgb).reshape(-1, 3, 1, 1)
    biases = -20 * (rgb**2).sum(axis=1)
    shape = ("n", 3, HEIGHT_PX, WIDTH_PX)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["pixels", "weights", "biases"], ["classes"])],
        "nearest_colour",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(
                "classes", TensorProto.FLOAT, ("n", len(colours), HEIGHT_PX, WIDTH_PX)
            )
        ],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(biases, "biases")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def stage_with(
    folder: Path, head: bytes, fit: str, classes: tuple[str, ...], **parameters: int
) -> SegmentationStage:
    """The stage with `head` in a registry of the user's own in `folder`."""
    (folder / "head.onnx").write_bytes(head)
    given = ", ".join(f"{name} = {value}" for name, value in parameters.items())
    (folder / "models.toml").write_text(
        f"""
[[models]]
name = "head"
decoder = "classes"
file = "head.onnx"
sha256 = "{hashlib.sha256(head).hexdigest()}"
classes = {list(classes)}
parameters = {{ {given} }}
input = {{ height = {HEIGHT_PX}, width = {WIDTH_PX}, fit = "{fit}" }}
"""
    )
    runtime = Runtime(providers=("cpu",), threads=1, models_dir=folder / "cache")
    pull(["head"], runtime.models_dir, logging.getLogger(__name__).info, folder)
    return build(Settings(models=folder, runtime=runtime, segmentation=Segmentation(model="head")))
