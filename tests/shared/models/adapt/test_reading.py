"""What an ONNX file may not do."""

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper

from shared.models.adapt.reading import read
from shared.models.errors import ModelError
from tests.shared.models.adapt import toys
from tests.shared.models.adapt.test_adaptation import adapted, run


def _external() -> ModelProto:
    """Weights that are said to be the password file."""
    model = toys.convolution()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../etc/passwd")
    return model


def _external_in_a_branch() -> ModelProto:
    model = toys.convolution()
    hidden = helper.make_tensor("hidden", TensorProto.FLOAT, [1], [1.0])
    hidden.external_data.add(key="location", value="elsewhere.bin")
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["out"], value=hidden)],
        "branch",
        [],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])],
    )
    model.graph.node.append(
        helper.make_node("If", ["which"], ["chosen"], then_branch=branch, else_branch=branch)
    )
    return model


def _foreign() -> ModelProto:
    model = toys.convolution()
    model.graph.node[0].domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    return model


def _cyclic() -> ModelProto:
    model = toys.convolution()
    model.graph.node[0].input[0] = "maps"
    return model


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (_external().SerializeToString(), "tensor 'weights' is kept in another file, which is not followed"),
        (_external_in_a_branch().SerializeToString(), "tensor 'hidden' is kept in another file"),
        (_foreign().SerializeToString(), "operator Conv is of domain 'com.example'; only ONNX's own"),
        (_cyclic().SerializeToString(), "not a sound ONNX file"),
        (b"GIF89a" + bytes(50), "not a sound ONNX file"),
        (b"", "not a sound ONNX file"),
    ],
)
def test_a_file_that_reaches_beyond_itself_or_is_broken_is_one_line(data: bytes, fault: str) -> None:
    with pytest.raises(ModelError, match=fault) as raised:
        read(data, "toy.onnx")
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("toy.onnx: ")


def test_functions_inside_the_file_are_no_foreign_operators() -> None:
    """As torch.onnx writes them."""
    model = toys.convolution()
    opsets = [helper.make_opsetid("", 17)]
    body = [helper.make_node("Neg", ["x"], ["y"])]
    model.functions.append(helper.make_function("own", "Less", ["x"], ["y"], body, opsets))
    model.opset_import.append(helper.make_opsetid("own", 1))
    model.graph.node.append(helper.make_node("Less", ["maps"], ["less"], domain="own"))
    model.graph.output[0].name = "less"
    plain = run(adapted(toys.convolution()), toys.pictures())["classes"]
    np.testing.assert_array_equal(run(adapted(model), toys.pictures())["classes"], -plain)


def test_constants_that_old_exporters_list_as_inputs_are_none() -> None:
    model = toys.convolution()
    weights = model.graph.initializer[0]
    model.graph.input.append(helper.make_tensor_value_info(weights.name, weights.data_type, weights.dims))
    assert [value.name for value in read(model.SerializeToString(), "toy.onnx").graph.input] == [
        "source/pixels"
    ]


def test_names_inside_branches_follow_those_outside() -> None:
    """A branch that reads a value of the graph around it, all of them named like ours."""
    model = toys.convolution()
    branches = [
        helper.make_graph(
            [helper.make_node(kind, ["image"], [f"of_{kind}"])],
            kind,
            [],
            [helper.make_tensor_value_info(f"of_{kind}", TensorProto.FLOAT, None)],
        )
        for kind in ("Neg", "Identity")
    ]
    model.graph.node[0].output[0] = "image"
    constant = onnx.numpy_helper.from_array(np.array(True), "which")
    model.graph.initializer.append(constant)
    model.graph.node.append(
        helper.make_node("If", ["which"], ["classes"], then_branch=branches[0], else_branch=branches[1])
    )
    model.graph.output[0].name = "classes"
    plain = run(adapted(toys.convolution()), toys.pictures())["classes"]
    np.testing.assert_array_equal(run(adapted(model), toys.pictures())["classes"], -plain)
