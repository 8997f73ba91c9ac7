"""Pictures: described, small, coloured by the page, the same bytes every time."""

import io
import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnlib import viz
from rnnlib.viz import PALETTE, STYLE, Code, say, show, source, to_svg, use_style

ALT, TITLE = "Two lines cross.", "0.123456 of 12.345678"
ROUNDING = 0.005 + 1e-9
READABLE = 4.5  # WCAG 2.2, contrast of text, level AA
REFERENCE = r'(?:url\(#|href="#)([^)"]+)'


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        use_style()
        yield
    plt.close("all")


def figure(slope=1.0, inches=4):
    fig, ax = plt.subplots(figsize=(inches, 2))
    for colour in ("blue", "orange"):
        values = [slope, 0.51234, 0.0]
        ax.plot(values, "o-", color=PALETTE[colour][0], label=colour)
    ax.axhspan(0.2, 0.3, color=viz.ROSE, alpha=0.25)
    ax.set(title=TITLE, xlabel="a < b & c")
    ax.legend()
    return fig


def elements(svg):
    known = 'xmlns:xlink="http://www.w3.org/1999/xlink"'  # to HTML, not to XML
    return list(ElementTree.fromstring(svg.replace("<svg", f"<svg {known}", 1)).iter())


def test_svg_is_described_and_bare():
    svg = to_svg(figure(), alt='It\'s "a" < b & c.')
    root = elements(svg)[0]
    assert root.get("role") == "img" and root.get("aria-label") == 'It\'s "a" < b & c.'
    assert not {"width", "height"} & set(root.attrib)
    assert root.get("viewBox") == "0 0 288 144"
    tags = {element.tag.split("}")[1] for element in elements(svg)}
    assert not tags & {"style", "metadata", "script", "image"} and "text" in tags
    assert svg.startswith("<svg") and svg.endswith("</svg>") and "\n" not in svg
    assert "DejaVu" not in svg
    assert re.findall(r"https?:[^\"]*", svg) == ["http://www.w3.org/2000/svg"]


def test_a_picture_shrinks_with_the_page_and_stops_growing():
    svgs = [to_svg(figure(inches=inches), alt=ALT) for inches in (4, 8)]
    widths = [int(re.search(r"max-width:(\d+)px", svg)[1]) for svg in svgs]
    assert widths[0] >= 4 * 96 and abs(widths[1] - 2 * widths[0]) <= 1  # CSS pixels
    assert all("width:100%;" in svg and "height:auto;" in svg for svg in svgs)


@pytest.mark.parametrize("alt", [r"h = \sigma(a)", r"W^\top", r"\1 \g<0>", "a\\"])
def test_alt_may_hold_backslashes(alt):
    assert elements(to_svg(figure(), alt=alt))[0].get("aria-label") == alt


@pytest.mark.parametrize("alt", ["", " \n"])
def test_alt_must_say_something(alt):
    for draw in (to_svg, show):
        with pytest.raises(ValueError, match="alt"):
            draw(figure(), alt=alt)


def test_ids_are_those_that_are_pointed_at():
    svg = to_svg(figure(), alt=ALT)
    ids = re.findall(r' id="([^"]+)"', svg)
    assert ids and sorted(ids) == sorted(set(re.findall(REFERENCE, svg)))
    named = set(re.findall(REFERENCE, to_svg(figure(), alt=ALT, name="mine")))
    assert named == {f"mine-{number}" for number in range(len(ids))}
    other = set(re.findall(r' id="([^"]+)"', to_svg(figure(slope=2.0), alt=ALT)))
    assert not other & set(ids)


def test_coordinates_keep_two_decimals_and_text_keeps_all():
    fig, raw = figure(), io.StringIO()
    fig.savefig(raw, format="svg")
    svg = to_svg(fig, alt=ALT)
    for element in elements(svg):
        for value in element.attrib.values():
            assert not re.search(r"\d\.\d{3}", value)
    assert f">{TITLE}<" in svg and ">a &lt; b &amp; c<" in svg
    before, after = (
        np.array(
            re.findall(r"-?[\d.]+", " ".join(re.findall(r' d="(.*?)"', text, re.S)))
        )
        for text in (raw.getvalue(), svg)
    )
    assert len(before) == len(after) > 50
    assert abs(before.astype(float) - after.astype(float)).max() <= ROUNDING


def test_colours_follow_the_page():
    svg = to_svg(figure(), alt=ALT)
    used = re.findall(r"var\(--c-(\w+),(#\w+)\)", svg)
    drawn = {"ink", "muted", "grid", "paper", "blue", "orange", "rose"}
    assert drawn <= {name for name, _ in used}
    assert all(PALETTE[name][0] == fallback for name, fallback in used)
    bare = re.findall(r"#[0-9a-fA-F]{6}\b", re.sub(r"var\([^)]*\)", "", svg))
    assert bare == []


def test_the_same_figure_gives_the_same_bytes_and_is_closed():
    first, again = to_svg(figure(), alt=ALT), to_svg(figure(), alt=ALT)
    assert first == again
    assert plt.get_fignums() == []


def test_a_picture_has_a_face_for_pages_and_one_for_text():
    picture = show(figure(), alt=ALT, caption="See <b>here</b>.")
    assert repr(picture) == f"Figure: {ALT}"
    page = picture._repr_html_()
    assert page.startswith("<figure") and picture.svg in page
    assert page.endswith("<figcaption>See <b>here</b>.</figcaption></figure>")
    assert "figcaption" not in show(figure(), alt=ALT)._repr_html_()


def test_style_is_of_the_palette():
    light = {colour for colour, _ in PALETTE.values()}
    colours = {str(value) for value in STYLE.values() if str(value).startswith("#")}
    cycle = STYLE["axes.prop_cycle"].by_key()["color"]
    assert colours | set(cycle) <= light and len(set(cycle)) == len(cycle)
    assert PALETTE["blue"][0] == viz.BLUE and PALETTE["rose"][0] == viz.ROSE
    assert plt.rcParams["axes.edgecolor"] == PALETTE["muted"][0] == viz.MUTED
    every = [colour for both in PALETTE.values() for colour in both]
    assert len(set(every)) == len(every)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in every)


def luminance(colour):
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", sorted(set(PALETTE) - {"grid", "paper"}))
def test_every_colour_can_be_read_on_its_paper(name, scheme):
    low, high = sorted(luminance(PALETTE[colour][scheme]) for colour in (name, "paper"))
    assert (high + 0.05) / (low + 0.05) >= READABLE


def described(x):
    """Add one.

    Twice described.
    """
    y = x + 1  # why not
    return y


def bare(x):
    return f"""{x}"""


def test_source_is_the_code_without_its_docstring():
    code = source(described)
    assert code == "def described(x):\n    y = x + 1  # why not\n    return y"
    assert isinstance(code, Code) and repr(code) == str(code)
    assert code._repr_markdown_() == f"```python\n{code}\n```"
    assert source(bare) == 'def bare(x):\n    return f"""{x}"""'


def test_said_words_are_running_text():
    words = say(f"It is {1 + 1}.")
    assert words == "It is 2." == repr(words) == words._repr_markdown_()
