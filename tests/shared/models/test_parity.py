"""Converted models against LiteRT on the same pictures.

LIMITS are the largest differences measured when the converter was designed, against LiteRT's XNNPACK kernels
and against its built-in ones. LiteRT's two kernel sets differ from each other by as much, and on other
pictures by more (float sums in another order, amplified by the network), so on each set of pictures their own
distance, doubled, is allowed as well. A wrong conversion is wrong by orders of magnitude.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from shared.models import cache, registry
from shared.models.convert import INPUT
from shared.models.running import Model, open_model
from shared.settings import Runtime
from tests.models_fixture import ANYWHERE, WITH_DATA
from tests.shared.models.litert import KERNELS, Reference
from tests.shared.models.pictures import Picture, clip_frames, drawn_person, noise, photos

Outputs = dict[str, NDArray[np.float32]]  # each (N, ...)

_POSE = {
    "landmarks": (9.5e-3, 3.3e-3),
    "presence": (7.5e-6, 4.2e-6),
    "heatmap": (2.9e-4, 1.2e-4),
    "world": (1.2e-4, 4.3e-5),
}
LIMITS = {  # output: against XNNPACK, against built-in kernels
    "blazepose-detector": {"boxes": (1.4e-3, 1.0e-3), "scores": (6.7e-4, 3.1e-4)},
    "blazepose-full": _POSE,
    "blazepose-full-mask": {**_POSE, "segmentation": (1.05, 0.91)},
    "blazepose-lite": _POSE,
    "blazepose-lite-mask": {**_POSE, "segmentation": (1.05, 0.91)},
    "selfie": {"mask": (1.9e-4, 6.7e-5)},
    "selfie-landscape": {"mask": (9.9e-5, 6.7e-5)},
}
LIMITS_IN_USE = {"landmarks": (3.6e-3, 3.6e-3), "segmentation": (1.2e-3, 1.2e-3), "heatmap": (6.7e-6, 6.7e-6)}
_NAMES = [*sorted(LIMITS), *(name for name in WITH_DATA if name not in LIMITS)]
BATCHED = [pytest.param(name, marks=() if name in ANYWHERE else pytest.mark.data) for name in _NAMES]
MODELS = BATCHED[: len(LIMITS)]


def reference(name: str, models_dir: Path, kernels: str, pictures: Sequence[Picture]) -> Outputs:
    entry = registry.find(name)
    litert = Reference(cache.source_path(entry, models_dir).read_bytes(), entry, kernels)
    results = [litert.run(picture) for picture in pictures]
    return {output: np.concatenate([result[output] for result in results]) for output in results[0]}


def distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one - other).max())


def compare(name: str, runtime: Runtime, pictures: Sequence[Picture]) -> tuple[Outputs, Outputs, Outputs]:
    """Ours, XNNPACK's and the built-in kernels' outputs."""
    ours = open_model(registry.find(name), runtime).run(np.stack(pictures))
    xnnpack, builtin = (reference(name, runtime.models_dir, kernels, pictures) for kernels in KERNELS)
    return ours, xnnpack, builtin


def assert_close(
    ours: Outputs, xnnpack: Outputs, builtin: Outputs, limits: Mapping[str, tuple[float, float]]
) -> None:
    for output, (xnnpack_limit, builtin_limit) in limits.items():
        spread = 2 * distance(xnnpack[output], builtin[output])
        assert distance(ours[output], xnnpack[output]) <= max(xnnpack_limit, spread), output
        assert distance(ours[output], builtin[output]) <= max(builtin_limit, spread), output


def opened(
    name: str, runtime: Runtime, threads: int = 1
) -> tuple[Model, Callable[[NDArray[np.uint8]], Outputs]]:
    """The model as workers have it, and its ONNX file run on a batch as a whole."""
    model = open_model(registry.find(name), runtime.model_copy(update={"threads": threads}))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(cache.load(model.entry, runtime.models_dir), options)

    def run(batch: NDArray[np.uint8]) -> Outputs:
        return dict(zip(model.outputs, session.run(model.outputs, {INPUT: batch}), strict=True))

    return model, run


@pytest.mark.parametrize("name", MODELS)
def test_a_model_agrees_with_litert_on_drawn_pictures(name: str, runtime: Runtime) -> None:
    size = registry.find(name).input
    pictures = [drawn_person(size.height, size.width), *noise(size.height, size.width, 2)]
    assert_close(*compare(name, runtime, pictures), LIMITS[name])


@pytest.mark.data
@pytest.mark.parametrize("name", MODELS)
def test_a_model_agrees_with_litert_on_real_pictures(name: str, runtime: Runtime, data_dir: Path) -> None:
    size = registry.find(name).input
    real = photos(data_dir, size.height, size.width) + clip_frames(data_dir, size.height, size.width)
    assert_close(*compare(name, runtime, real), LIMITS[name])


@pytest.mark.data
def test_masks_heatmaps_and_landmarks_agree_where_it_counts(runtime: Runtime, data_dir: Path) -> None:
    """On real pictures, as they are used: probabilities and pixels of the crop."""
    real = photos(data_dir, 256, 256) + clip_frames(data_dir, 256, 256)
    outputs = compare("blazepose-full-mask", runtime, real)
    ours, xnnpack, builtin = (
        {
            "landmarks": one["landmarks"],
            "segmentation": sigmoid(one["segmentation"]),
            "heatmap": sigmoid(one["heatmap"]),
        }
        for one in outputs
    )
    assert_close(ours, xnnpack, builtin, LIMITS_IN_USE)


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(logits, -80, 80)))).astype(np.float32)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", BATCHED)
def test_a_batch_of_eight_equals_eight_single_pictures_to_the_bit(
    name: str, threads: int, runtime: Runtime
) -> None:
    model, run = opened(name, runtime, threads)
    size = model.entry.input
    batch = np.stack([drawn_person(size.height, size.width), *noise(size.height, size.width, 7)])
    together, through_model = run(batch), model.run(batch)
    for position in range(8):
        alone = run(batch[position : position + 1])
        for output in model.outputs:
            np.testing.assert_array_equal(together[output][position], alone[output][0])
            np.testing.assert_array_equal(through_model[output][position], alone[output][0])


def test_a_model_without_its_mask_gives_the_same_landmarks_to_the_bit(runtime: Runtime) -> None:
    pictures = np.stack([drawn_person(256, 256), *noise(256, 256, 2)])
    whole = open_model(registry.find("blazepose-full-mask"), runtime).run(pictures)
    lean = open_model(registry.find("blazepose-full"), runtime).run(pictures)
    assert set(whole) - set(lean) == {"segmentation"}
    for output, values in lean.items():
        np.testing.assert_array_equal(values, whole[output])


@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("name", MODELS)
def test_every_number_of_pictures_gives_as_many_results(name: str, count: int, runtime: Runtime) -> None:
    model, run = opened(name, runtime)
    pictures = np.zeros((count, model.entry.input.height, model.entry.input.width, 3), np.uint8)
    shapes = {output.name: (count, *output.shape) for output in model.entry.kept}
    for results in (run(pictures), model.run(pictures)):
        assert {output: result.shape for output, result in results.items()} == shapes
        assert {result.dtype for result in results.values()} == {np.dtype(np.float32)}
