"""Pose finds the landmarks of each person.

Reads `detections` with the frames' pictures, writes `poses`: each person with the keypoints of the model's
skeleton, a box around them and, where the model tells, their places in metres. People come from detections
and from the regions that the landmarks of the frame before foretell; the latter keeps people who lie on the
floor, whom detectors lose. Models that look at whole pictures find people by themselves. Detections too weak
for a look go on as they are, without keypoints.

State per camera: for each person the next region, when it was last seen, and the smoothing filters, all in
media time.

Loss policy: every frame is processed, however late; one whose picture cannot be decoded is a dead letter. A
person whose landmarks are lost is looked for at the last place for a moment, then forgotten until it is
detected again.
"""
