"""What to do where something is missing; imported before anything else is sure to be here."""

FETCH = (
    "On a machine with network run make wheels-gpu (GPU_PYTHON=3.12, if that is this machine's Python), copy"
    " its folder build/ here, and run make bench-gpu WHEELS=build/wheels"
)
