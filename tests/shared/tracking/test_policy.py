import msgspec
import pytest

from shared.errors import UserError
from shared.tracking import Policy, policy_of


def test_a_preset_takes_single_numbers_over() -> None:
    policy = policy_of("bytetrack", {"lost_s": 4.0})
    assert policy == msgspec.structs.replace(Policy.bytetrack(), lost_s=4.0)


@pytest.mark.parametrize(
    ("preset", "overrides", "why"),
    [
        ("deepsort", {}, "no tracker policy 'deepsort': there are default, simple"),
        ("sort", {"lost": 3}, "unknown field `lost`"),
        ("sort", {"sure_score": 2.0}, "sure_score"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_in_one_line(
    preset: str, overrides: dict[str, float], why: str
) -> None:
    with pytest.raises(UserError, match=why) as caught:
        policy_of(preset, overrides)
    assert "\n" not in str(caught.value)


def test_where_people_dance_a_policy_bears_more_and_asks_where_they_were() -> None:
    policy = Policy.crowd()
    loose = policy.loose
    assert loose.levels.gate == 4 * policy.levels.surprise
    assert (loose.recover_iou, loose.last) == (0.05, 0.5)
    assert msgspec.structs.replace(loose, gate=1.0, recover_iou=0.2, last=0.0) == policy
    assert Policy.default().loose.recover_iou is None
