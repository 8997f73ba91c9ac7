"""Write a results file: the numbers, and everything needed to make them again."""

import hashlib
import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def record(
    name: str,
    results: dict[str, Any],
    *,
    command: str,
    data: dict[str, str] | None = None,
    kept: dict[str, str] | None = None,
) -> Path:
    """Write ``results/<name>.json``.

    Parameters
    ----------
    results : what pages load; plain numbers, strings, lists and dicts
    command : what to type to make the file again
    data : name of each data set used, with the text or file content that was read (its SHA-256 is kept)
    kept : hashes of data sets that older parts of the results have read, and this run has not
    """
    body = {
        "command": command,
        "commit": _git("rev-parse", "HEAD")
        + (
            "+"
            if _git("status", "--porcelain", "--", "rnnlib", "benchmarks/*.py")
            else ""
        ),
        "machine": f"{_processor()}, {platform.system()}, one thread",
        "versions": {"python": platform.python_version(), "numpy": version("numpy")},
        "data": (kept or {})
        | {
            key: hashlib.sha256(text.encode()).hexdigest()
            for key, text in (data or {}).items()
        },
        "results": results,
    }
    path = RESULTS / f"{name}.json"
    path.write_text(
        json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    print(path)
    return path


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], capture_output=True, text=True, cwd=RESULTS.parents[1]
    ).stdout.strip()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
