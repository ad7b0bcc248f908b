"""A built-in room with shaded mannequins: the demo's camera and the tests' oracle.

`url.parse` reads `synth://SCENARIO?...` into a `SceneSpec`; `scene.Scene` renders any of its frames and says
exactly what is in it. The same spec and index always give the same bytes.

World frame: metres, x to the right, y away from the camera, z up, floor at z = 0, camera above the origin.
Camera frame: metres, x right, y down, z along the optical axis.
"""
