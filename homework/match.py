"""Tell which cell of a submission belongs in which place of the notebook that was handed out.

Students copy cells, delete them, change their types, rename their ids, and work in editors that strip all metadata. So
the places are filled by one rule after another, the surest first.
"""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

from nbgrader.utils import is_locked, is_solution

NAMES = re.compile(
    r"^(?:async def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE
)
ALIKE = (
    0.6  # the share of common text from which a changed cell is taken for the same cell
)


class Placed(NamedTuple):
    """For each place the number of the submitted cell in it and the rule that put it there; and the spare copies."""

    cells: dict[int, int]
    rules: dict[int, str]
    copies: dict[int, int]


def place(fresh: list, given: list, cells: list[dict]) -> Placed:
    """Give each cell of the fresh notebook the submitted cell that belongs there.

    Parameters
    ----------
    fresh : the cells of the notebook that is graded
    given : the same cells as the student received them
    cells : the submitted cells, as ``repair.read`` returns them
    """
    placed, rules = {}, {}
    for name, choose in RULES:
        for here, cell in enumerate(fresh):
            if here in placed:
                continue
            taken = set(placed.values())
            free = [there for there in range(len(cells)) if there not in taken]
            there = choose(here, cell, given, cells, free, placed)
            if there is not None:
                placed[here], rules[here] = there, name
    used = set(placed.values())
    ids = {grade_id(cell): here for here, cell in enumerate(fresh) if grade_id(cell)}
    copies = {
        there: ids[cell["grade_id"]]
        for there, cell in enumerate(cells)
        if there not in used and cell["grade_id"] in ids
    }
    return Placed(placed, rules, copies)


def grade_id(cell) -> str:
    """Return nbgrader's name of a cell, or nothing for a plain cell."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def same(one: str, other: str) -> bool:
    """Compare two sources but for the white space at line ends, which editors change."""
    return _lines(one) == _lines(other)


def _lines(source: str) -> list[str]:
    return [line.rstrip() for line in source.strip().splitlines()]


def _by_grade_id(here, cell, given, cells, free, placed):
    """The cell with the place's name; of several, an edited one, then the one with its own id, then the last."""
    name = grade_id(cell)
    own = [there for there in free if name and cells[there]["grade_id"] == name]

    def merit(there):
        edited = is_solution(cell) and not same(
            cells[there]["source"], given[here].source
        )
        return edited, cells[there]["id"] == cell.get("id"), there

    return max(own, key=merit, default=None)


def _by_id(here, cell, given, cells, free, placed):
    """The cell with the place's own cell id, which JupyterLab keeps where nbgrader's name was changed."""
    own = [
        there for there in free if cell.get("id") and cells[there]["id"] == cell["id"]
    ]
    return next(iter(own), None)


def _by_text(here, cell, given, cells, free, placed):
    """The cell whose text is what was handed out, where no other place was handed the same."""
    wanted = given[here].source
    if not wanted.strip() or sum(same(wanted, other.source) for other in given) > 1:
        return None
    return next((there for there in free if same(cells[there]["source"], wanted)), None)


def _by_names(here, cell, given, cells, free, placed):
    """For a solution: the last code cell that defines a name which the stub defines."""
    if not is_solution(cell) or cell.cell_type != "code":
        return None
    wanted = defined(given[here].source)
    fitting = [
        there
        for there in free
        if cells[there]["cell_type"] == "code"
        and wanted & defined(cells[there]["source"])
    ]
    return fitting[-1] if fitting else None


def _by_likeness(here, cell, given, cells, free, placed):
    """For a locked cell: the most similar text, if it is similar at all."""
    if not is_locked(cell):
        return None

    def alike(there):
        matcher = SequenceMatcher(
            None, cells[there]["source"], given[here].source, autojunk=False
        )
        return matcher.ratio() if matcher.real_quick_ratio() > ALIKE else 0.0

    small = [there for there in free if len(cells[there]["source"]) < 20_000]
    best = max(small, key=alike, default=None)
    return best if best is not None and alike(best) > ALIKE else None


def _by_place(here, cell, given, cells, free, placed):
    """For a solution: the longest cell of its type between the neighbours that are known."""
    if not is_solution(cell):
        return None
    before = (
        placed[max(i for i in placed if i < here)]
        if min(placed, default=here) < here
        else -1
    )
    after = (
        placed[min(i for i in placed if i > here)]
        if max(placed, default=here) > here
        else len(cells)
    )
    code = cell.cell_type == "code"
    between = [
        there
        for there in free
        if before < there < after and (cells[there]["cell_type"] == "code") == code
    ]
    return max(between, key=lambda there: len(cells[there]["source"]), default=None)


def defined(source: str) -> set[str]:
    """Return the names that a cell defines at its top level; also for code that is not valid Python."""
    return {first or second for first, second in NAMES.findall(source)}


RULES = (
    ("grade_id", _by_grade_id),
    ("id", _by_id),
    ("text", _by_text),
    ("names", _by_names),
    ("likeness", _by_likeness),
    ("place", _by_place),
)
