import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import cv2
import msgspec
import numpy as np
import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.explain import ink
from services.evaluate.explain.explanation import Explanation, explain
from services.evaluate.explain.ink import Anchor, Bar, Dot, Drawing, Text, tint
from services.evaluate.explain.ink import Path as Line
from services.evaluate.explain.page import page
from services.evaluate.explain.raster import image_of, png
from services.evaluate.explain.sheet import sheet
from services.evaluate.explain.svg import svg
from services.evaluate.explain.told import told_of
from services.evaluate.explain.writing import check_path, default_path, write
from shared.messages import EventKind
from tests.services.evaluate.explain.made import (
    ACROSS_A_GAP,
    FALL,
    HIDDEN,
    SEATED_AND_FALLEN,
    UP_AGAIN,
    events_of,
    explained,
)
from tests.services.figures import Figure, Take

_VOID = {"meta"}
_SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """Holds every element to be closed in order; collects words, and what is outside the file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("figure", [FALL, HIDDEN, ACROSS_A_GAP, UP_AGAIN])
def test_the_page_is_whole_and_names_every_phase_and_every_criterion(figure: Figure) -> None:
    explanation = explained(figure)
    shown = Page(page(explanation))
    assert shown.links == []
    words = " ".join(shown.words)
    assert all(each.name in words for each in explanation.told.phases())
    assert all(each.criterion.meaning in words for each in explanation.verdicts)
    assert not re.search(r"@import|url\(|<script", page(explanation))


def test_the_drawing_is_well_formed_and_holds_curves_thresholds_and_phases() -> None:
    explanation = explained(FALL)
    root = ElementTree.fromstring(svg(sheet(explanation)))
    lines = root.findall(f"{_SVG}polyline")
    asked = [each for each in explanation.verdicts if each.criterion.curve]
    assert sum(each.get("stroke-dasharray") is not None for each in lines) == len(asked) == 4
    assert sum(each.get("stroke") == ink.BLUE for each in lines) == len(explanation.curves)
    words = {each.text for each in root.iter(f"{_SVG}text")}
    assert {"descent", "suspected", "confirmed", "standing", "lying", "media time (min:s)"} <= words


def test_what_is_outside_of_the_picture_is_named_beside_it() -> None:
    take = Take(fps=15, duration_s=30)
    texts = [each.text for each in sheet(explained(FALL, take)).marks if isinstance(each, Text)]
    assert any(text.startswith("then still 0:1") for text in texts)


def test_everything_is_drawn_within_the_paper() -> None:
    for figure in (FALL, HIDDEN, UP_AGAIN):
        drawing = sheet(explained(figure))
        for mark in drawing.marks:
            points = mark.points if isinstance(mark, Line) else [(mark.x, mark.y)]
            assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points), mark


def test_texts_are_ascii_as_the_fonts_of_pictures_want() -> None:
    texts = [each.text for each in sheet(explained(ACROSS_A_GAP)).marks if isinstance(each, Text)]
    assert all(text.isascii() for text in texts)


def test_the_picture_shows_the_curves_at_twice_the_size_of_the_drawing() -> None:
    drawing = sheet(explained(FALL))
    image = cv2.imdecode(np.frombuffer(png(drawing), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape == (round(2 * drawing.height), round(2 * drawing.width), 3)
    assert len(np.unique(image.astype(np.int64) @ (1, 256, 65_536))) > 100  # colours
    blue = (np.abs(image.astype(int) - (0xB2, 0x72, 0x00)).sum(axis=2) < 30).sum()
    assert blue > 5000  # of curves and their dots


def test_marks_are_drawn_where_they_say() -> None:
    marks = (
        Bar(0, 0, 10, 10, "#ff0000"),
        Line([(0, 15), (40, 15)], "#0000ff", 2, dashed=True),
        Dot(30, 5, 4, "#00ff00", hollow=True),
        Text(38, 38, "WW", 10, anchor=Anchor.END),
    )
    image = image_of(Drawing(40, 40, "marks", marks))
    assert image.shape == (80, 80, 3)
    assert tuple(image[10, 10]) == (0, 0, 255)
    assert tuple(image[30, 5]) == (255, 0, 0)  # a dash
    assert tuple(image[30, 14]) == (255, 255, 255)  # ... and what follows it
    assert tuple(image[10, 60]) == (255, 255, 255)  # the middle of a ring
    assert tuple(image[10, 52]) == (0, 255, 0)
    rows, columns = np.nonzero(image[40:].sum(axis=2) < 300)
    assert 40 <= columns.min() < columns.max() <= 77
    assert rows.min() >= 18


@pytest.mark.parametrize(("share", "colour"), [(1.0, "#0072b2"), (0.0, "#ffffff"), (0.5, "#80b8d8")])
def test_a_tint_lies_between_its_colour_and_white(share: float, colour: str) -> None:
    assert tint(ink.BLUE, share) == colour


def test_an_event_without_curves_still_has_a_page_and_a_picture() -> None:
    events = events_of(SEATED_AND_FALLEN, kind=EventKind.SIT_DOWN)
    explanation = explain(told_of(events))
    assert explanation.curves == {}
    assert "confirmed" in " ".join(Page(page(explanation)).words)
    assert cv2.imdecode(np.frombuffer(png(sheet(explanation)), np.uint8), cv2.IMREAD_COLOR) is not None


def test_names_of_people_are_escaped() -> None:
    events = [msgspec.structs.replace(each, zone="<b>&", detail="") for each in events_of(FALL)]
    shown = page(explain(told_of(events)))
    assert "in <b>&" in " ".join(Page(shown).words)
    assert "in <b>" not in shown


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return explained(FALL)


@pytest.mark.parametrize(
    ("name", "start"), [("a.html", b"<!DOCTYPE"), ("a.PNG", b"\x89PNG"), ("a.svg", b"<svg")]
)
def test_a_file_is_what_its_name_says(
    tmp_path: Path, explanation: Explanation, name: str, start: bytes
) -> None:
    check_path(tmp_path / name)
    write(tmp_path / name, explanation)
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("name", "said"), [("a.gif", r"ends in \.html, \.png, \.svg"), ("none/a.png", "there is no folder")]
)
def test_what_cannot_be_written_is_refused_before(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        check_path(tmp_path / name)


def test_a_file_is_named_after_its_event(explanation: Explanation) -> None:
    assert default_path(explanation) == Path("explain-room-3-1-fall-1800000.html")
