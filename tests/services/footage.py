"""Pictures and settings that the tests of the vision stages share."""

import os
from pathlib import Path

import av
import numpy as np
import pytest

from shared.bus.frames import Image, Jpeg, encode_jpeg
from shared.messages import Frame
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Settings
from shared.worker import Work

DATA = Path(os.environ.get("KINESTREAM_DATA", Path(__file__).parents[2] / "../shared/data"))
