import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import av
import numpy as np
import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.events.labels import Clip, Label
from services.evaluate.events.markup import Markup, joined, tag
from services.evaluate.events.page import Scoring, page
from services.evaluate.events.pictures import moments, thumbnails
from services.evaluate.events.plots import Axis, Curve, chart, delays_plot, share_bar, ticks
from services.evaluate.events.strips import strip
from services.evaluate.events.tally import groups
from services.evaluate.events.writing import write_report
from tests.services.evaluate.events.made import FALL, clip, scored, told

_VOID = {"meta", "img"}


class Balance(HTMLParser):
    """Checks that every element is closed in order, and collects what the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(text: str) -> Balance:
    parser = Balance()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture
def scoring() -> Scoring:
    name = "set/<b>&.mp4"
    labelled = clip(FALL, Label("squat", start_s=11.0, lowest_s=(11.5, 12.0), upright_s=12.6))
    score = scored(labelled, told("fall", 3.3), told("fall", 15.0), told("fall", None, 17.0), name=name)
    missed = scored(clip(FALL), name="set/missed.mp4")
    clips = {name: labelled, "set/missed.mp4": clip(FALL)}
    return Scoring("two clips", groups([score, missed]), [score, missed], clips, flags=("look here",))


def test_the_page_is_whole_and_needs_no_other_file(scoring: Scoring) -> None:
    shown = page(scoring, lambda: datetime(2026, 5, 1, tzinfo=UTC))
    links = parsed(shown).links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert not re.search(r"https?://|@import|url\(", shown)
    assert "2026-05-01 00:00 UTC" in shown
    assert "look here" in shown


def test_the_page_names_every_wrong_clip_and_escapes_what_it_is_called(scoring: Scoring) -> None:
    text = "".join(parsed(page(scoring)).text)
    assert "Wrong: 2 of 2 clips" in text
    assert "set/<b>&.mp4: 1 false fall" in text
    assert "set/missed.mp4: 1 missed fall" in text
    assert "fall not raised between 2.00 and 8.50 s (fall_forward): nothing was told" in text
    assert "1 of 2" in text


def test_a_page_without_clips_or_falls_is_a_page(scoring: Scoring) -> None:
    assert "Events held against labels" in page(Scoring("nothing", (), (), {}))
    quiet = scored(clip())
    shown = page(Scoring("quiet", groups([quiet]), [quiet], {"set/clip.mp4": clip()}))
    assert "No fall was found." in parsed(shown).text


def test_a_strip_shows_labels_alerts_and_suspicions_where_they_are(scoring: Scoring) -> None:
    shown = strip(scoring.scores[0], scoring.clips["set/<b>&.mp4"])
    parsed(shown)
    alerts = re.findall(r'<polygon points="([\d.]+),[^"]+" class="alert (right|false)"', shown)
    axis = Axis(0, 20, 74, 926)
    assert [style for _, style in alerts] == ["right", "false"]
    assert [float(x) for x, _ in alerts] == pytest.approx([axis.at(3.3), axis.at(15.0)], abs=0.06)
    assert shown.count('class="suspected"') == 3
    assert 'class="label other"' in shown
    assert 'class="label fall missed"' in strip(scoring.scores[1], clip(FALL))


def test_bars_at_the_same_time_lie_in_rows_of_their_own() -> None:
    twice = clip(Label("sitting", start_s=0.0, end_s=18.0), Label("bend_seated", start_s=1.0, upright_s=3.0))
    shown = strip(scored(twice), twice)
    tops = re.findall(r'y="([\d.]+)"[^>]*class="label other"', shown)
    assert len(set(tops)) == 2


@pytest.mark.parametrize(
    ("low", "high", "most", "values"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.3, 1.2, 4, [0.5, 1.0]),
        (0, 139.4, 8, [0, 20, 40, 60, 80, 100, 120]),
        (-1, 3, 4, [-1, 0, 1, 2, 3]),
        (2, 2, 4, [2]),
    ],
)
def test_ticks_are_round_values_within(low: float, high: float, most: int, values: list[float]) -> None:
    assert ticks(low, high, most) == values


def test_plots_hold_every_value_and_leave_out_what_is_undefined() -> None:
    shown = delays_plot([("a", 0.4), ("b", 2.4), ("c", -0.1)], (1.0, 2.0))
    assert [float(x) for x in re.findall(r"<title>[abc]: ([-\d.]+) s", shown)] == [-0.1, 0.4, 2.4]
    drawn = chart([1, 2, 3], [Curve("x", [0.5, None, 0.7])], "threshold", marks=[2])
    assert drawn.count("<circle") == 2
    assert chart([1], [Curve("x", [None])], "threshold").count("<circle") == 0
    assert share_bar(None, None) == ""
    for each in (shown, drawn):
        parsed(each)


def test_markup_escapes_texts_and_attributes_once() -> None:
    inner = tag("b", "a < b & c")
    assert inner == "<b>a &lt; b &amp; c</b>"
    assert tag("p", inner, joined("x<", inner)) == f"<p>{inner}x&lt;{inner}</p>"
    assert tag("img", src='"x"', alt=None, stroke_width=1.5, class_="k") == (
        '<img src="&quot;x&quot;" stroke-width="1.5" class="k">'
    )
    assert isinstance(inner, Markup)


def test_pictures_are_taken_where_it_matters_and_in_between() -> None:
    score = scored(clip(FALL), told("fall", 3.6))
    times = moments(score)
    assert {2.0, 3.6} <= set(times)
    assert len(times) == 6
    assert times == sorted(times)
    assert moments(scored(clip(duration_s=1.0))) == pytest.approx(
        [0.083, 0.25, 0.417, 0.583, 0.75, 0.917], abs=1e-3
    )


def test_pictures_show_the_labelled_part_at_the_moment(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(30):
            image = np.full((240, 320, 3), 8 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    labelled = Clip(fps=10, frames=30, events=(), size="320x240", crop_xyxy=(0, 0, 160, 240))
    shown = thumbnails(path, labelled, [0.0, 1.5])
    assert [each.at_s for each in shown] == [0.0, 1.5]
    assert all(each.url.startswith("data:image/jpeg;base64,") for each in shown)
    assert shown[0].url != shown[1].url
    assert thumbnails(tmp_path / "absent.mp4", labelled, [0.0]) == []


def test_the_report_is_written_for_people_and_for_programs(tmp_path: Path, scoring: Scoring) -> None:
    write_report(tmp_path / "new" / "folder", scoring)
    facts = json.loads((tmp_path / "new" / "folder" / "events.json").read_text())
    assert [each["name"] for each in facts["groups"]] == ["set"]
    falls = facts["groups"][0]["falls"]
    assert (falls["found"], falls["missed"], falls["false"]) == (1, 1, 1)
    assert facts["clips"][0]["verdicts"][1]["what"].startswith("false fall raised at 15.00 s")
    assert (tmp_path / "new" / "folder" / "events.html").read_text().startswith("<!DOCTYPE html>")
    (tmp_path / "file").touch()
    with pytest.raises(EvaluationError, match="cannot hold the report"):
        write_report(tmp_path / "file", scoring)
