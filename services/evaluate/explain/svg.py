"""A drawing as SVG."""

from services.evaluate.events.markup import Markup, tag
from services.evaluate.explain.ink import PAPER, Bar, Dot, Drawing, Mark, Path, Text

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def svg(drawing: Drawing) -> Markup:
    """An `svg` element that needs nothing else: it may stand in a page, or in a file of its own."""
    size = f"0 0 {drawing.width:g} {drawing.height:g}"
    paper = tag("rect", width=drawing.width, height=drawing.height, fill=PAPER)
    return tag(
        "svg",
        tag("title", drawing.title),
        paper,
        *(_mark(each) for each in drawing.marks),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=size,
        width=drawing.width,
        height=drawing.height,
        font_family=_FONT,
        role="img",
    )


def _mark(mark: Mark) -> Markup:
    if isinstance(mark, Bar):
        title = (tag("title", mark.title),) if mark.title else ()
        place = {"x": mark.x, "y": mark.y, "width": mark.width, "height": mark.height}
        return tag("rect", *title, **place, fill=mark.fill)
    if isinstance(mark, Path):
        return _path(mark)
    if isinstance(mark, Dot):
        fill, stroke = (PAPER, mark.colour) if mark.hollow else (mark.colour, None)
        width = 2 if mark.hollow else None
        return tag(
            "circle", cx=mark.x, cy=mark.y, r=mark.radius, fill=fill, stroke=stroke, stroke_width=width
        )
    return _text(mark)


def _path(mark: Path) -> Markup:
    return tag(
        "polyline",
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in mark.points),
        fill="none",
        stroke=mark.colour,
        stroke_width=mark.width,
        stroke_linejoin="round",
        stroke_dasharray="5 4" if mark.dashed else None,
    )


def _text(mark: Text) -> Markup:
    return tag(
        "text",
        mark.text,
        x=mark.x,
        y=mark.y,
        font_size=mark.size,
        font_weight="600" if mark.bold else None,
        fill=mark.colour,
        text_anchor=mark.anchor.value,
    )
