"""Put a student's answers into a fresh copy of the assignment, and note what had happened to the rest.

The fresh copy is made from the master: solutions are stubs, tests are whole, hidden ones included. Whatever a student
did to the tests, to the points or to the metadata is thus undone; what a student wrote is kept.
"""

import ast
import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_grade, is_locked, is_solution

from homework.match import grade_id, place, same
from homework.release import STEPS, released

Notebook = nbformat.NotebookNode
LONGEST_CODE = (
    200_000  # characters of a cell; more would take minutes to lay out on a page
)
LONGEST_TEXT = 5_000_000  # a pasted picture may be among the words
MOST_CELLS = 1_000


def fresh(master) -> Notebook:
    """Return the notebook that is graded: nbgrader's steps of a release, but the hidden tests stay."""
    notebook = nbformat.from_dict(master)
    for step in STEPS:
        if step is not ClearHiddenTests:
            notebook, _ = step().preprocess(notebook, {})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if is_test(cell) and not _has_value(cell.source):
            raise ValueError(
                f"{grade_id(cell)}: the last line of a test must be the points earned, an expression; "
                f"got {cell.source.strip().splitlines()[-1:]}"
            )
    return notebook


def is_test(cell) -> bool:
    """Say whether a cell is a test, whose value is the points earned."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def _has_value(source: str) -> bool:
    body = ast.parse(source).body
    return bool(body) and isinstance(body[-1], ast.Expr)


def read(raw: bytes | None) -> dict:
    """Read a submission: its cells, its kernel's name, and in ``trouble`` why there is nothing to run, if so."""

    def nothing(trouble):
        return {"cells": [], "kernel": "", "trouble": trouble}

    if raw is None:
        return nothing("no file")
    if not raw.strip():
        return nothing("empty file")
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return nothing("not JSON")
    try:
        if isinstance(content, dict) and "worksheets" in content:
            content = nbformat.convert(nbformat.from_dict(content), 4)
        cells = [_cell(cell) for cell in content["cells"][:MOST_CELLS]]
        kernel = content.get("metadata", {}).get("kernelspec", {}).get("name", "")
    except Exception:  # any shape of JSON can come in a file with this name
        return nothing("not a notebook")
    return {
        "cells": cells,
        "kernel": str(kernel),
        "trouble": "" if cells else "empty notebook",
    }


def _cell(cell: dict) -> dict:
    """Keep what the grader looks at; the outputs, which can be large, are made again."""
    source, attachments = cell.get("source", ""), cell.get("attachments") or {}
    source = source if isinstance(source, str) else "".join(source)
    metadata = cell.get("metadata") or {}
    graded = metadata.get("nbgrader") or {}
    return {
        "cell_type": str(cell["cell_type"]),
        "source": source[
            : LONGEST_CODE if cell["cell_type"] == "code" else LONGEST_TEXT
        ],
        "attachments": attachments
        if len(json.dumps(attachments)) < LONGEST_TEXT
        else {},
        "id": str(cell.get("id", "")),
        "grade_id": str(graded.get("grade_id", "")),
        "points": graded.get("points"),
    }


def repair(
    whole: Notebook, master: Notebook, sheet: dict
) -> tuple[Notebook, list[str]]:
    """Put the answers of a submission into a copy of the fresh notebook.

    Parameters
    ----------
    whole : ``fresh(master)``
    master : tells what the student was handed
    sheet : ``read`` of the submitted file

    Returns
    -------
    notebook, flags : the notebook to run, and what was edited, deleted, duplicated, renamed, or of another type
    """
    notebook = nbformat.from_dict(whole)
    if sheet["trouble"]:
        return notebook, [sheet["trouble"]]
    given, cells = released(master).cells, sheet["cells"]
    found = place(notebook.cells, given, cells)
    flags = []
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    if sheet["kernel"] not in ("", "python3", kernel):
        flags.append(f"unknown kernel: {sheet['kernel'][:40]}")
    bare = not any(cell["grade_id"] for cell in cells)
    if bare:
        flags.append(
            "renamed: all metadata was stripped; the cells were found by their text and place"
        )
    for here, cell in enumerate(notebook.cells):
        came = cells[found.cells[here]] if here in found.cells else None
        flags += _changes(cell, given[here], came, bare)
        if came and not is_locked(cell):
            cell.source = came["source"]
            if (
                cell.cell_type == "markdown" and came["attachments"]
            ):  # a derivation on a photograph
                cell.attachments = nbformat.from_dict(came["attachments"])
            if is_solution(cell) and (
                not cell.source.strip() or same(cell.source, given[here].source)
            ):
                cell.source = given[here].source  # white space is no answer
    flags += [
        f"duplicated: {name}"
        for name in sorted({grade_id(given[i]) for i in found.copies.values()})
    ]
    notebook.cells = _with_extras(notebook.cells, given, cells, found)
    return notebook, flags


def _changes(cell, given, came: dict | None, bare: bool) -> list[str]:
    """Say what differs between a cell that nbgrader knows and what came back in its place."""
    name = grade_id(cell)
    if not name:
        return []
    if came is None:
        return [f"deleted: {name}"]
    flags = []
    if came["grade_id"] != name and not bare:
        flags.append(f"renamed: {name}")
    if came["cell_type"] != cell.cell_type:
        flags.append(f"cell type changed: {name}")
    if is_locked(cell) and not any(
        same(came["source"], known.source) for known in (given, cell)
    ):
        flags.append(f"edited: {name}")
    if is_grade(cell) and not bare and came["points"] != cell.metadata.nbgrader.points:
        flags.append(f"edited points: {name}")
    return flags


def _with_extras(places: list, given: list, cells: list[dict], found) -> list:
    """Put the student's own cells after the same neighbour as in the submission; untouched copies are left out."""
    place_of = {there: here for here, there in found.cells.items()}
    after = {here: [] for here in range(-1, len(places))}
    here = -1
    for there, cell in enumerate(cells):
        if there in place_of:
            here = place_of[there]
            continue
        copied = found.copies.get(there)
        if copied is not None and (
            is_locked(places[copied]) or same(cell["source"], given[copied].source)
        ):
            continue
        if cell["cell_type"] == "code":
            own = new_code_cell(cell["source"], id=f"extra-{there}")
        else:
            own = new_markdown_cell(cell["source"], id=f"extra-{there}")
            own.attachments = nbformat.from_dict(cell["attachments"])
        after[here].append(own)
    return after[-1] + [
        one for here, cell in enumerate(places) for one in [cell, *after[here]]
    ]
