"""Explorers: a drawing with sliders that moves in a live notebook and on a static page alike."""

import hashlib
import html
import inspect
import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import product

from matplotlib.figure import Figure

from rnnlib.viz import to_svg

SCRIPT = (files("rnnlib") / "explore.js").read_text(encoding="utf-8")


class Explorer:
    """A drawing for every choice of its parameters; see ``explore``."""

    def __init__(self, draw, alt, caption, start, autoplay, pace, parameters):
        self.draw, self.alt, self.caption = draw, alt, caption
        self.autoplay, self.pace, self.parameters = autoplay, pace, parameters
        self.start = {name: values[0] for name, values in parameters.items()} | start
        self.choices = [
            dict(zip(parameters, values)) for values in product(*parameters.values())
        ]
        described = _source(draw) + repr(
            [caption, parameters, [self.describe(choice) for choice in self.choices]]
        )
        self.name = "explorer-" + hashlib.sha256(described.encode()).hexdigest()[:8]

    def describe(self, choice: dict) -> str:
        """Say what is seen at one choice of the parameters."""
        return self.alt(**choice) if callable(self.alt) else self.alt

    def face(self, choice: dict) -> str:
        """Draw one choice as HTML: a figure becomes SVG, a text stands as it is."""
        drawn = self.draw(**choice)
        if isinstance(drawn, Figure):
            return to_svg(
                drawn,
                alt=self.describe(choice),
                name=f"{self.name}-{self.key(choice).replace(',', '-')}",
            )
        if isinstance(drawn, str):
            return drawn
        raise TypeError(
            f"draw must return a matplotlib Figure or a string of HTML; got {type(drawn).__name__}"
        )

    def key(self, choice: dict) -> str:
        """Name one choice by the places of its values, as the page's script does."""
        return ",".join(
            str(self.parameters[name].index(value)) for name, value in choice.items()
        )

    def static(self) -> str:
        """Write the face that needs no kernel: every frame drawn, all but the first hidden."""
        frames, controls = [], []
        for choice in self.choices:
            hidden = "" if choice == self.start else " hidden"
            frames.append(
                f'<div class="frame" data-key="{self.key(choice)}"{hidden}>{self.face(choice)}</div>'
            )
        for name, values in self.parameters.items():
            labels = html.escape(json.dumps([_label(value) for value in values]))
            control = f"{self.name}-{name}"
            shown = html.escape(_label(self.start[name]))
            controls.append(
                f'<label for="{control}">{_title(name)}</label>'
                f'<input type="range" id="{control}" data-control min="0" max="{len(values) - 1}" step="1" '
                f'value="{values.index(self.start[name])}" data-labels="{labels}" '
                f'aria-valuetext="{shown}">'
                f'<output for="{control}" aria-live="off">{shown}</output>'
            )
        autoplay = ' data-autoplay="1"' if self.autoplay else ""
        return (
            f'<figure class="explorer" id="{self.name}" data-pace="{self.pace}"{autoplay}>'
            f'<div class="frames">{"".join(frames)}</div>'
            f'<div class="controls" hidden>{"".join(controls)}<button type="button">Play</button></div>'
            f"<figcaption>{self.caption}</figcaption></figure>"
            f"<script>{SCRIPT.replace('EXPLORER', self.name)}</script>"
        )

    def live(self):
        """Build the face that needs a kernel: each move draws anew."""
        import ipywidgets

        frame = ipywidgets.HTML(self.face(self.start))
        sliders = {
            name: ipywidgets.SelectionSlider(
                options=[(_label(value), value) for value in values],
                value=self.start[name],
                description=_title(name),
                style={"description_width": "initial"},
            )
            for name, values in self.parameters.items()
        }

        def redraw(_change) -> None:
            frame.value = self.face(
                {name: slider.value for name, slider in sliders.items()}
            )

        for slider in sliders.values():
            slider.observe(redraw, names="value")
        return ipywidgets.VBox(
            [
                ipywidgets.HBox(list(sliders.values())),
                frame,
                ipywidgets.HTML(self.caption),
            ]
        )

    def __repr__(self) -> str:
        ranges = ", ".join(
            f"{name} in {[_label(v) for v in values]}"
            for name, values in self.parameters.items()
        )
        return f"Explorer: {self.describe(self.start)} Move {ranges}."

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        bundle = {"text/html": self.static(), "text/plain": repr(self)}
        try:
            widget = self.live()._repr_mimebundle_() or {}
        except ImportError:
            return bundle
        return widget | bundle


def explore(
    draw: Callable[..., Figure | str],
    *,
    alt: str | Callable[..., str],
    caption: str,
    start: dict | None = None,
    autoplay: bool = False,
    pace: int = 900,
    **parameters: Sequence,
) -> Explorer:
    """Let the reader move the parameters of a drawing, with a kernel or without.

    Parameters
    ----------
    draw : called with one value of each parameter; returns a matplotlib figure, or HTML
    alt : what is seen; a text, or a function of the parameters that returns it
    caption : what to try and what to notice; may hold HTML
    start : where the sliders stand at first; the first values when left out
    autoplay : whether the first slider moves by itself (never for readers who ask for less motion)
    pace : milliseconds from frame to frame when played
    **parameters : the values of each parameter, in the order of the slider

    Raises
    ------
    ValueError
        If there is no parameter, a parameter has fewer than two values or repeats one, or ``start`` is not among them.

    Examples
    --------
    >>> square = lambda x: f"<p>{x} squared is {x * x}</p>"
    >>> explore(square, alt="A number and its square.", caption="Move x.", x=[1, 2, 3])
    Explorer: A number and its square. Move x in ['1', '2', '3'].
    """
    values = {name: list(options) for name, options in parameters.items()}
    if not values:
        raise ValueError(
            "explore needs at least one parameter with its values, such as tau=[1, 2, 4]; got none"
        )
    for name, options in values.items():
        if len(options) < 2 or any(
            option in options[:i] for i, option in enumerate(options)
        ):
            raise ValueError(
                f"{name} must have at least two values, all different; got {options}"
            )
    for name, value in (start or {}).items():
        if name not in values or value not in values[name]:
            raise ValueError(
                f"start must pick from the parameters' values; got {name} = {value!r}"
            )
    return Explorer(draw, alt, caption, start or {}, autoplay, pace, values)


def _label(value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _title(name: str) -> str:
    return name.replace("_", " ")


def _source(draw: Callable) -> str:
    try:
        return inspect.getsource(draw)
    except (OSError, TypeError):  # a callable without a text, such as a partial
        return ""
