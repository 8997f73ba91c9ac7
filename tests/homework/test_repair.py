"""What a student wrote ends in a fresh copy, in its place; what a student did to the rest is undone and told."""

import json

import nbformat
import pytest
from classroom import GOOD, cell_of, index_of, master, submission, text_of
from nbformat.v4 import new_code_cell, new_markdown_cell

from homework.match import defined, grade_id, place
from homework.repair import LONGEST_CODE, MOST_CELLS, fresh, read, repair


def repaired(notebook):
    return repair(fresh(master()), master(), read(text_of(notebook)))


def sources(notebook):
    return {name: cell_of(notebook, name).source for name in GOOD}


def strip(notebook, ids=True):
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {}
        if ids:
            cell.id = f"c{number}"
    return notebook


def test_a_good_submission_is_the_fresh_notebook_with_its_answers():
    notebook, flags = repaired(submission())
    assert flags == [] and sources(notebook) == GOOD
    assert [grade_id(cell) for cell in notebook.cells] == [
        grade_id(cell) for cell in fresh(master()).cells
    ]
    assert "HIDDEN" in cell_of(notebook, "double-tests").source


def test_the_fresh_notebook_has_no_solution_and_is_not_changed():
    whole = fresh(master())
    assert "raise NotImplementedError" in cell_of(whole, "double").source
    before = json.dumps(whole)
    repair(whole, master(), read(text_of(submission())))
    assert json.dumps(whole) == before


def test_answers_are_found_without_metadata_and_without_ids():
    notebook, flags = repaired(strip(submission()))
    assert sources(notebook) == GOOD
    assert flags == [
        "renamed: all metadata was stripped; the cells were found by their text and place"
    ]


def test_answers_are_found_without_metadata_by_their_ids():
    assert (
        sources(repaired(strip(submission(double="twice = 2"), ids=False))[0])["double"]
        == "twice = 2"
    )


def test_an_unanswered_question_does_not_take_the_next_answer():
    empty = cell_of(submission(answer=None, why=None), "answer").source
    notebook, _ = repaired(strip(submission(answer=None, why=None)))
    assert sources(notebook) == GOOD | {"answer": empty, "why": "YOUR ANSWER HERE"}


def test_equal_stubs_do_not_change_places():
    words = {"nbgrader": {"grade_id": "why", "solution": True, "grade": True}}
    given = [
        new_markdown_cell("First"),
        new_markdown_cell("YOUR ANSWER HERE", metadata=words),
        new_markdown_cell("Second"),
        new_markdown_cell("YOUR ANSWER HERE", metadata=words),
    ]
    bare = {"cell_type": "markdown", "id": "", "grade_id": ""}
    cells = [
        bare | {"source": text}
        for text in ("First", "Because.", "Second", "YOUR ANSWER HERE")
    ]
    assert place(given, given, cells).cells == {0: 0, 1: 1, 2: 2, 3: 3}


def test_stripped_and_edited_tests_are_not_run_as_the_students_own():
    given = submission()
    cell_of(given, "area-tests").source += "\n3.0"
    notebook, flags = repaired(strip(given))
    assert "edited: area-tests" in flags
    assert not any(cell.source.endswith("\n3.0") for cell in notebook.cells)


def test_own_cells_stay_behind_the_same_neighbour():
    given = submission()
    given.cells.insert(index_of(given, "area") + 1, new_code_cell("mine = 1"))
    given.cells.insert(0, new_markdown_cell("Ana"))
    notebook, flags = repaired(given)
    assert flags == []
    assert notebook.cells[0].source == "Ana"
    assert notebook.cells[index_of(notebook, "area") + 1].source == "mine = 1"
    nbformat.validate(notebook)


def test_words_in_a_plain_cell_are_kept():
    given = submission()
    given.cells[0].source = "# Mine"
    assert repaired(given)[0].cells[0].source == "# Mine"


