"""Write the notebooks that students get: the masters without solutions and hidden tests, by nbgrader's own steps.

    python -m homework.release        every assignment, into book/homework/

The figures and tables of the given cells stay in, so that the page shows what the text speaks of. Everything else has
no output: it comes from code that is not written yet.
"""

from pathlib import Path

import nbformat
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from nbgrader.utils import is_grade, is_locked

ROOT = Path(__file__).resolve().parents[1]
MASTERS, RELEASES = ROOT / "homework" / "source", ROOT / "book" / "homework"
STEPS = CheckCellMetadata, LockCells, ClearSolutions, ClearHiddenTests, ComputeChecksums


def masters() -> dict[str, Path]:
    """Map the name of each assignment to its master."""
    return {path.parent.name: path for path in sorted(MASTERS.glob("*/*.ipynb"))}


def released(master):
    """Take the solutions and the hidden tests out of a notebook; keep the outputs of its given cells alone."""
    notebook = nbformat.from_dict(master)
    for step in STEPS:
        notebook, _ = step().preprocess(notebook, {})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            if is_grade(cell) or not is_locked(cell):
                cell.outputs = []
            for output in cell.outputs:
                output.pop("execution_count", None)
                if output.output_type == "execute_result":
                    output.execution_count = None
    return notebook


def text_of(notebook) -> str:
    """Write a notebook with sorted keys, so that the same notebook is always the same bytes."""
    return nbformat.writes(notebook, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Write every release that has changed."""
    for name, path in masters().items():
        text = text_of(released(nbformat.read(path, as_version=4)))
        target = RELEASES / f"{name}.ipynb"
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            print("wrote", target.relative_to(ROOT))


if __name__ == "__main__":
    main()
