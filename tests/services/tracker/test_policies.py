from typing import get_args

import msgspec

from services.tracker.policies import policy_for
from shared.settings import Tracker
from shared.settings.stages import Work
from shared.tracking import PRESETS, Policy


def test_the_settings_know_every_policy() -> None:
    assert set(get_args(Tracker.model_fields["policy"].annotation)) == set(PRESETS)


def test_the_settings_override_the_policy_and_only_where_they_say_something() -> None:
    assert msgspec.structs.replace(policy_for(Tracker()), memory_bytes=None) == Policy()
    policy = policy_for(Tracker(policy="crowd", lost_s=7, height=False))
    assert (policy.lost_s, policy.height, policy.buffer) == (7, False, Policy.crowd().buffer)


def test_every_number_of_the_settings_is_one_of_the_policy() -> None:
    own = set(Tracker.model_fields) - set(Work.model_fields) - {"policy", "camera_motion"}
    assert own <= set(Policy.__struct_fields__)