@pytest.mark.parametrize("edited", ["first", "copy", "both"])
def test_of_copies_the_edited_one_counts(edited):
    given = submission(double=None)
    copy = nbformat.from_dict(cell_of(given, "double"))
    copy.id = "copy"
    if edited in ("first", "both"):
        cell_of(given, "double").source = "first = 1"
    if edited in ("copy", "both"):
        copy.source = "second = 2"
    given.cells.insert(index_of(given, "double") + 1, copy)
    notebook, flags = repaired(given)
    assert flags == ["duplicated: double"]
    assert cell_of(notebook, "double").source == (
        "second = 2" if edited == "copy" else "first = 1"
    )
    assert ("second = 2" in [cell.source for cell in notebook.cells]) == (
        edited != "first"
    )


def test_an_id_that_was_given_to_another_question_does_not_mix_them():
    given = submission()
    cell_of(given, "area").metadata.nbgrader.grade_id = "double"
    notebook, flags = repaired(given)
    assert sources(notebook) == GOOD and flags == ["renamed: area"]


def test_everything_gone_is_told():
    given = submission()
    given.cells = [new_markdown_cell("I tried.")]
    notebook, flags = repaired(given)
    assert {"deleted: double", "deleted: double-tests", "deleted: start-given"} <= set(
        flags
    )
    assert cell_of(notebook, "why").source == "I tried."  # the only words there are


@pytest.mark.parametrize(
    "raw, trouble",
    [
        (None, "no file"),
        (b"", "empty file"),
        (b" \n", "empty file"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a notebook"),
        (b'"text"', "not a notebook"),
        (b"{}", "not a notebook"),
        (b'{"cells": [5]}', "not a notebook"),
        (b'{"cells": [{"cell_type": "code", "source": [1]}]}', "not a notebook"),
        (b'{"cells": [], "metadata": {}}', "empty notebook"),
    ],
)
def test_what_is_no_notebook_is_named(raw, trouble):
    sheet = read(raw)
    assert sheet["trouble"] == trouble
    notebook, flags = repair(fresh(master()), master(), sheet)
    assert flags == [trouble] and notebook == fresh(master())


def test_old_formats_and_missing_fields_are_read():
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": []}],
    }
    old["worksheets"][0]["cells"] = [
        {
            "cell_type": "code",
            "input": "x = 1",
            "language": "python",
            "outputs": [],
            "metadata": {},
            "collapsed": False,
        }
    ]
    assert [cell["source"] for cell in read(json.dumps(old).encode())["cells"]] == [
        "x = 1"
    ]
    bare = {
        "cells": [
            {"cell_type": "code"},
            {"cell_type": "code", "source": ["a\n", "b"], "metadata": None},
        ]
    }
    assert [cell["source"] for cell in read(json.dumps(bare).encode())["cells"]] == [
        "",
        "a\nb",
    ]


def test_pasted_pictures_are_kept_with_the_words():
    given = submission(why="![proof](attachment:proof.png)")
    cell_of(given, "why").attachments = {"proof.png": {"image/png": "aGk="}}
    assert cell_of(repaired(given)[0], "why").attachments == {
        "proof.png": {"image/png": "aGk="}
    }


def test_what_is_too_long_is_cut():
    given = submission(double="#" * (LONGEST_CODE + 9))
    given.cells += [new_markdown_cell("more")] * MOST_CELLS
    sheet = read(text_of(given))
    assert len(sheet["cells"]) == MOST_CELLS
    assert max(len(cell["source"]) for cell in sheet["cells"]) == LONGEST_CODE


def test_a_test_without_points_is_refused():
    faulty = master()
    cell_of(faulty, "area-tests").source = "assert area(1) > 3"
    with pytest.raises(
        ValueError,
        match="area-tests: the last line of a test must be the points earned.*assert",
    ):
        fresh(faulty)


def test_names_are_found_in_code_that_does_not_parse():
    assert defined("def f(x)\n    y = 1\nz: int = 3\nclass C:\n  pass\na == b") == {
        "f",
        "z",
        "C",
    }
