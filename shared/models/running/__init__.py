"""Running models on ONNX Runtime: `open_model(entry, runtime)` gives a `Model`, `Model.run` the answers.

    Model     the stages' view: pictures in, named arrays out
    Engine    one session in fixed batch sizes, warm; smaller batches where memory is short; shared by models
    runs      how one batch gets through a session: plainly on the CPU, through bound buffers on a GPU
    feeding   cuts the next pictures while the present ones are in the network
    opening   which provider, which precision, which session is shared

What to configure and what was measured is in README.md.
"""

from shared.models.running.model import Model
from shared.models.running.opening import open_model

__all__ = ["Model", "open_model"]
