"""A class with every disaster in it: each submission gets exactly its points, nothing is lost, nothing survives."""

import csv
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from classroom import (
    GOOD,
    MOST,
    cell_of,
    index_of,
    save,
    save_master,
    submission,
    survivors,
    text_of,
)
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from homework.batch import grade_class
from homework.isolate import Limits

LIMITS = Limits(seconds=10, total=90, memory=2**30)
TESTS = ["double-tests", "area-tests", "answer-tests", "give-tests"]
FULL = (2, 3, 2, 2)
SLEEPER = "sleep 98765"
LOOP = "while True: pass"
STUBBORN = """def double(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass"""
ORPHAN = f"""import os, subprocess
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        subprocess.Popen("{SLEEPER}1".split())
        os.execvpe("sleep", "{SLEEPER}2".split(), {{}})
    os._exit(0)
answer = 42"""
ODD = """from IPython.display import display
display({"image/png": 5, "text/html": ["a"], "application/json": {"b": 1}}, raw=True)
display({"text/html": "<b>" * 10**6, "text/plain": "bold"}, raw=True)
answer = 42"""
CROWD = f"""import subprocess, time
sleepers = [subprocess.Popen("{SLEEPER}3".split()) for _ in range(90)]
time.sleep(60)"""
SNOOP = """def give(most):
    import glob, os
    places = ["*", "../*", "../../*", "../../submissions/*", "../other/*"]
    seen = [path for place in places for path in glob.glob(place) + glob.glob(place + "/*")]
    return 2.0 if any("ipynb" in path or "gradebook" in path for path in seen) else 0.5"""


class Case(NamedTuple):
    """What is handed in, the points of the four tests, and the words that must be flagged."""

    notebook: object
    points: tuple = FULL
    flags: tuple = ()
    why: float | None = None  # None: a person must grade it


def changed(name, **changes):
    notebook = submission()
    cell = cell_of(notebook, name)
    for key, value in changes.items():
        cell[key] = value
    return notebook


def without(*names):
    notebook = submission()
    for name in names:
        notebook.cells.remove(cell_of(notebook, name))
    return notebook


def with_cell(after, source, make=new_code_cell, **sources):
    notebook = submission(**sources)
    notebook.cells.insert(index_of(notebook, after) + 1, make(source))
    return notebook


def copied(name, **sources):
    notebook = submission(**sources)
    cell = nbformat.from_dict(cell_of(notebook, name))
    cell.id = "another"
    notebook.cells.insert(index_of(notebook, name) + 1, cell)
    return notebook


def renamed():
    notebook = submission()
    cell_of(notebook, "area").metadata.nbgrader.grade_id = "surface"
    return notebook


def other_points():
    notebook = submission(double="def double(x):\n    return 3 * x")
    cell_of(notebook, "double-tests").metadata.nbgrader.points = 100
    return notebook


def stripped():
    notebook = submission()
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"cell-{number}"
    notebook.metadata = {}
    return notebook


def other_kernel():
    notebook = submission()
    notebook.metadata.kernelspec = {
        "name": "conda-env-mine",
        "display_name": "Mine",
        "language": "python",
    }
    return notebook


def gives(value):
    return submission(give=f"def give(most):\n    return {value}")


