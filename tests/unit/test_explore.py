"""Explorers: every frame on the page, one of them seen, and the same drawing under live sliders."""

import html
import json
import re
from html.parser import HTMLParser

import ipywidgets
import matplotlib.pyplot as plt
import pytest

from rnnlib.explore import explore

TAUS, NOISES = [1, 2, 4], [0.5, 0.25]
START = {"noise": 0.25, "tau": 4}
FRAME = r'<div class="frame" data-key="([^"]*)"( hidden)?>(.*?)</div>(?=<div class="frame"|</div><div class="controls")'
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

    def all(self, wanted):
        return [attributes for tag, attributes in self.found if tag == wanted]


def frames(static):
    return {key: (not hidden, face) for key, hidden, face in re.findall(FRAME, static)}


@pytest.mark.parametrize(
    ("start", "first"), [(None, "0,0"), (START, "2,1"), ({"noise": 0.25}, "0,1")]
)
def test_every_choice_is_a_frame_and_the_start_is_seen(start, first):
    found = frames(explorer(start=start).static())
    assert {key: face for key, (_, face) in found.items()} == {
        f"{i},{j}": words(tau, noise)
        for i, tau in enumerate(TAUS)
        for j, noise in enumerate(NOISES)
    }
    assert [key for key, (seen, _) in found.items() if seen] == [first]


def test_drawn_frames_differ_and_are_described():
    found = frames(explorer(curve).static())
    assert (
        len(found)
        == len({face for _, face in found.values()})
        == len(TAUS) * len(NOISES)
    )
    for key, (_, face) in found.items():
        tau, noise = (
            values[int(i)] for values, i in zip((TAUS, NOISES), key.split(","))
        )
        assert f'aria-label="{describe(tau, noise)}"' in face
    assert plt.get_fignums() == []


def test_controls_are_labelled_and_stand_at_the_start():
    page = Elements(explorer(start=START).static())
    controls, (figure,) = page.all("input"), page.all("figure")
    assert [control["id"] for control in controls] == [
        f"{figure['id']}-tau",
        f"{figure['id']}-noise",
    ]
    assert [label["for"] for label in page.all("label")] == [
        control["id"] for control in controls
    ]
    assert [output["for"] for output in page.all("output")] == [
        control["id"] for control in controls
    ]
    assert [json.loads(control["data-labels"]) for control in controls] == [
        ["1", "2", "4"],
        ["0.5", "0.25"],
    ]
    places = [
        (control["min"], control["max"], control["value"]) for control in controls
    ]
    assert places == [("0", "2", "2"), ("0", "1", "1")]
    assert [control["aria-valuetext"] for control in controls] == ["4", "0.25"]
    assert all(
        "data-control" in control and control["type"] == "range" for control in controls
    )


def test_the_page_needs_nothing_but_itself():
    static = explorer(curve).static()
    name = Elements(static).all("figure")[0]["id"]
    script = static[static.index("<script>") :]
    assert f'getElementById("{name}")' in script and "EXPLORER" not in script
    assert set(re.findall(r"https?:[^\"' ]*", static)) == {NAMESPACE}
    assert (
        "src=" not in static and "<figcaption>Move <b>both</b>.</figcaption>" in static
    )
    assert re.search(
        r'<div class="controls" hidden>', static
    )  # of no use without the script


def test_labels_are_words_not_markup():
    options = ["<unk>", 'say "a"', "a & b"]
    for option in options:
        shown = explore(
            lambda token: "<p>x</p>",
            alt="A.",
            caption="C.",
            token=options,
            start={"token": option},
        )
        static = shown.static()
        (control,) = Elements(static).all("input")
        assert (
            json.loads(control["data-labels"]) == options
            and control["aria-valuetext"] == option
        )
        assert (
            html.unescape(re.search("<output[^>]*>([^<]*)</output>", static)[1])
            == option
        )


def test_playing_is_asked_for():
    assert "data-autoplay" not in Elements(explorer().static()).all("figure")[0]
    playing = explore(
        words, alt="A.", caption="C.", autoplay=True, pace=250, tau=TAUS, noise=NOISES
    )
    figure = Elements(playing.static()).all("figure")[0]
    assert (figure["data-autoplay"], figure["data-pace"]) == ("1", "250")


def test_no_two_things_share_an_id():
    first = explorer(curve)
    others = [
        explorer(curve, caption="Another."),
        explorer(curve, alt="Another."),
        explorer(curve, tau=TAUS, noise=[0.5, 0.75]),
        explorer(curve, noise=NOISES, tau=TAUS),
    ]
    pages = [one.static() for one in (first, *others)]
    names = [Elements(page).all("figure")[0]["id"] for page in pages]
    assert len(set(names)) == len(names)
    ids = [
        attributes["id"]
        for page in pages
        for _, attributes in Elements(page).found
        if "id" in attributes
    ]
    assert len(set(ids)) == len(ids)
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
    assert (
        bundle["text/html"] == shown.static()
        and "application/vnd.jupyter.widget-view+json" in bundle
    )
    assert bundle["text/plain"] == repr(shown)
    assert (
        repr(shown)
        == f"Explorer: {describe(4, 0.25)} Move tau in ['1', '2', '4'], noise in ['0.5', '0.25']."
    )
