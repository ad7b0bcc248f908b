"""Models that are ONNX already, made to fit: one canonical form for whoever runs them.

The adapted graph takes `image` (N, height, width, 3) uint8 RGB, normalises and lays out the picture itself,
and gives the registry's outputs, float32, N first, channels first. A graph that was exported for one picture
at a time is made to take any number where that can be proven on the spot; else it is marked
(`convert.BATCH` in its metadata).
"""