CASES = {
    "good": Case(submission()),
    "half": Case(
        submission(
            double="def double(x):\n    return x",
            area="def area(r):\n    return math.pi * r",
        ),
        (0, 2, 2, 2),
    ),
    "known": Case(
        submission(double="def double(x):\n    return {3: 6}[x]"), (0, 3, 2, 2)
    ),
    "untouched": Case(submission(**dict.fromkeys(GOOD)), (0, 0, 0, 0), why=0),
    "blank": Case(submission(why="  \n"), why=0),
    "warning": Case(
        submission(
            area="def area(r):\n    np.float64(1) / np.float64(0)\n    return math.pi * r * r"
        )
    ),
    "float64": Case(gives("np.float64(1.5)"), (2, 3, 2, 1.5)),
    "float32": Case(gives("np.float32(0.5)"), (2, 3, 2, 0.5)),
    "whole": Case(gives("1"), (2, 3, 2, 1)),
    "bool": Case(gives("True"), (2, 3, 2, 0), ("no points read: give-tests",)),
    "string": Case(gives("'2.0'"), (2, 3, 2, 0), ("no points read: give-tests",)),
    "nan": Case(gives("float('nan')"), (2, 3, 2, 0), ("no points read: give-tests",)),
    "infinite": Case(
        gives("float('inf')"), (2, 3, 2, 0), ("no points read: give-tests",)
    ),
    "negative": Case(gives("-1.0"), (2, 3, 2, 0), ("no points read: give-tests",)),
    "too-much": Case(gives("2.5"), (2, 3, 2, 0), ("no points read: give-tests",)),
    "nothing": Case(gives("None"), (2, 3, 2, 0), ("no points read: give-tests",)),
    "list": Case(gives("[2.0]"), (2, 3, 2, 0), ("no points read: give-tests",)),
    "array": Case(
        gives("np.full(3, 2.0)"), (2, 3, 2, 0), ("no points read: give-tests",)
    ),
    "loop-in-call": Case(
        submission(double=f"def double(x):\n    {LOOP}"),
        (0, 3, 2, 2),
        ("stopped: double-tests: took",),
    ),
    "loop-at-top": Case(
        submission(answer=LOOP), (2, 3, 0, 2), ("stopped: answer: took",)
    ),
    "loop-in-sleep": Case(
        submission(area="def area(r):\n    import time\n    time.sleep(10**6)"),
        (2, 0, 2, 2),
        ("stopped: area-tests: took",),
    ),
    "loop-stubborn": Case(
        submission(double=STUBBORN), (0, 3, 2, 2), ("stopped: double-tests: took",)
    ),
    "loop-own-cell": Case(with_cell("area", LOOP), flags=("stopped: extra-",)),
    "sys-exit": Case(
        submission(double="def double(x):\n    import sys\n    sys.exit()"),
        (0, 3, 2, 2),
    ),
    "exit": Case(
        submission(answer="answer = 42\nexit()"),
        (2, 3, 0, 2),
        ("stopped: answer: exit() was called",),
    ),
    "os-exit": Case(
        submission(double="def double(x):\n    import os\n    os._exit(0)"),
        (0, 3, 2, 2),
        ("stopped: double-tests: the",),
    ),
    "segfault": Case(
        submission(answer="import ctypes\nctypes.string_at(0)"),
        (2, 3, 0, 2),
        ("stopped: answer: the kernel died",),
    ),
    "parricide": Case(
        submission(area="def area(r):\n    import os\n    os.kill(os.getppid(), 9)"),
        (2, 0, 2, 2),
        ("stopped: area-tests: the",),
    ),
    "no-test": Case(without("area-tests"), flags=("deleted: area-tests",)),
    "no-test-no-answer": Case(
        without("area-tests", "area"),
        (2, 0, 2, 2),
        ("deleted: area-tests", "deleted: area"),
    ),
    "edited-test": Case(
        changed("double-tests", source="points = 2.0\npoints"),
        flags=("edited: double-tests",),
    ),
    "edited-points": Case(
        other_points(), (0, 3, 2, 2), ("edited points: double-tests",)
    ),
    "copied": Case(copied("double"), flags=("duplicated: double",)),
    "copied-test": Case(copied("area-tests"), flags=("duplicated: area-tests",)),
    "copied-stub": Case(
        copied("double", double=None), (0, 3, 2, 2), ("duplicated: double",)
    ),
    "renamed": Case(renamed(), flags=("renamed: area",)),
    "stripped": Case(stripped(), flags=("renamed: all metadata was stripped",)),
    "type-changed": Case(
        changed("double", cell_type="markdown"), flags=("cell type changed: double",)
    ),
    "type-changed-test": Case(
        changed("area-tests", cell_type="raw"), flags=("cell type changed: area-tests",)
    ),
    "type-changed-words": Case(
        changed("why", cell_type="code"), flags=("cell type changed: why",)
    ),
    "syntax": Case(submission(double="def double(x)\n    return 2 x"), (0, 3, 2, 2)),
    "long-lines": Case(
        submission(answer="for _ in range(50):\n    print('x' * 10**6)\nanswer = 42")
    ),
    "endless-print": Case(
        submission(double="def double(x):\n    while True:\n        print('x' * 1000)"),
        (0, 3, 2, 2),
        ("stopped: double-tests: took",),
    ),
    "endless-stderr": Case(
        submission(
            answer="import sys\nwhile True:\n    print('x' * 1000, file=sys.stderr)"
        ),
        (2, 3, 0, 2),
        ("stopped: answer: took",),
    ),
    "memory": Case(
        submission(answer="x = []\nwhile True:\n    x.append(bytearray(10**8))"),
        (2, 3, 0, 2),
        ("stopped: answer: out of memory",),
    ),
    "memory-kept": Case(
        submission(
            answer="x = []\ntry:\n    while True:\n        x.append(bytearray(10**8))\nexcept MemoryError:\n    pass"
        ),
        (2, 3, 0, 2),
        ("stopped: answer: out of memory",),
    ),
    "large-file": Case(
        submission(
            answer="with open('x', 'wb') as file:\n    file.write(bytes(10**8))\nanswer = 42"
        ),
        (2, 3, 0, 2),
    ),
    "input": Case(submission(answer="answer = int(input('answer? '))"), (2, 3, 0, 2)),
    "stdin": Case(submission(answer="import os\nanswer = int(os.read(0, 9) or 42)")),
    "recursion": Case(
        submission(double="def double(x):\n    return double(x)"), (0, 3, 2, 2)
    ),
    "recursion-deep": Case(
        submission(
            double="import sys\nsys.setrecursionlimit(10**9)\ndef double(x):\n    return [double(y) for y in [x]]"
        ),
        (0, 3, 2, 2),
        ("stopped: double-tests",),
    ),
    "odd-display": Case(submission(answer=ODD)),
    "kernel": Case(other_kernel(), flags=("unknown kernel: conda-env-mine",)),
    "orphan": Case(submission(answer=ORPHAN)),
    "crowd": Case(
        submission(answer=CROWD),
        (2, 3, 0, 2),
        ("stopped: answer: started more than",),
    ),
    "snoop": Case(submission(give=SNOOP), (2, 3, 2, 0.5)),
    "own-cells": Case(
        with_cell(
            "start-given",
            "import math as m",
            double="def double(x):\n    return 2 * m.floor(x) if x == 3 else x * 2",
        )
    ),
    "own-words": Case(with_cell("area", "# My note", make=new_markdown_cell)),
    "own-reset": Case(with_cell("give-tests", "%reset -f")),
    "not-json": Case(b"\x89PNG not a notebook", (0, 0, 0, 0), ("not JSON",), why=0),
    "not-notebook": Case(b"[1, 2, 3]", (0, 0, 0, 0), ("not a notebook",), why=0),
    "torn": Case(text_of(submission())[:-500], (0, 0, 0, 0), ("not JSON",), why=0),
    "empty": Case(b"", (0, 0, 0, 0), ("empty file",), why=0),
    "no-file": Case(None, (0, 0, 0, 0), ("no file",), why=0),
    "on-roster-only": Case(None, (0, 0, 0, 0), ("no file",), why=0),
    "second-download": Case(submission(), flags=("file name: took toy (1).ipynb",)),
    "two-files": Case(submission(), flags=("several files",)),
    "zipped": Case(submission()),
    "Ana Lovelace": Case(submission()),
}


