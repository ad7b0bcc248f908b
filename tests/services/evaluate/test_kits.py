"""Packages that are there only for scoring."""

import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.kits import load


def test_a_missing_package_is_told_with_the_way_to_get_it() -> None:
    with pytest.raises(
        EvaluationError, match=r"^no_kit cannot be loaded .*: pip install --no-deps .*requirements\.txt$"
    ):
        load("no_kit.metrics")
