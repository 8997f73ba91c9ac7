"""Every explorer is drawn at every value: no exception, finite data, and something to see when it moves."""

import os
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from notebooks import NOTEBOOKS, cells, name, text

import rnnlib.explore
import rnnlib.quiz

WITH_EXPLORERS = [
    path
    for path in NOTEBOOKS
    if any("explore(" in text(cell) for cell in cells(path, "code"))
]


def explorers_of(path: Path, monkeypatch) -> list[rnnlib.explore.Explorer]:
    """Run a notebook's code in this process up to its last explorer, and collect the explorers that it makes."""
    found = []
    make = rnnlib.explore.explore
    monkeypatch.setattr(
        rnnlib.explore,
        "explore",
        lambda *args, **kwargs: found.append(make(*args, **kwargs)),
    )
    monkeypatch.setattr(rnnlib.quiz, "quiz", lambda questions: None)
    monkeypatch.chdir(path.parent)
    space: dict = {"__name__": "__main__"}
    code = cells(path, "code")
    last = max(n for n, cell in enumerate(code) if "explore(\n" in text(cell))
    for cell in code[: last + 1]:
        exec(compile(text(cell), f"{path.name}:{cell['id']}", "exec"), space)
    return found


def drawn_numbers(figure: Figure) -> list[np.ndarray]:
    numbers = []
    for ax in figure.axes:
        numbers += [np.asarray(ax.get_xlim()), np.asarray(ax.get_ylim())]
        numbers += [np.asarray(line.get_xydata(), dtype=float) for line in ax.lines]
        numbers += [
            np.asarray(patch.get_extents().get_points()) for patch in ax.patches
        ]
        numbers += [np.asarray(image.get_array(), dtype=float) for image in ax.images]
        numbers += [
            np.ma.filled(group.get_offsets(), np.nan) for group in ax.collections
        ]
    return numbers


@pytest.mark.parametrize("path", WITH_EXPLORERS, ids=name)
def test_every_value_of_every_explorer(path, monkeypatch, capsys):
    found = explorers_of(path, monkeypatch)
    assert len(found) == sum(
        text(cell).count("explore(\n") for cell in cells(path, "code")
    )
    for explorer in found:
        faces = {}
        for choice in explorer.choices:
            drawn = explorer.draw(**choice)
            if isinstance(drawn, Figure):
                assert all(
                    np.isfinite(array).all() for array in drawn_numbers(drawn)
                ), (explorer.caption, choice)
                plt.close(drawn)
            face = explorer.face(choice)
            # the ids and the words differ from frame to frame; what is drawn must differ too
            faces[explorer.key(choice)] = re.sub(
                rf'{explorer.name}[\d-]*|aria-label="[^"]*"', "", face
            )
            assert explorer.describe(choice).strip()
        for place, values in enumerate(explorer.parameters.values()):
            moved = {tuple(key.split(","))[place] for key in faces}
            assert len(moved) == len(values)
        assert len(set(faces.values())) == len(faces), (
            f"{explorer.caption}: two positions look the same"
        )


def test_the_book_has_explorers():
    assert len(WITH_EXPLORERS) >= 3
    assert os.environ.get("MPLBACKEND") == "agg"
