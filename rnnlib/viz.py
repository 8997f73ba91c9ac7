"""The book's pictures: one palette, one style, figures that follow the page's light or dark scheme."""

import ast
import hashlib
import html
import inspect
import io
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

# name: (light, dark). A figure is drawn in the light colours; on the site each becomes a CSS variable.
PALETTE = {
    "ink": ("#1f2937", "#e5e9f0"),
    "muted": ("#5b6472", "#a9b4c4"),
    "grid": ("#e3e7ee", "#323b49"),
    "paper": ("#fffffe", "#14181e"),
    "blue": ("#1f5fa8", "#7ab8ff"),
    "orange": ("#b8500f", "#ffab66"),
    "green": ("#0f766a", "#4fd6bd"),
    "purple": ("#7a3fa8", "#cfa5ff"),
    "rose": ("#b1275a", "#ff91b5"),
}
INK, MUTED, GRID, PAPER, BLUE, ORANGE, GREEN, PURPLE, ROSE = (
    light for light, _ in PALETTE.values()
)

STYLE = {
    "figure.figsize": (6.2, 2.9),
    "figure.facecolor": PAPER,
    "figure.constrained_layout.use": True,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",
    "svg.hashsalt": "rnnlib",
    "font.size": 10.5,
    "text.color": INK,
    "axes.facecolor": PAPER,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PURPLE, ROSE]),
    "grid.color": GRID,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
}


def use_style() -> None:
    """Draw every later figure in the book's style.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["axes.edgecolor"]
    '#5b6472'
    """
    plt.rcParams.update(STYLE)


class Picture(NamedTuple):
    """A drawn figure with its words: shown as SVG by a notebook, as ``alt`` wherever there is only text."""

    svg: str
    alt: str
    caption: str

    def _repr_html_(self) -> str:
        caption = f"<figcaption>{self.caption}</figcaption>" if self.caption else ""
        return f'<figure class="picture">{self.svg}{caption}</figure>'

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"


def show(fig: Figure, *, alt: str, caption: str = "") -> Picture:
    """Close a figure and return it as a picture for the cell to end with.

    Parameters
    ----------
    fig : a finished matplotlib figure
    alt : what is seen, for those who do not see it; one or two sentences
    caption : what to notice, printed below; may hold HTML

    Raises
    ------
    ValueError
        If ``alt`` is empty.

    Examples
    --------
    >>> fig, ax = plt.subplots()
    >>> show(fig, alt="Empty axes.")
    Figure: Empty axes.
    """
    return Picture(to_svg(fig, alt=alt), alt, caption)


def to_svg(fig: Figure, *, alt: str, name: str = "") -> str:
    """Close a figure and write it as an SVG element: small, described, coloured by the page's variables.

    Coordinates keep two decimals (of a point), so that the last bits of a computation cannot change the file.

    Parameters
    ----------
    name : makes the ids inside unlike those of other figures on the page; taken from the drawing itself when left out
    """
    if not alt.strip():
        raise ValueError("alt must say what is seen; got an empty text")
    buffer = io.StringIO()
    with plt.rc_context({key: STYLE[key] for key in ("svg.fonttype", "svg.hashsalt")}):
        fig.savefig(
            buffer,
            format="svg",
            metadata={key: None for key in ("Creator", "Date", "Format", "Type")},
        )
    plt.close(fig)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(
        r"<[^>]+>", lambda tag: re.sub(r"-?\d+\.\d{3,}", _two_decimals, tag[0]), svg
    )
    svg = re.sub(
        r"<defs>\s*<style.*?</defs>", "", svg, flags=re.S
    )  # a style element would speak to the whole page
    svg = re.sub(
        r"font-family: 'DejaVu Sans'[^;\"]*;? ?", "", svg
    )  # the page's own letters
    svg = re.sub(r"\s*\n\s*", " ", svg)
    for colour, (light, _) in PALETTE.items():
        svg = svg.replace(light, f"var(--c-{colour},{light})")
    prefix = name or "f" + hashlib.sha256(svg.encode()).hexdigest()[:6]
    svg = _short_ids(svg, prefix)
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    style = (
        f"width:100%;max-width:{width * 1.55:.0f}px;height:auto;stroke-linejoin:round"
    )
    head = f'<svg role="img" aria-label="{html.escape(alt)}" style="{style}"'
    opening = r'<svg (xmlns:xlink="[^"]*" )?width="[^"]*" height="[^"]*"'
    return head + svg[re.match(opening, svg).end() :]


