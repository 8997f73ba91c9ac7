"""A small assignment, and the means to fill it in well and badly."""

import contextlib
import json
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from homework.release import released

MOST = {
    "double-tests": 2,
    "area-tests": 3,
    "answer-tests": 2,
    "give-tests": 2,
    "why": 3,
}
ROOT = Path(__file__).resolve().parents[2]


def _cell(make, source, grade_id, **kind):
    metadata = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    } | kind
    named = {"nbgrader": {"schema_version": 3, "grade_id": grade_id} | metadata}
    return make(source, id=grade_id, metadata=named)


def _question(name, solution, tests, points):
    return [
        new_markdown_cell(f"## {name}\n\nWrite it.", id=f"{name}-text"),
        _cell(new_code_cell, solution, name, solution=True),
        _cell(
            new_code_cell,
            tests,
            f"{name}-tests",
            grade=True,
            locked=True,
            points=points,
        ),
    ]


def master():
    """Four questions of code and a written one: 2 + 3 + 2 + 2 + 3 points."""
    cells = [
        new_markdown_cell("# A small assignment", id="title"),
        _cell(
            new_code_cell, "import math\nimport numpy as np", "start-given", locked=True
        ),
        *_question(
            "double",
            "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
            "points = 2.0 * (double(3) == 6)\n### BEGIN HIDDEN TESTS\nassert double(2.5) == 5\n"
            "### END HIDDEN TESTS\npoints",
            2,
        ),
        *_question(
            "area",
            "def area(r):\n    ### BEGIN SOLUTION\n    return math.pi * r**2\n    ### END SOLUTION",
            "points = sum(1.0 for r in (0, 1, 2) if abs(area(r) - math.pi * r * r) < 1e-9)\npoints",
            3,
        ),
        *_question(
            "answer",
            "### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION",
            "points = 2.0 * (answer == 42)\npoints",
            2,
        ),
        *_question(
            "give",
            "def give(most):\n    ### BEGIN SOLUTION\n    return float(most)\n    ### END SOLUTION",
            "give(2)",
            2,
        ),
        new_markdown_cell("## why\n\nSay why.", id="why-text"),
        _cell(
            new_markdown_cell,
            "Because. **Marking**: 3 for anything.",
            "why",
            grade=True,
            solution=True,
            points=3,
        ),
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return notebook


GOOD = {
    "double": "def double(x):\n    return x + x",
    "area": "def area(r):\n    return math.pi * r * r",
    "answer": "answer = 6 * 7",
    "give": "def give(most):\n    return 1.0 * most",
    "why": "It has to be.",
}


def submission(**sources):
    """Return the release with the good answers in it, but for those that are given here; None leaves the stub."""
    notebook = released(master())
    for name, source in (GOOD | sources).items():
        if source is not None:
            cell_of(notebook, name).source = source
    return notebook


def cell_of(notebook, name):
    """Return the cell with a grade_id."""
    return next(
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == name
    )


def index_of(notebook, name):
    """Return the place of the cell with a grade_id."""
    return notebook.cells.index(cell_of(notebook, name))


def save(notebook, path: Path) -> Path:
    """Write a notebook, however broken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def save_master(folder: Path) -> Path:
    """Write the master as ``toy.ipynb``."""
    return save(master(), folder / "source" / "toy.ipynb")


def survivors(homes: Path, *words: str) -> list[str]:
    """Name the living processes that have a home below a folder, or one of the words in their command line."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            marked = f"HOME={homes}/".encode() in (folder / "environ").read_bytes()
            if marked or any(word in command for word in words):
                found.append(command)
    return found


def text_of(notebook) -> bytes:
    """Return a notebook as a submitted file."""
    return json.dumps(notebook).encode()
