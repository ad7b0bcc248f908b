"""Quantised models against LiteRT on the same pictures, counted in steps of each output.

LiteRT's XNNPACK kernels give the same bytes (PoseNet), or one of 10,000 values is a step off (BodyPix, which
rounds once more). LiteRT's built-in kernels round otherwise and are further from XNNPACK than we are: that
distance, which is also measured here, shows what the bound is worth.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.models import cache, registry
from shared.models.convert.onnxfile import convert
from shared.models.errors import ModelError
from shared.models.running import open_model
from shared.settings import Runtime
from tests.shared.models.litert import KERNELS, Reference, edit
from tests.shared.models.pictures import Picture, clip_frames, drawn_person, noise, photos

pytestmark = pytest.mark.data

EXACT = ["posenet-353x481", "posenet-481x641"]
NEAR = ["bodypix-480x352", "bodypix-640x480"]


def source(name: str, models_dir: Path) -> bytes:
    return cache.source_path(registry.find(name), models_dir).read_bytes()


def distances(
    name: str, runtime: Runtime, pictures: list[Picture]
) -> Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """For each output: how many steps ours is from XNNPACK's, and the built-in kernels' from XNNPACK's."""
    entry = registry.find(name)
    ours = open_model(entry, runtime).run(np.stack(pictures))
    litert = {kernels: Reference(source(name, runtime.models_dir), entry, kernels) for kernels in KERNELS}
    theirs = {kernels: [one.run(picture) for picture in pictures] for kernels, one in litert.items()}
    result = {}
    for output, step in litert["xnnpack"].steps().items():
        xnnpack, builtin = (np.concatenate([each[output] for each in theirs[kernels]]) for kernels in KERNELS)
        result[output] = (np.abs(ours[output] - xnnpack) / step, np.abs(builtin - xnnpack) / step)
    return result


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("name", [*EXACT, *NEAR])
def test_a_quantised_model_gives_the_bytes_of_litert(
    name: str, real: bool, runtime: Runtime, data_dir: Path
) -> None:
    size = registry.find(name).input
    if real:
        pictures = photos(data_dir, size.height, size.width)[-1:] + clip_frames(
            data_dir, size.height, size.width
        )
    else:
        pictures = [drawn_person(size.height, size.width), *noise(size.height, size.width, 2)]
    for output, (ours, builtin) in distances(name, runtime, pictures).items():
        assert ours.max() < (0.01 if name in EXACT else 1.01), output
        assert (ours > 0.5).mean() < 0.001, output
        assert (builtin > 0.5).mean() > 0.1, output


def test_the_weights_stay_bytes_in_the_cached_file(models_dir: Path) -> None:
    for name in (*EXACT, *NEAR):
        assert cache.onnx_path(registry.find(name), models_dir).stat().st_size < 1.1 * len(
            source(name, models_dir)
        )


def _other_zero(model: Any) -> None:
    model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]].quantization.zeroPoint = [127]


def _short(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.tensors[graph.operators[0].outputs[0]].type = 7  # INT16


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_other_zero, "its pictures are uint8 with mean 127 and std 128, not as the registry says"),
        (_short, "is quantised as .*, which ONNX does not know"),
    ],
)
def test_a_quantisation_that_is_not_the_registrys_is_refused(
    change: Any, fault: str, models_dir: Path
) -> None:
    name = "posenet-353x481"
    with pytest.raises(ModelError, match=fault):
        convert(edit(source(name, models_dir), change), registry.find(name))