def _two_decimals(match: re.Match) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def _short_ids(svg: str, prefix: str) -> str:
    """Keep only the ids that are pointed at, renamed to prefix + number."""
    used = dict.fromkeys(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", svg))
    names = {old: f"{prefix}-{number}" for number, old in enumerate(used)}
    svg = re.sub(
        r' id="([^"]+)"', lambda m: f' id="{names[m[1]]}"' if m[1] in names else "", svg
    )
    return re.sub(r"(url\(#|href=\"#)([^)\"]+)", lambda m: m[1] + names[m[2]], svg)


class Words(str):
    """A sentence made from computed numbers: shown as running text by a notebook."""

    def _repr_markdown_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)


def say(sentence: str) -> Words:
    """Return a sentence for the cell to end with, so that no number in the prose is typed by hand.

    Examples
    --------
    >>> say(f"Two and two make {2 + 2}.")
    Two and two make 4.
    """
    return Words(sentence)


class Bar:
    """A bar that fills, with lines of text below it, in a live notebook; one sentence wherever there is none."""

    def __init__(self, total: int) -> None:
        try:
            import ipywidgets
        except ImportError:
            self.face = None
            return
        self.bar = ipywidgets.IntProgress(max=total, layout={"width": "100%"})
        self.text = ipywidgets.HTML()
        self.face = ipywidgets.VBox([self.bar, self.text])

    def __repr__(self) -> str:
        return "(Run live, a bar fills here.)"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        widget = self.face._repr_mimebundle_() if self.face else None
        return (widget or {}) | {"text/plain": repr(self)}

    def move(self, number: int, line: str | None) -> None:
        """Fill the bar so far, and add a line."""
        if self.face:
            self.bar.value = number
            self.text.value += f"<pre>{html.escape(line)}</pre>" if line else ""


def progress(
    steps: Iterable, total: int, line: Callable[[Any], str | None] = lambda step: None
) -> Iterator:
    """Hand on the steps of a run one by one, and let a bar fill meanwhile where there is somebody to see it.

    What is saved with the notebook is one sentence that does not depend on the run.

    Parameters
    ----------
    total : how many steps there will be
    line : called with each step; a text that it returns is shown below the bar, in a live notebook only

    Examples
    --------
    >>> list(progress(range(3), 3))
    (Run live, a bar fills here.)
    [0, 1, 2]
    """
    from IPython.display import display

    bar = Bar(total)
    display(bar)
    for number, step in enumerate(steps, start=1):
        said = line(step)
        if said or number == total or not number % 20:
            bar.move(number, said)
        yield step


class Code(str):
    """Python source, shown with colours by a notebook."""

    def _repr_markdown_(self) -> str:
        return f"```python\n{self}\n```"

    def __repr__(self) -> str:
        return str(self)


def source(function: Callable) -> Code:
    """Return a function's own source without its docstring, so that the page shows the very code that runs.

    Examples
    --------
    >>> source(say)
    def say(sentence: str) -> Words:
        return Words(sentence)
    """
    lines = inspect.getsource(function).rstrip().split("\n")
    definition = ast.parse(textwrap.dedent("\n".join(lines))).body[0]
    if not isinstance(definition, ast.FunctionDef | ast.ClassDef):
        raise TypeError(f"function must be written with def; got {lines[0].strip()}")
    head = definition.body[0]
    described = isinstance(head, ast.Expr) and isinstance(
        getattr(head.value, "value", None), str
    )
    return Code(
        "\n".join(
            lines[: head.lineno - 1] + lines[head.end_lineno :] if described else lines
        )
    )
