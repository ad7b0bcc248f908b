"""Whatever way a graph wants its picture, the adapted one takes bytes and gives the same."""

from typing import Literal

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from shared.models import cache, registry
from shared.models.adapt.adaptation import adapt
from shared.models.cache import Made
from shared.models.convert import BATCH, INPUT
from shared.models.entries import Entry, Input, Output
from shared.models.errors import ModelError
from shared.models.running import open_model
from shared.settings import Runtime
from tests.shared.models.adapt import toys
from tests.shared.models.adapt.toys import CHANNELS, HEIGHT, WIDTH, Layout
from tests.shared.models.pictures import drawn_person, noise

SHAPE = (CHANNELS, HEIGHT, WIDTH)


def adapted(
    model: ModelProto, wanted: Input | None = None, outputs: tuple[Output, ...] = (Output("classes"),)
) -> Made:
    source = model.SerializeToString()
    return adapt(source, toys.entry(source, wanted=wanted, outputs=outputs))


def run(made: Made, pictures: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    session = onnxruntime.InferenceSession(made.data, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {INPUT: pictures}), strict=True))


def metadata(made: Made) -> dict[str, str]:
    return {one.key: one.value for one in onnx.load_from_string(made.data).metadata_props}


@settings(max_examples=25, deadline=None)
@given(
    layout=st.sampled_from(["nchw", "nhwc"]),
    colour=st.sampled_from(["rgb", "bgr"]),
    mean=st.tuples(*[st.floats(0, 255, width=32)] * 3),
    std=st.tuples(*[st.floats(0.5, 300, width=32)] * 3),
)
def test_colour_layout_and_normalisation_are_inside_the_graph(
    layout: Layout,
    colour: Literal["rgb", "bgr"],
    mean: tuple[float, float, float],
    std: tuple[float, float, float],
) -> None:
    wanted = Input(HEIGHT, WIDTH, mean, std, colour)
    made = adapted(toys.convolution(layout), wanted)
    found, right = run(made, toys.pictures())["classes"], toys.expected(toys.pictures(), wanted)
    assert (made.batch, dict(made.outputs)) == ("any", {"classes": SHAPE})
    np.testing.assert_allclose(found, right, atol=1e-5 * np.abs(right).max() + 1e-5)


def test_half_precision_inside_still_gives_whole_floats() -> None:
    wanted = Input(HEIGHT, WIDTH)
    found = run(adapted(toys.convolution("nchw", TensorProto.FLOAT16), wanted), toys.pictures())["classes"]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, toys.expected(toys.pictures(), wanted), atol=0.02)


def test_a_graph_of_bytes_gets_them_as_they_are_but_no_second_normalisation() -> None:
    wanted = Input(HEIGHT, WIDTH, (0, 0, 0), (1, 1, 1), "bgr")
    found = run(adapted(toys.of_bytes(), wanted), toys.pictures())["classes"]
    np.testing.assert_allclose(found, toys.expected(toys.pictures(), wanted), rtol=1e-4, atol=1e-3)
    with pytest.raises(ModelError, match=r"write mean = \[0, 0, 0\], std = \[1, 1, 1\]"):
        adapted(toys.of_bytes())


@pytest.mark.parametrize("batch", [1, "pictures"])
def test_a_batch_that_was_free_or_fixed_is_free_afterwards(batch: int | str) -> None:
    made = adapted(toys.convolution(batch=batch))
    graph = onnx.load_from_string(made.data).graph
    assert [axis.dim_param or axis.dim_value for axis in graph.input[0].type.tensor_type.shape.dim] == [
        "N", HEIGHT, WIDTH, 3,
    ]  # fmt: skip
    assert metadata(made)[BATCH] == "any"
    assert run(made, toys.pictures(7))["classes"].shape == (7, *SHAPE)


def test_the_same_file_gives_the_same_bytes_even_if_it_was_adapted_before() -> None:
    first = adapted(toys.convolution())
    assert first.data == adapted(toys.convolution()).data
    again = adapted(onnx.load_from_string(first.data), Input(HEIGHT, WIDTH, (0, 0, 0), (1, 1, 1)))
    np.testing.assert_array_equal(
        run(first, toys.pictures())["classes"], run(again, toys.pictures())["classes"]
    )


