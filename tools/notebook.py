"""Execute chapters and write them back in one canonical form, only where something changed.

    python -m tools.notebook book/part-1/text.ipynb     one chapter
    python -m tools.notebook                            every chapter, and every master of the homework

Two runs give identical bytes: cell ids stay, counts run 1..N, no timing, no widget state, streams joined.
"""

import argparse
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QUIET = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
LIVE_ONLY = "application/vnd.jupyter.widget-view+json"


def chapters() -> list[Path]:
    """List the notebooks that can be executed: the pages, and the masters of the homework, not its releases."""
    book, homework = ROOT / "book", ROOT / "homework" / "source"
    releases = set((book / "homework").glob("hw*.ipynb"))
    return sorted(
        (set(book.rglob("*.ipynb")) | set(homework.rglob("*.ipynb"))) - releases
    )


def execute(path: Path):
    """Run a notebook from top to bottom in a fresh kernel; an error in a cell stops it."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    return notebook


def canonical(notebook) -> str:
    """Write a notebook in the one form that is committed."""
    import nbformat

    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        cell.source = cell.source.rstrip()
        # A cell written outside Jupyter has a random id; give it one that says where it stands.
        if re.fullmatch(
            r"[0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f-]{27}", cell.get("id", "")
        ) or not cell.get("id"):
            cell.id = _name(cell, seen)
        seen[cell.id] = seen.get(cell.id, 0) + 1
        cell.metadata = {
            key: cell.metadata[key]
            for key in ("tags", "mystnb", "nbgrader")
            if cell.metadata.get(key)
        }
        if "solution" in cell.metadata.get("tags", []):
            cell.metadata["mystnb"] = {
                "code_prompt_show": "A solution",
                "code_prompt_hide": "A solution",
            }
        if cell.cell_type == "code":
            cell.outputs = [_clean(output) for output in _joined(cell.outputs)]
    return nbformat.writes(notebook, indent=1, sort_keys=True) + "\n"


def _name(cell, seen: dict[str, int]) -> str:
    words = re.findall(r"[a-z0-9]+", cell.source.lower())[:4]
    stem = "-".join(words)[:40] or "cell"
    name, number = stem, 2
    while name in seen:
        name, number = f"{stem}-{number}", number + 1
    return name


def _joined(outputs: list) -> list:
    """Join neighbouring pieces of one stream, which arrive cut as the clock has it."""
    kept: list = []
    for output in outputs:
        if (
            kept
            and output.output_type == "stream" == kept[-1].output_type
            and output.name == kept[-1].name
        ):
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def _clean(output):
    if "data" in output:
        output.data.pop(LIVE_ONLY, None)
    if "metadata" in output:
        output.metadata.pop(LIVE_ONLY, None)
    return output


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "notebooks", nargs="*", type=Path, help="all chapters when left out"
    )
    os.environ.update(QUIET)
    for path in parser.parse_args().notebooks or chapters():
        text = canonical(execute(path))
        changed = text != path.read_text(encoding="utf-8")
        if changed:
            path.write_text(text, encoding="utf-8")
        print(f"{'wrote    ' if changed else 'unchanged'} {path}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
