import math
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shared.actions import catalogue
from shared.actions.catalogue import CATALOGUE, Feature, field_names
from shared.rules.moment import Moment
from tests.services.figures import BENDING, SITTING, STANDING, SUPINE, Figure, Take, film
from tests.shared.actions.moments import moments

PAGE = Path(catalogue.__file__).with_name("README.md")
KEYS = [
    (1, STANDING),
    (2, SITTING),
    (3, SITTING),
    (3.6, STANDING),
    (4.2, BENDING),
    (5, STANDING),
    (5.8, SUPINE),
]


def shown() -> Iterator[Moment]:
    """Of a body that does much, seen well, without feet, without world landmarks, and without a pose."""
    for hidden in ((), (27, 28, 31, 32), (13, 14, 0)):
        yield from moments(film([Figure(KEYS, hidden=hidden)], Take(duration_s=8, jitter_px=3)))[0]
    frames = film([Figure(KEYS)], Take(duration_s=3))
    for without in ({"world": None}, {"keypoints": None, "skeleton": None, "world": None}):
        changed = [
            msgspec.structs.replace(
                frame, persons=tuple(msgspec.structs.replace(person, **without) for person in frame.persons)
            )
            for frame in frames
        ]
        yield from moments(changed)[0]


@pytest.fixture(scope="module")
def everything() -> list[Moment]:
    return list(shown())


def test_the_catalogue_names_every_feature_of_a_moment_in_their_order() -> None:
    named = [feature.name for feature in CATALOGUE]
    assert [name for name in field_names() if name in named] == named
    left_out = set(field_names()) - set(named)
    assert {name.partition(".")[0] for name in left_out} == {
        "descent"
    }  # where and when it began is for rules


def test_the_page_shows_the_catalogue() -> None:
    assert catalogue.table() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("feature", CATALOGUE, ids=lambda feature: feature.name)
def test_a_feature_is_said_in_one_sentence_and_stays_in_its_range(
    feature: Feature, everything: list[Moment]
) -> None:
    assert feature.meaning.endswith(".")
    assert feature.meaning.count(". ") == 0
    assert feature.missing
    assert feature.source
    values = [value for moment in everything if (value := feature.of(moment)) is not None]
    slack = 1e-6 * max(1.0, abs(feature.least)) if math.isfinite(feature.least) else 0.0
    assert all(feature.least - slack <= value <= feature.most + 1e-6 for value in values)
    from_masks = feature.name in {"shape.axis_deg", "shape.elongation", "shape.filled"}
    needs_limbs = feature.name == "body.presence"
    assert values or from_masks or needs_limbs, "it is never seen"
