"""What ONNX Runtime is told for each provider.

Every name below is among those that the providers of onnxruntime-gpu 1.31.1 know.
Sources: https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html,
https://onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from shared.models.convert import INPUT

Provider = Literal["tensorrt", "cuda", "cpu"]
Precision = Literal["fp32", "tf32", "fp16"]
Options = dict[str, str]

KINDS: dict[Provider, str] = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
DEVICES: dict[Provider, str] = {"tensorrt": "cuda", "cuda": "cuda", "cpu": "cpu"}
PACKAGES: dict[Provider, str] = {
    "tensorrt": "onnxruntime-gpu and tensorrt-cu13-libs",
    "cuda": "onnxruntime-gpu",
    "cpu": "onnxruntime",
}


@dataclass(frozen=True)
class Plan:
    """A session that is wanted: which provider, computing how, for batches of up to `largest` pictures.

    `engines` is the folder of TensorRT's engines for this very model and version; None for the others.
    """

    provider: Provider
    precision: Precision
    picture: tuple[int, int, int]
    largest: int
    threads: int
    engines: Path | None = None

    @property
    def providers(self) -> list[tuple[str, Options]]:
        """As `InferenceSession` takes them: the wanted one, then those that run what it cannot."""
        cpu: tuple[str, Options] = (KINDS["cpu"], {})
        if self.provider == "cpu":
            return [cpu]
        cuda = (KINDS["cuda"], _cuda(self.precision))
        if self.provider == "cuda":
            return [cuda, cpu]
        return [(KINDS["tensorrt"], _tensorrt(self)), cuda, cpu]


def session_options(onnxruntime: Any, threads: int) -> Any:
    """Two sessions whose threads spin halve each other on two cores, so spinning is off."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3  # errors; its warnings about initialisers are no news
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _cuda(precision: Precision) -> Options:
    """HEURISTIC: the default search tries every algorithm on each new shape, which takes seconds.

    The arena grows by what is asked for: after the warm-up no new sizes come, so doubling would only keep
    memory from the other workers of the GPU. TF32 (10 bits of mantissa, the default of ONNX Runtime) is
    for those who ask for less than fp32.
    """
    return {
        "device_id": "0",
        "cudnn_conv_algo_search": "HEURISTIC",
        "arena_extend_strategy": "kSameAsRequested",
        "use_tf32": "0" if precision == "fp32" else "1",
    }


def _tensorrt(plan: Plan) -> Options:
    """One engine for all batch sizes, tuned for the largest, and kept: to build it takes minutes.

    TensorRT itself computes in TF32 unless NVIDIA_TF32_OVERRIDE=0 is in the environment.
    """
    height, width, channels = plan.picture
    folder = str(plan.engines)

    def shape(size: int) -> str:
        return f"{INPUT}:{size}x{height}x{width}x{channels}"

    return {
        "device_id": "0",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": folder,
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": folder,
        "trt_profile_min_shapes": shape(1),
        "trt_profile_opt_shapes": shape(plan.largest),
        "trt_profile_max_shapes": shape(plan.largest),
        "trt_fp16_enable": "1" if plan.precision == "fp16" else "0",
    }
