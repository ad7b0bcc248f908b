"""Which errors say that a GPU's memory is full: the one place that knows their words.

ONNX Runtime has no exception of its own for it (onnxruntime#16307): it raises `RuntimeException`, `Fail` or
`EPFail`, whichever part of it hit the wall, and the text comes from that part.
"""

from collections.abc import Sequence

_WORDS: Sequence[str] = (
    "Failed to allocate memory for requested buffer",  # ONNX Runtime's arena
    "is smaller than requested bytes",  # ... with a limit (gpu_mem_limit)
    "out of memory",  # CUDA's and TensorRT's allocations: "CUDA failure 2: out of memory", "(out of memory)"
    "cudaErrorMemoryAllocation",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "DEVICE_ALLOCATION_FAILED",  # cuDNN 9: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED
    "User allocator error allocating",  # TensorRT while it builds an engine
)


def out_of_memory(error: Exception) -> bool:
    """Whether a smaller batch may succeed where this one failed.

    The first words are to be found in the libraries of onnxruntime-gpu 1.31.1, the others are those of CUDA,
    cuBLAS, cuDNN and TensorRT.

    Source: https://github.com/microsoft/onnxruntime/issues/16307 and issues/22702,
    https://github.com/NVIDIA/TensorRT/issues/4258.
    """
    text = str(error)
    return any(words.lower() in text.lower() for words in _WORDS)
