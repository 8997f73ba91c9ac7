"""Read the points of each question from an executed notebook, by nbgrader's rule, but failing closed.

nbgrader gives full marks to a test that printed no number, or one that makes no sense, and none to a test that put a
warning on stderr. So the outputs are put right before nbgrader sees them: a result that is not a number of points
becomes an error, which earns nothing and is flagged for a look by hand; a warning becomes ordinary text.
"""

import re

from nbformat.v4 import new_output
from nbgrader.utils import determine_grade, is_grade

from homework.match import grade_id
from homework.repair import is_test

NUMBER = re.compile(r"(?:np\.(?:float|int)\d+\()?(-?\d+\.?\d*(?:e[+-]?\d+)?)\)?")
ROUNDING = 1e-9
NOT_RUN = "NotRun"  # the error of a cell that was not tried


def settle(notebook) -> dict[str, str]:
    """Make every test's outputs fit for nbgrader; return what was wrong, by the test's name."""
    wrong = {}
    for cell in notebook.cells:
        if is_test(cell):
            trouble = _settle(cell)
            if trouble:
                wrong[grade_id(cell)] = trouble
    return wrong


def scores(notebook) -> dict[str, tuple[float | None, float]]:
    """Return points and maximum of each graded cell; None for what a person must grade."""
    return {
        grade_id(cell): determine_grade(cell)
        for cell in notebook.cells
        if is_grade(cell)
    }


def _settle(cell) -> str | None:
    for output in cell.outputs:
        if output.output_type == "stream":
            output.name = "stdout"
    results = [one for one in cell.outputs if one.output_type == "execute_result"]
    errors = [one.ename for one in cell.outputs if one.output_type == "error"]
    points, trouble = None, "not run" if NOT_RUN in errors else None
    if not errors:
        points, trouble = _points(results, cell.metadata.nbgrader.points)
    if points is not None:
        results[0].data = {"text/plain": repr(points)}
        return None
    cell.outputs = [one for one in cell.outputs if one not in results]
    if not errors:
        cell.outputs.append(error("NoPoints", trouble))
    return trouble


def _points(results: list, most: float) -> tuple[float | None, str | None]:
    """Read the points from a test's result, or say why it cannot count."""
    if len(results) != 1:
        return None, f"wanted one result, the points; got {len(results) or 'none'}"
    text = str(results[0].get("data", {}).get("text/plain", "")).strip()
    number = NUMBER.fullmatch(text)
    wanted = f"wanted a number from 0 to {most:g}; got {text[:60]}"
    if not number:
        return None, wanted
    points = float(number[1])
    if not 0 <= points <= most + ROUNDING:
        return None, wanted
    return min(points, float(most)), None


def error(name: str, words: str):
    """Make the output of a cell that did not come to its end."""
    return new_output("error", ename=name, evalue=words, traceback=[f"{name}: {words}"])