def hand_in(folder: Path) -> None:
    """Write the submissions as students and their systems do: in folders, nested, flat, zipped, with odd names."""
    folder.mkdir()
    for name, (notebook, *_) in CASES.items():
        content = notebook if isinstance(notebook, bytes | None) else text_of(notebook)
        home = folder / name
        if name == "on-roster-only":
            continue
        if name == "zipped":
            with zipfile.ZipFile(folder / "zipped.zip", "w") as archive:
                archive.writestr("../toy.ipynb", b"above")
                archive.writestr("work/toy.ipynb", content)
            continue
        if name == "good":
            (folder / "good.ipynb").write_bytes(content)
            continue
        if name == "Ana Lovelace":
            home = folder / "Ana Lovelace_12345_assignsubmission_file_"
        if name == "half":
            home = home / "toy"
        home.mkdir(parents=True)
        if content is not None:
            (
                home / ("toy (1).ipynb" if name == "second-download" else "toy.ipynb")
            ).write_bytes(content)
        if name == "two-files":
            save(submission(double=None), home / "toy-old.ipynb")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade the whole class once; the processes' homes lie in a folder of their own."""
    folder = tmp_path_factory.mktemp("class")
    homes = Path(tempfile.mkdtemp(prefix="homes-", dir="/tmp"))
    hand_in(folder / "submissions")
    before, tempfile.tempdir = tempfile.tempdir, str(homes)
    try:
        grade_class(
            save_master(folder),
            folder / "submissions",
            folder / "out",
            roster=list(CASES),
            limits=LIMITS,
        )
        left = survivors(homes, SLEEPER), sorted(homes.glob("hw-*"))
    finally:
        tempfile.tempdir = before
        shutil.rmtree(homes)
    with open(folder / "out" / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    return folder / "out", rows, left


def test_every_student_has_a_row(graded):
    assert list(graded[1]) == sorted(CASES)


@pytest.mark.parametrize("name", CASES)
def test_points_flags_and_page(graded, name):
    out, rows, _ = graded
    case, row = CASES[name], rows[name]
    assert tuple(float(row[test]) for test in TESTS) == case.points, row["flags"]
    assert float(row["score"]) == sum(case.points)
    assert float(row["max"]) == sum(MOST.values())
    assert ("why" in row["needs_hand_grading"].split()) == (case.why is None)
    for words in case.flags:
        assert words in row["flags"]
    if not case.flags:
        assert row["flags"] == ""
    page = (out / "feedback" / name / "toy" / "toy.html").read_text(encoding="utf-8")
    assert f"{sum(case.points):.1f}".rstrip("0") in page
    assert len(page) < 2_000_000


def test_doubtful_points_wait_for_a_person(graded):
    rows = graded[1]
    assert rows["bool"]["needs_hand_grading"].split() == ["give-tests", "why"]
    assert rows["torn"]["needs_hand_grading"].split() == TESTS
    assert rows["no-file"]["needs_hand_grading"] == ""


def test_no_process_and_no_file_is_left(graded):
    assert graded[2] == ([], [])


def test_the_report_names_everything_flagged(graded):
    out, rows, _ = graded
    report = (out / "report.md").read_text(encoding="utf-8")
    for name, row in rows.items():
        assert (f"**{name}**" in report) == bool(row["flags"])


def test_the_formgrader_finds_every_submission(graded):
    out, rows, _ = graded
    courses = CourseDirectory(root=str(out))
    listed = NbGraderAPI(courses).get_notebook_submissions("toy", "toy")
    assert {one["student"] for one in listed} == set(rows)
    waiting = {one["student"] for one in listed if one["needs_manual_grade"]}
    assert waiting == {name for name, row in rows.items() if row["needs_hand_grading"]}


def test_points_by_hand_stay_and_reach_table_and_page(graded):
    out, _, _ = graded
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        grade = book.find_grade("why", "toy", "toy", "good")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        book.find_comment("why", "toy", "toy", "good").manual_comment = "Well said."
        book.db.commit()
    rows = grade_class(
        out.parent / "source" / "toy.ipynb",
        out.parent / "submissions",
        out,
        roster=list(CASES),
        limits=LIMITS,
    )
    good = next(row for row in rows if row["student"] == "good")
    assert sum(good["points"].values()) == 11.5 and not good["by_hand"]
    assert "Well said." in (out / "feedback" / "good" / "toy" / "toy.html").read_text(
        encoding="utf-8"
    )
