"""The detector looks for people.

Reads `frames` with their pictures, writes `detections`: the same frames with a person for each one found.
BlazePose's detector names its own four keypoints with each, from which the pose stage cuts its regions; a
YOLOX gives the box around the person. Who is found with at least `score` gets landmarks; who is found less
surely, down to `least_score`, goes on to the tracker as is.

It looks every `every_s` of media time, and at every frame while nobody is known for sure; on the frames in
between nobody is named and the pose stage goes on with the people it follows. For people who lie there is a
second look, see README.md. State per camera: when it looked, the boxes it saw, the largest motion since, and
where people were last found.

    finders   what each kind of detector needs to see, and how its numbers become persons
    places    who was there and is not found now, and what a second look may take for that person
    stage     one batch of pictures through the network, looked at once or twice

With `still_motion` it also leaves out frames while less than that share of the picture has changed since its
last look, for up to `still_every_s`. Frames of which ingest knows no motion count as moving. An empty room
costs one look in 5 s instead of 75 then. On 28 real clips (334 s at 15 frames a second, with somebody in
nearly all of them), 0.003 saved 12 % of the looks and 0.01 14 %; of the 28 times that somebody came after 2 s
or more of nobody, all were found in the same frame as without. It is off by default, since somebody who lies
still and whom the pose stage has lost is then looked for only each `still_every_s`.

Loss policy: a late live frame goes on untouched (`skipped`); a frame whose picture cannot be decoded is a
dead letter.
"""
