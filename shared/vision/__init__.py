"""The geometry of people in pictures: boxes, regions, skeletons, decoders, masks, smoothing, drawing.

Coordinates are pixel indices of the source picture as OpenCV counts them: (0, 0) is the centre of the first
pixel, x grows to the right and y downwards.
"""
