"""Masters and releases: what students get is what the masters give, and the masters are whole."""

import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade, is_grade, is_solution
from traitlets.config import Config

from homework.release import MASTERS, RELEASES, masters, released, text_of
from rnnlib.checks.homework import ASSIGNMENTS
from tools.notebook import canonical

POINTS = 20
KINDS = {"implement", "derive", "explain", "explore", "debug", "project"}
CHECKS = {module.__name__.rsplit(".")[-1]: module.EXERCISES for module in ASSIGNMENTS}
QUESTION = re.compile(r"^## (\d+)\. .+ \((\w+), (\d+) points?\)$", flags=re.M)

each_assignment = pytest.mark.parametrize("name", masters())


def master(name):
    return nbformat.read(masters()[name], as_version=4)


def release(name):
    return nbformat.read(RELEASES / f"{name}.ipynb", as_version=4)


def graded(notebook, kind="code"):
    return [
        cell for cell in notebook.cells if cell.cell_type == kind and is_grade(cell)
    ]


def text(notebook):
    return "\n".join(
        cell.source for cell in notebook.cells if cell.cell_type == "markdown"
    )


def test_the_seven_are_there():
    seven = {f"hw{number}" for number in range(7)}
    assert set(masters()) == set(CHECKS) == seven
    assert {path.stem for path in RELEASES.glob("hw*.ipynb")} == seven


@each_assignment
def test_a_release_is_what_its_master_gives(name):
    want = text_of(released(master(name)))
    got = (RELEASES / f"{name}.ipynb").read_text(encoding="utf-8")
    assert got == want, "run: make releases"


@each_assignment
def test_nbgrader_itself_gives_the_same_cells(name, tmp_path):
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    config.CourseDirectory.source_directory = str(MASTERS)
    config.CourseDirectory.assignment_id = name
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    folder = CourseDirectory(config=config)
    GenerateAssignment(coursedir=folder, config=config).start()
    made = nbformat.read(
        tmp_path / "release" / name / f"{name}.ipynb", as_version=4
    ).cells
    ours = release(name).cells
    assert [cell.source for cell in made] == [cell.source for cell in ours]
    assert [cell.metadata.get("nbgrader") for cell in made] == [
        cell.metadata.get("nbgrader") for cell in ours
    ]


@each_assignment
def test_a_master_is_canonical_and_earns_every_point(name):
    notebook = master(name)
    assert text_of(notebook) == canonical(master(name))
    for cell in graded(notebook):
        points, most = determine_grade(cell)
        assert points == most, cell.metadata.nbgrader.grade_id


@each_assignment
def test_points_are_said_and_add_up(name):
    notebook, said, found = master(name), {}, {}
    for cell in notebook.cells:
        question = (
            QUESTION.search(cell.source) if cell.cell_type == "markdown" else None
        )
        if question:
            current = int(question[1])
            said[current], found[current] = int(question[3]), 0
        if is_grade(cell):
            found[current] += cell.metadata.nbgrader.points
    assert said == found
    assert list(said) == list(range(1, len(said) + 1))
    assert 4 <= len(said) <= 8 and sum(said.values()) == POINTS
    assert f"{POINTS} points" in text(notebook) or f"{POINTS} altogether" in text(
        notebook
    )


def test_the_guide_has_the_rubric_that_students_see():
    guide = nbformat.read(RELEASES.parent / "teaching.ipynb", as_version=4)
    levels = re.findall(r"^- \*\*[012]\*\*: .+$", text(guide), flags=re.M)
    assert len(levels) == 4 * 3
    assert levels == re.findall(
        r"^- \*\*[012]\*\*: .+$", text(release("hw6")), flags=re.M
    )


@each_assignment
def test_questions_are_of_mixed_kinds(name):
    kinds = [kind for _, kind, _ in QUESTION.findall(text(master(name)))]
    assert set(kinds) <= KINDS
    assert kinds.count("implement") >= 2 and 1 <= kinds.count("debug") <= 2
    assert {"derive", "explain"} & set(kinds)
    assert graded(master(name), "markdown"), "one answer is written"


@each_assignment
def test_every_check_is_asked_and_knows_five_mistakes(name):
    asked = []
    for cell in graded(master(name)):
        found = re.findall(r'check\("(\w+)"', cell.source)
        assert len(found) == 1, cell.source
        asked += found
        points = cell.metadata.nbgrader.points
        assert cell.source.startswith(f'points = {points} * check("{found[0]}"')
        assert cell.source.endswith("\npoints")
    assert sorted(asked) == sorted(CHECKS[name])
    for exercise in CHECKS[name].values():
        assert len(exercise.wrong) >= 5


@each_assignment
def test_a_release_asks_and_does_not_answer(name):
    notebook = release(name)
    for cell in notebook.cells:
        assert "SOLUTION" not in cell.source and "HIDDEN TEST" not in cell.source
        if is_solution(cell):
            assert "raise NotImplementedError()" in cell.source or (
                cell.source == "YOUR ANSWER HERE"
            )
    ids = [
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    ]
    assert len(ids) == len(set(ids))


@each_assignment
def test_an_untouched_release_earns_nothing(name):
    notebook = release(name)
    NotebookClient(
        notebook, timeout=60, allow_errors=True, kernel_name="python3"
    ).execute()
    assert graded(notebook)
    for cell in graded(notebook):
        assert determine_grade(cell)[0] == 0, cell.source
