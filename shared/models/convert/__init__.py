"""Our own .tflite to ONNX converter, for float models of the MediaPipe family.

The ONNX graph works on channels-first arrays and any number of pictures; it takes uint8 RGB pictures with
channels last, and normalises them itself. Weights become 32-bit floats. The same source gives the same bytes.
Measured against LiteRT in tests/shared/models/test_parity.py.
"""

VERSION = 2  # part of the cached files' names: a change here makes every machine convert again
INPUT = "image"  # (N, height, width, 3) uint8
