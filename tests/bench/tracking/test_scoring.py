import numpy as np
import pytest

from tests.bench.clip import DATA
from tests.bench.tracking.scoring import Boxes, Tally, tally
from tests.bench.tracking.sequences import read

# motmetrics and TrackEval agree on them.
PUBLISHED = {
    "TUD-Campus": (0.5265, 0.5577, 0.3914, 7, 13, 150),
    "TUD-Stadtmitte": (0.5640, 0.6446, 0.3978, 7, 45, 452),
}


@pytest.mark.data
@pytest.mark.parametrize("name", PUBLISHED)
def test_scores_of_a_real_tracker_are_the_published_ones(name: str) -> None:
    folder = DATA / "tracking" / name
    if not folder.is_dir():
        pytest.skip("needs KINESTREAM_DATA/tracking")
    truth = read(folder / "gt.txt")
    score = tally(truth, read(folder / "test.txt"), int(truth.frames.max()) + 1)
    mota, idf1, hota, switches, false, missed = PUBLISHED[name]
    assert (score.mota, score.idf1, score.hota) == pytest.approx((mota, idf1, hota), abs=5e-5)
    assert (score.switches, score.said - score.matched, score.labelled - score.matched) == (
        switches,
        false,
        missed,
    )


def rows(ids: list[int]) -> Boxes:
    """One person who stands still, one box per frame."""
    count = len(ids)
    return Boxes(np.arange(count), np.array(ids, np.int64), np.tile([10.0, 10.0, 30.0, 60.0], (count, 1)))


@pytest.mark.parametrize(
    ("said", "mota", "idf1", "hota", "switches"),
    [
        ([5, 5, 5, 5], 1.0, 1.0, 1.0, 0),
        ([5, 5, 6, 6], 0.75, 0.5, 0.5**0.5, 1),
        ([5, 6, 5, 6], 0.25, 0.5, 0.5**0.5, 3),
        ([], 0.0, 0.0, 0.0, 0),
    ],
    ids=["perfect", "renamed once", "renamed always", "silent"],
)
def test_a_person_who_stands_still(
    said: list[int], mota: float, idf1: float, hota: float, switches: int
) -> None:
    score = tally(rows([1, 1, 1, 1]), rows(said), 4)
    assert (score.mota, score.idf1, score.hota) == pytest.approx((mota, idf1, hota))
    assert score.switches == switches


def test_a_sum_counts_both_sequences() -> None:
    perfect, silent = (tally(rows([1] * 4), rows(said), 4) for said in ([5] * 4, []))
    both: Tally = perfect + silent
    assert (both.labelled, both.said, both.matched) == (8, 4, 4)
    assert both.hota == pytest.approx(0.5**0.5)
