"""The detector looks for people.

Reads `frames` with their pictures, writes `detections`: the same frames with a person for each one found,
with the detector's own four keypoints, from which the pose stage cuts its regions.

It looks every `every_s` of media time, and at every frame while nobody is known for sure; on the frames in
between nobody is named and the pose stage goes on with the people it follows. State per camera: when it
looked, the boxes it saw, and the largest motion since.

With `still_motion` it also leaves out frames while less than that share of the picture has changed since its
last look, for up to `still_every_s`. Frames of which ingest knows no motion count as moving. An empty room
costs one look in 5 s instead of 75 then. On 28 real clips (334 s at 15 frames a second, with somebody in
nearly all of them), 0.003 saved 12 % of the looks and 0.01 14 %; of the 28 times that somebody came after 2 s
or more of nobody, all were found in the same frame as without. It is off by default, since somebody who lies
still and whom the pose stage has lost is then looked for only each `still_every_s`.

Loss policy: a late live frame goes on untouched (`skipped`); a frame whose picture cannot be decoded is a
dead letter.
"""
