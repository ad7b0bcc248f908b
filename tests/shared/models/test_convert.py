from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.models import cache, registry
from shared.models.convert.geometry import SAME, VALID, Padding, Window
from shared.models.convert.onnxfile import convert
from shared.models.convert.sparse import Compressed, Dense, densify
from shared.models.errors import ModelError
from tests.models_fixture import ANYWHERE
from tests.shared.models.litert import edit


@pytest.fixture(scope="module")
def selfie(models_dir: Path) -> bytes:
    return cache.source_path(registry.find("selfie"), models_dir).read_bytes()


def test_the_same_source_gives_the_same_bytes_as_the_cache_has(models_dir: Path) -> None:
    for entry in map(registry.find, ANYWHERE):
        source = cache.source_path(entry, models_dir).read_bytes()
        assert convert(source, entry) == cache.load(entry, models_dir)


def _replace_hard_swish(model: Any) -> None:
    for code in model.operatorCodes:
        if code.builtinCode == schema.BuiltinOperator.HARD_SWISH:
            code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.COS


def _fuse_tanh(model: Any) -> None:
    next(
        op for op in model.subgraphs[0].operators if isinstance(op.builtinOptions, schema.Conv2DOptionsT)
    ).builtinOptions.fusedActivationFunction = schema.ActivationFunctionType.TANH


def _shrink_stride(model: Any) -> None:
    op = next(op for op in model.subgraphs[0].operators if op.customOptions is not None)
    op.customOptions = np.array([1, 1, 1], "<i4").view(np.uint8)


def _misplace_mask(model: Any) -> None:
    """An addition of two arrays that do not fit."""
    graph = model.subgraphs[0]
    adds = [op for op in graph.operators if isinstance(op.builtinOptions, schema.AddOptionsT)]
    adds[-1].inputs = [adds[0].inputs[0], adds[-1].inputs[1]]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            _replace_hard_swish,
            "selfie_segmentation.tflite: operator COS cannot be converted to ONNX: the converter",
        ),
        (
            _fuse_tanh,
            "selfie_segmentation.tflite: operator CONV_2D cannot be converted .* activation number 4",
        ),
        (_shrink_stride, "operator Convolution2DTransposeBias cannot be converted .* as large as the stride"),
        (_misplace_mask, "selfie_segmentation.tflite: the converted model does not hold together: "),
    ],
)
def test_what_the_converter_does_not_know_is_one_line_that_names_it(
    change: Any, fault: str, selfie: bytes
) -> None:
    with pytest.raises(ModelError, match=fault) as raised:
        convert(edit(selfie, change), registry.find("selfie"))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_tflite_is_refused() -> None:
    with pytest.raises(ModelError, match=r"selfie_segmentation\.tflite: not a TFLite file"):
        convert(b"MZ" + bytes(100), registry.find("selfie"))


def test_a_file_whose_shapes_are_not_the_registrys_is_refused(selfie: bytes) -> None:
    with pytest.raises(ModelError, match="inputs are not one picture of shape"):
        convert(selfie, registry.find("selfie-landscape"))


@settings(deadline=None)  # this machine may be busy
@given(
    shape=st.tuples(*[st.integers(1, 4)] * 3),
    compressed=st.integers(0, 2),
    seed=st.integers(0, 2**32 - 1),
)
def test_weights_survive_being_made_sparse_and_dense_again(
    shape: tuple[int, ...], compressed: int, seed: int
) -> None:
    """One axis in CSR form: along it an index is kept where any value behind it is not 0."""
    generator = np.random.default_rng(seed)
    array = (generator.integers(1, 9, shape) * generator.integers(0, 2, shape)).astype(np.float32)
    values, levels = _sparse(array, compressed)
    np.testing.assert_array_equal(densify(values, shape, levels), array)


def _sparse(array: NDArray[np.float32], axis: int) -> tuple[NDArray[np.float32], list[Dense | Compressed]]:
    rows = array.reshape(-1, *array.shape[axis:])
    kept = [[i for i in range(array.shape[axis]) if row[i].any()] for row in rows]
    values = [row[i].reshape(-1) for row, indices in zip(rows, kept, strict=True) for i in indices]
    level = Compressed(
        np.cumsum([0, *map(len, kept)], dtype=np.int64), np.array([i for row in kept for i in row], np.int64)
    )
    levels: list[Dense | Compressed] = [Dense(size) for size in array.shape]
    levels[axis] = level
    return np.concatenate([np.empty(0, np.float32), *values]), levels


def test_values_that_do_not_fill_their_index_are_refused() -> None:
    with pytest.raises(ValueError, match="3 sparse values do not fit"):
        densify(np.ones(3, np.float32), (2, 2), [Dense(2), Dense(2)])


@pytest.mark.parametrize(
    ("window", "shape", "expected"),
    [
        (Window((3, 3), (2, 2)), (1, 224, 224, 3), Padding(0, 0, 1, 1)),
        (Window((3, 3), (1, 1)), (1, 7, 5, 3), Padding(1, 1, 1, 1)),
        (Window((5, 5), (2, 2)), (1, 9, 8, 3), Padding(2, 1, 2, 2)),
        (Window((3, 3), (1, 1), (2, 2)), (1, 9, 9, 3), Padding(2, 2, 2, 2)),
        (Window((1, 1), (2, 2)), (1, 9, 9, 3), Padding(0, 0, 0, 0)),
    ],
)
def test_same_padding_puts_the_odd_pixel_behind(
    window: Window, shape: tuple[int, ...], expected: Padding
) -> None:
    assert window.padding(SAME, shape) == expected
    assert window.padding(VALID, shape) == Padding(0, 0, 0, 0)
