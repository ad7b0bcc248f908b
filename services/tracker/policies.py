"""The tracker's policy as the configuration wants it."""

import msgspec

from shared.settings import Tracker as TrackerSettings
from shared.tracking import Policy, policy_of

# What the tracks may take up of a checkpoint of 64 kB, beside the picture of a camera that moves.
_MEMORY_BYTES = 60_000
_BESIDE_PICTURE_BYTES = 36_000


def policy_for(settings: TrackerSettings) -> Policy:
    """The named policy with every number exchanged that the configuration states.

    Raises:
        UserError: a number is out of the policy's bounds.
    """
    wanted = settings.model_dump(include=set(Policy.__struct_fields__), exclude_none=True)
    policy = policy_of(settings.policy, wanted)
    room = _BESIDE_PICTURE_BYTES if settings.camera_motion else _MEMORY_BYTES
    return msgspec.structs.replace(policy, memory_bytes=room)