def test_outputs_are_chosen_and_named_by_the_registry() -> None:
    model = toys.convolution()
    model.graph.node.append(helper.make_node("Neg", ["maps"], ["less"]))
    model.graph.output.append(helper.make_tensor_value_info("less", TensorProto.FLOAT, [1, *SHAPE]))
    picked = adapted(model, outputs=(Output("classes", source="less"),))
    assert dict(picked.outputs) == {"classes": SHAPE}
    in_order = adapted(model, outputs=(Output("a"), Output("classes")))
    np.testing.assert_array_equal(
        run(picked, toys.pictures())["classes"], run(in_order, toys.pictures())["classes"]
    )
    with pytest.raises(ModelError, match="its outputs are maps, less; say which of them is 'classes'"):
        adapted(model)


def test_maps_with_channels_behind_come_out_with_channels_first_unless_the_registry_knows_better() -> None:
    behind = adapted(toys.convolution("nhwc"), outputs=(Output("classes", SHAPE),))
    assert dict(behind.outputs) == {"classes": SHAPE}
    as_it_is = adapted(toys.convolution("nhwc"), outputs=(Output("classes", (HEIGHT, WIDTH, CHANNELS)),))
    assert dict(as_it_is.outputs) == {"classes": (HEIGHT, WIDTH, CHANNELS)}
    with pytest.raises(ModelError, match=r"output 'classes' has shape \(5, 6, 4\), not \(9, 9, 9\)"):
        adapted(toys.convolution(), outputs=(Output("classes", (9, 9, 9)),))


def _two_inputs() -> ModelProto:
    model = toys.convolution()
    model.graph.input.append(helper.make_tensor_value_info("scale", TensorProto.FLOAT, [1]))
    return model


def _grey() -> ModelProto:
    nodes = [helper.make_node("Identity", ["pixels"], ["maps"])]
    return toys.model(nodes, {}, {"maps": [1, 1, HEIGHT, WIDTH]}, image=(1, 1, HEIGHT, WIDTH))


def _whole_numbers() -> ModelProto:
    nodes = [helper.make_node("ArgMax", ["pixels"], ["maps"], axis=1)]
    return toys.model(nodes, {}, {"maps": [1, 1, HEIGHT, WIDTH]}, result=TensorProto.INT64)


def _unbatched() -> ModelProto:
    nodes = [helper.make_node("Squeeze", ["pixels", "axes"], ["maps"])]
    return toys.model(nodes, {"axes": np.array([0])}, {"maps": [3, HEIGHT, WIDTH]})


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (_two_inputs(), "it has the inputs pixels, scale, not one picture"),
        (_grey(), r"its input is \(1, 1, 6, 4\), not one RGB picture of 6 x 4"),
        (toys.convolution(batch=4), r"its input is \(4, 3, 6, 4\), not one RGB picture"),
        (_whole_numbers(), "output 'maps' gives int64, not floats"),
        (_unbatched(), r"has shape \(3, 6, 4\) for one picture: its first axis must count pictures"),
    ],
)
def test_a_graph_that_cannot_be_a_model_of_pictures_is_one_line(model: ModelProto, fault: str) -> None:
    with pytest.raises(ModelError, match=fault) as raised:
        adapted(model)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("toy.onnx: ")


def original(entry: Entry, runtime: Runtime, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The file as it was downloaded, fed by hand."""
    source = cache.source_path(entry, runtime.models_dir).read_bytes()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    pixels = pictures[..., ::-1].astype(np.float32)
    if session.get_inputs()[0].shape[1] == 3:
        pixels = np.ascontiguousarray(np.moveaxis(pixels, 3, 1))
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: one[None]})[0] for one in pixels])


@pytest.mark.data
@pytest.mark.parametrize("name", ["yolox-nano", "light-person", "reid-retail-0288"])
def test_a_real_file_gives_what_it_gave_before_to_the_bit(name: str, runtime: Runtime) -> None:
    model = open_model(registry.find(name), runtime)
    size = model.entry.input
    pictures = np.stack([drawn_person(size.height, size.width), *noise(size.height, size.width, 2)])
    (found,) = model.run(pictures).values()
    assert model.entry.batch == "any"
    np.testing.assert_array_equal(found, original(model.entry, runtime, pictures))
    whole = cache.load(model.entry, runtime.models_dir)
    (together,) = run(Made(whole, {}, "any"), pictures).values()
    np.testing.assert_allclose(together, found, atol=1e-4 * np.abs(found).max())
