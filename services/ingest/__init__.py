"""Pictures onto the bus.

Reads: cameras on the network and plugged in, video files, folders of pictures, recordings, `synth://` scenes.
Writes: the `frames` stream, one message for each picture and a last one when the source ends; events about
the cameras themselves; a report of each camera about once a second. State: run, sequence number, source
position and report of each camera, stored by the same script that stores the message. Loss: a file's pictures
are never lost, ingest waits for the stages; a live source's are dropped before they are published when the
stages or the server cannot take them, newest wins, and every drop is counted by its reason.
"""
