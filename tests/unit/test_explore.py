"""Explorers: every frame on the page, one seen; the same drawing under sliders."""

import html
import json
import re
from html.parser import HTMLParser
from itertools import product

import ipywidgets
import matplotlib.pyplot as plt
import pytest

from rnnlib.explore import explore

TAUS, NOISES = [1, 2, 4], [0.5, 0.25]
START = {"noise": 0.25, "tau": 4}
FRAME = (
    r'<div class="frame" data-key="([^"]*)"( hidden)?>(.*?)</div>(?=<div|</div><div)'
)
NAMESPACE = "http://www.w3.org/2000/svg"


def curve(tau, noise):
    fig, ax = plt.subplots(figsize=(2, 1))
    ax.plot([0, tau], [noise, 0], "o-")
    return fig


def words(tau, noise):
    return f"<p>{tau} and {noise}</p>"


def describe(tau, noise):
    return f"tau is {tau}, noise {noise}."


def explorer(draw=words, alt=describe, caption="Move <b>both</b>.", start=None, **more):
    more = more or {"tau": TAUS, "noise": NOISES}
    return explore(draw, alt=alt, caption=caption, start=start, **more)


class Elements(HTMLParser):
    """List every tag with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, wanted, *names):
        chosen = [attributes for tag, attributes in self.found if tag == wanted]
        return (
            [tuple(one[name] for name in names) for one in chosen] if names else chosen
        )


def frames(static):
    return {key: (not hidden, face) for key, hidden, face in re.findall(FRAME, static)}


@pytest.mark.parametrize(
    ("start", "first"), [(None, "0,0"), (START, "2,1"), ({"noise": 0.25}, "0,1")]
)
def test_every_choice_is_a_frame_and_the_start_is_seen(start, first):
    found = frames(explorer(start=start).static())
    assert len(found) == len(TAUS) * len(NOISES)
    for i, j in product(range(len(TAUS)), range(len(NOISES))):
        assert found[f"{i},{j}"][1] == words(TAUS[i], NOISES[j])
    assert [key for key, (seen, _) in found.items() if seen] == [first]


def test_drawn_frames_differ_and_are_described():
    found = frames(explorer(curve).static())
    assert len({face for _, face in found.values()}) == len(TAUS) * len(NOISES)
    for i, j in product(range(len(TAUS)), range(len(NOISES))):
        label = f'aria-label="{describe(TAUS[i], NOISES[j])}"'
        assert label in found[f"{i},{j}"][1]
    assert plt.get_fignums() == []


def test_controls_are_labelled_and_stand_at_the_start():
    page = Elements(explorer(start=START).static())
    ((name,),) = page.all("figure", "id")
    ids = page.all("input", "id")
    assert ids == [(f"{name}-tau",), (f"{name}-noise",)]
    assert page.all("label", "for") == page.all("output", "for") == ids
    labels = [json.loads(text) for (text,) in page.all("input", "data-labels")]
    assert labels == [["1", "2", "4"], ["0.5", "0.25"]]
    places = page.all("input", "min", "max", "value", "aria-valuetext")
    assert places == [("0", "2", "2", "4"), ("0", "1", "1", "0.25")]
    assert page.all("input", "type", "data-control") == [("range", None)] * 2


def test_the_page_needs_nothing_but_itself():
    static = explorer(curve).static()
    name = Elements(static).all("figure")[0]["id"]
    script = static[static.index("<script>") :]
    assert f'querySelectorAll("#{name}")' in script and "EXPLORER" not in script
    assert set(re.findall(r"https?:[^\"' ]*", static)) == {NAMESPACE}
    assert "<figcaption>Move <b>both</b>.</figcaption>" in static
    assert '<div class="controls" hidden>' in static  # of no use without the script


def test_labels_are_words_not_markup():
    options = ["<unk>", 'say "a"', "a & b"]
    for option in options:
        more = {"token": options, "start": {"token": option}}
        static = explorer(lambda token: "<p>x</p>", "A token.", **more).static()
        (control,) = Elements(static).all("input")
        assert json.loads(control["data-labels"]) == options
        assert control["aria-valuetext"] == option
        shown = re.search("<output[^>]*>([^<]*)</output>", static)
        assert shown and html.unescape(shown[1]) == option


def test_playing_is_asked_for():
    assert "data-autoplay" not in Elements(explorer().static()).all("figure")[0]
    playing = explorer(autoplay=True, pace=250, tau=TAUS, noise=NOISES)
    figures = Elements(playing.static()).all("figure", "data-autoplay", "data-pace")
    assert figures == [("1", "250")]


def test_no_two_things_share_an_id():
    first = explorer(curve)
    others = [
        explorer(curve, caption="Another."),
        explorer(curve, alt="Another."),
        explorer(curve, alt="Another.", tau=TAUS, noise=[0.5, 0.75]),
        explorer(curve, tau=TAUS, noise=[0.5, 0.75]),
        explorer(curve, noise=NOISES, tau=TAUS),
    ]
    pages = [one.static() for one in (first, *others)]
    everything = [one for page in pages for _, one in Elements(page).found]
    ids = [attributes["id"] for attributes in everything if "id" in attributes]
    assert len(set(ids)) == len(ids) > len(pages)
    for page in pages:
        assert set(re.findall(r'(?:url\(#|href="#)([^)"]+)', page)) <= set(ids)
    assert explorer(curve).static() == pages[0]  # and the saved page does not change


@pytest.mark.parametrize("drawn", [None, 3, ["<p>"], b"<p>"])
def test_draw_must_return_a_figure_or_html(drawn):
    wrong = explorer(lambda tau, noise: drawn)
    for face in (wrong.static, wrong.live):
        with pytest.raises(TypeError, match=type(drawn).__name__):
            face()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "at least one"),
        ({"tau": []}, "tau"),
        ({"tau": [1]}, "tau"),
        ({"noise": NOISES, "tau": [1, 2, 1]}, "tau"),
        ({"tau": [1, 2], "start": {"tau": 3}}, "tau = 3"),
        ({"tau": [1, 2], "start": {"noise": 1}}, "noise = 1"),
    ],
)
def test_bad_parameters_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        explore(words, alt="A.", caption="C.", **parameters)


@pytest.mark.parametrize("draw", [words, curve])
def test_a_live_slider_draws_anew(draw):
    live = explorer(draw, start=START).live()
    box, frame, caption = live.children
    sliders = dict(zip(("tau", "noise"), box.children))
    assert isinstance(frame, ipywidgets.HTML) and caption.value == "Move <b>both</b>."
    assert {name: slider.value for name, slider in sliders.items()} == START
    static = frames(explorer(draw).static())
    assert frame.value == static["2,1"][1]
    sliders["tau"].value = 2
    assert frame.value == static["1,1"][1]
    sliders["noise"].value = 0.5
    assert frame.value == static["1,0"][1]
    assert [slider.options for slider in sliders.values()] == [
        (("1", 1), ("2", 2), ("4", 4)),
        (("0.5", 0.5), ("0.25", 0.25)),
    ]


def test_a_notebook_gets_both_faces_and_text():
    shown = explorer(start=START)
    bundle = shown._repr_mimebundle_()
    assert bundle["text/html"] == shown.static()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    ranges = "tau in ['1', '2', '4'], noise in ['0.5', '0.25']"
    assert repr(shown) == f"Explorer: {describe(4, 0.25)} Move {ranges}."
    assert bundle["text/plain"] == repr(shown)
