"""Make published results again: python -m benchmarks.reproductions [row ...]

All rows without a name, some with names; what is not run stays in the file as it was. Rows whose work another
benchmark does (training_runs, gated_cells, mackey_glass, translation) only read its results file, and are left out
while it is not there; their ``made_by`` says what makes the numbers again.
"""

import json
import sys
import time
from importlib import import_module

from threadpoolctl import threadpool_limits

from benchmarks.record import RESULTS, record
from benchmarks.reproductions.row import NotMeasured
from rnnlib.corpora import load_text

ROWS = (
    "yule",
    "names",
    "words",
    "time_machine",
    "min_char_rnn",
    "sunspots",
    "letters",
    "reber",
    "embedded_reber",
    "clipping",
    "influence",
    "adding",
    "identity",
    "forget_bias",
    "mackey_glass",
    "reversal",
)
TEXTS = {  # what a row reads; the others read the shipped series, results files, or nothing
    "names": ("names",),
    "words": ("time-machine", "tiny-shakespeare"),
    "time_machine": ("time-machine",),
    "letters": ("tales",),
}
PATH = RESULTS / "reproductions.json"


def main(names: list[str]) -> None:
    unknown = set(names) - set(ROWS)
    if unknown:
        raise SystemExit(f"no row {sorted(unknown)}; there are: {' '.join(ROWS)}")
    for name in names or ROWS:
        print(name, flush=True)
        began = time.process_time()
        try:
            row = import_module(f"benchmarks.reproductions.{name}").run()
        except NotMeasured as why:
            print(f"  left out: {why}")
            continue
        if row.seconds is None:
            row = row._replace(seconds=round(time.process_time() - began, 2))
        print(f"  {row.verdict} ({row.seconds:g} s)", flush=True)
        for line in row.lines:
            print("   ", " | ".join(line))
        keep(name, row._asdict())


def keep(name: str, row: dict) -> None:
    """Merge one row into the file, in the order of ROWS."""
    kept = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    rows = kept.get("results", {}) | {name: row}
    record(
        "reproductions",
        {key: rows[key] for key in ROWS if key in rows},
        command="python -m benchmarks.reproductions",
        data={text: load_text(text) for text in TEXTS.get(name, ())},
        kept=kept.get("data"),
    )


if __name__ == "__main__":
    with threadpool_limits(1):
        main(sys.argv[1:])
