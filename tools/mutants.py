"""Change the core in a thousand small ways, on a copy, and see that the unit tests notice: python -m tools.mutants

mutmut makes the changes and runs the tests (see ``[tool.mutmut]`` in pyproject.toml). What survives must stand in
``survivors.json`` with the reason why it changes nothing; it is known by its changed line.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tools.edits import ROOT, copy_tree

LEAST = 0.95
REASONS = json.loads((ROOT / "tools" / "survivors.json").read_text(encoding="utf-8"))
MUTMUT = (str(Path(sys.executable).with_name("mutmut")),)


def verdicts(tree: Path) -> dict[str, str]:
    """Return the verdict on each mutant that mutmut made, by its name."""
    lines = told(tree, "results", "--all", "true").splitlines()
    return dict(line.strip().split(": ") for line in lines if ": " in line)


def changed_line(tree: Path, name: str) -> str:
    """Return what a mutant has put in."""
    added = [
        line[1:].strip()
        for line in told(tree, "show", name).splitlines()
        if line.startswith("+") and not line.startswith("+++")
    ]
    return " ".join(added)


def told(tree: Path, *words: str) -> str:
    return subprocess.run(
        [*MUTMUT, *words], cwd=tree, capture_output=True, text=True, check=True
    ).stdout


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        environment = os.environ | {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        subprocess.run([*MUTMUT, "run"], cwd=tree, env=environment, check=True)
        found = verdicts(tree)
        alive = [name for name, verdict in found.items() if verdict == "survived"]
        lines = {name: changed_line(tree, name) for name in alive}
    print()
    for name, line in lines.items():
        print(f"{name.split('__mutmut')[0]}\n    {line}")
        print(f"    {REASONS.get(line, 'NO REASON GIVEN')}")
    counts = Counter(found.values())
    killed = (counts["killed"] + counts["timeout"]) / sum(counts.values())
    unexplained = [name for name, line in lines.items() if line not in REASONS]
    print(f"{dict(counts)}: {killed:.1%} of {sum(counts.values())} mutants killed")
    return int(killed < LEAST or bool(unexplained))


if __name__ == "__main__":
    sys.exit(main())
