"""The detector looks for people.

Reads `frames` with their pictures, writes `detections`: the same frames with a person for each one found,
with the detector's own four keypoints, from which the pose stage cuts its regions.

It looks every `every_s` of media time, and at every frame while nobody is known for sure; on the frames in
between nobody is named and the pose stage goes on with the people it follows. State per camera: when it
looked, and the boxes it saw.

Loss policy: a late live frame goes on untouched (`skipped`); a frame whose picture cannot be decoded is a
dead letter.
"""
