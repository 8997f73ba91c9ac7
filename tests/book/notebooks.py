"""The book's notebooks as the tests see them."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASES = sorted((ROOT / "book" / "homework").glob("hw*.ipynb"))
NOTEBOOKS = sorted(
    path
    for path in (ROOT / "book").rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts and path not in RELEASES
)
CHAPTERS = [path for path in NOTEBOOKS if path.parent.name.startswith("part-")]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "book"))


def cells(path: Path, kind: str | None = None) -> list[dict]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if kind in (None, cell["cell_type"])]


def text(cell: dict) -> str:
    return "".join(cell["source"])


def prose(path: Path) -> str:
    return "\n\n".join(text(cell) for cell in cells(path, "markdown"))


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def shown(path: Path) -> list[tuple[str, str, str]]:
    """List every saved output as (cell id, MIME type, text)."""
    rows = []
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            if "text" in output:
                rows.append(
                    (cell["id"], "stream/" + output["name"], "".join(output["text"]))
                )
            for mime, data in output.get("data", {}).items():
                rows.append(
                    (
                        cell["id"],
                        mime,
                        "".join(data) if isinstance(data, list) else str(data),
                    )
                )
    return rows


def exercises(path: Path) -> list[str]:
    """List the texts of the exercises of a chapter."""
    return re.findall(r"```\{exercise\}\n(.*?)\n```", prose(path), flags=re.S)
