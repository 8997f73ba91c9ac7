"""Read the committed results: numbers that a page shows and a notebook cannot make again in seconds."""

import json
from pathlib import Path
from typing import Any


def load_results(name: str) -> dict[str, Any]:
    """Load ``benchmarks/results/<name>.json`` from the course's repository, looked for upwards from the working folder.

    Returns
    -------
    dict : ``command``, ``commit``, ``machine``, ``versions``, ``data`` (file to SHA-256) and ``results``

    Raises
    ------
    FileNotFoundError
        If there is no such file above the working folder: the notebook runs outside a clone of the repository.

    Examples
    --------
    >>> sorted(load_results("chapter-times"))
    ['command', 'commit', 'data', 'machine', 'results', 'versions']
    """
    for folder in (Path.cwd(), *Path.cwd().parents):
        path = folder / "benchmarks" / "results" / f"{name}.json"
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
    raise FileNotFoundError(
        f"benchmarks/results/{name}.json is not above {Path.cwd()}: run the notebook inside a clone of the course"
    )
