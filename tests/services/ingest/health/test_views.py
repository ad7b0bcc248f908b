"""Structure and likeness of a view, whatever its light."""

import numpy as np
import pytest

from services.ingest.health.looks import grey
from services.ingest.health.usual import Usual
from services.ingest.health.views import Edges, View, likeness, still_cells, view
from shared.bus.frames import Image
from tests.services.ingest.spoilt import (
    HEIGHT_PX,
    WIDTH_PX,
    Spoil,
    as_it_is,
    behind_a_cloth,
    brightened,
    dimmed,
    infrared,
    noisy,
    passed_by,
    pushed,
    room,
    tilted,
    turned_away,
)

STILL = np.ones((30, 40), np.bool_)


def viewed(image: Image) -> View:
    return view(image, grey(image))


def wall(level: int) -> Image:
    return np.full((HEIGHT_PX, WIDTH_PX, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("spoil", "least", "most"),
    [
        (as_it_is, 0.98, 1.0),
        (dimmed, 0.9, 1.0),
        (brightened, 0.7, 1.0),
        (infrared, 0.68, 1.0),
        (pushed, -1, 0.5),
        (tilted, -1, 0.5),
        (turned_away, -1, 0.55),
        (behind_a_cloth, -1, 0.3),
    ],
)
def test_likeness_tells_light_from_place(spoil: Spoil, least: float, most: float) -> None:
    alike = likeness(viewed(noisy(spoil(room()), 2)).edges, viewed(noisy(room(), 1)).edges, STILL)
    assert alike is not None
    assert least <= alike <= most + 1e-6


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_wall_without_anything_is_no_view_to_compare(level: int) -> None:
    blank = viewed(noisy(wall(level), 1))
    assert likeness(viewed(room()).edges, blank.edges, STILL) is None
    assert blank.detail < 0.003
    alike = likeness(blank.edges, viewed(room()).edges, STILL)
    assert alike is not None
    assert alike < 0.2


def test_nothing_is_compared_where_nearly_all_moves() -> None:
    edges = viewed(room()).edges
    still = np.zeros_like(STILL)
    assert likeness(edges, edges, still) is None


def test_cells_where_somebody_is_now_do_not_count_as_still() -> None:
    before, now = viewed(noisy(room(), 1)), viewed(noisy(passed_by(room(), 0.25, 0.5), 2))
    still = still_cells(now.cells, before.cells)
    assert not still[:, 17:23].any()
    assert still[:, :12].mean() > 0.9


def test_detail_hardly_depends_on_the_light() -> None:
    usual = viewed(noisy(room(), 1)).detail
    assert 0.4 < viewed(noisy(dimmed(room()), 2)).detail / usual < 1.2


def test_the_digest_is_of_every_pixel() -> None:
    one, other = room().copy(), room().copy()
    other[-1, -1, -1] ^= 1
    assert viewed(one).digest == viewed(room()).digest != viewed(other).digest
    assert viewed(np.asfortranarray(one)).digest == viewed(one).digest


def test_the_usual_view_is_the_mean_of_the_first_and_then_follows_slowly() -> None:
    here, there = viewed(room()).edges, viewed(turned_away(room())).edges
    usual = Usual()
    assert usual.reference() is None
    for second in range(16):
        usual = usual.with_edges(here, STILL, second * 1_000_000)
    assert np.abs(_reference(usual) - here).max() < 0.01
    for second in range(16, 46):
        usual = usual.with_edges(there, STILL, second * 1_000_000)
    assert 0.97 < (likeness(here, _reference(usual), STILL) or 0) < 1
    for second in range(46, 46 + 1800):
        usual = usual.with_edges(there, STILL, second * 1_000_000)
    assert (likeness(there, _reference(usual), STILL) or 0) > 0.95


def test_what_moves_is_not_learnt() -> None:
    here, there = viewed(room()).edges, viewed(turned_away(room())).edges
    usual = Usual().with_edges(here, STILL, 0)
    assert usual.with_edges(there, ~STILL, 1).edges == usual.edges


def test_usual_detail_rises_soon_and_falls_slowly() -> None:
    usual = Usual()
    for _ in range(16):
        usual = usual.with_detail(0.04)
    assert usual.detail == pytest.approx(0.04)
    higher, lower = usual, usual
    for _ in range(60):
        higher, lower = higher.with_detail(0.08), lower.with_detail(0.02)
    assert higher.detail > 0.07
    assert lower.detail > 0.037


def _reference(usual: Usual) -> Edges:
    reference = usual.reference()
    assert reference is not None
    return reference
