"""Our own .tflite to ONNX converter, for float models of the MediaPipe family and quantised ones of Coral's.

The ONNX graph works on channels-first arrays and any number of pictures; it takes uint8 RGB pictures with
channels last, and normalises them itself. Weights become 32-bit floats. The same source gives the same bytes.
Measured against LiteRT in tests/shared/models/test_parity.py.
"""

VERSION = 3  # part of the cached files' names: a change here makes every machine convert again
INPUT = "image"  # (N, height, width, 3) uint8
BATCH = "batch"  # metadata of every cached model: "any" number of pictures at once, or "one"
