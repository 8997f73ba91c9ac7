"""Grade a class of 300 with every disaster in it, and measure: python -m benchmarks.class_of_300

Half of the class is right, a quarter has left out a question or two, a quarter has one of the disasters of
``DISASTERS``. The command is run as a teacher runs it, from another process, which watches the memory. Set CLASS_SIZE
for a smaller class; then nothing is recorded.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import numpy as np
import psutil
from nbgrader.utils import is_solution

from benchmarks.record import record
from homework.match import grade_id
from homework.release import ROOT, masters, released
from homework.repair import is_test

ASSIGNMENT, SIZE, WORKERS, SEED = "hw2", int(os.environ.get("CLASS_SIZE", 300)), 2, 7
SHARES = {"right": 0.5, "in part": 0.25, "disaster": 0.25}
AT_TOP = {  # source of one answer, whose points are lost
    "loop": "while True: pass",
    "sleep": "import time\ntime.sleep(10**6)",
    "exit": "exit()",
    "os._exit": "import os\nos._exit(0)",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "memory": "x = []\nwhile True: x.append(bytearray(10**8))",
    "endless print": "while True: print('x' * 1000)",
    "input": "input()",
    "syntax": "def f(x)\n    return x",
    "orphan": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(10**6)",
}
DISASTERS = [
    *AT_TOP,
    "long lines",
    "no test",
    "no answer",
    "edited test",
    "copied",
    "renamed",
    "stripped",
]
DISASTERS += [
    "other type",
    "other kernel",
    "second download",
    "torn",
    "empty",
    "no file",
]
NOTHING = ("torn", "empty", "no file")


def questions(master):
    """Pair each answer in code with the test that follows it."""
    names, answer = {}, None
    for cell in master.cells:
        if is_solution(cell) and cell.cell_type == "code":
            answer = grade_id(cell)
        if is_test(cell):
            names[answer] = grade_id(cell)
    return names


def filled(master, without=()):
    """Return the release with the master's answers, but for some that are left out."""
    notebook = released(master)
    for cell, whole in zip(notebook.cells, master.cells):
        if is_solution(cell) and grade_id(cell) not in without:
            cell.source = whole.source
    return notebook


def ruined(master, answer, disaster):
    """Return a submission with a disaster at one answer, and whether its points are lost."""
    notebook = filled(master)
    here = next(cell for cell in notebook.cells if grade_id(cell) == answer)
    test = next(
        cell for cell in notebook.cells if grade_id(cell) == questions(master)[answer]
    )
    if disaster in AT_TOP:
        here.source = AT_TOP[disaster]
    elif disaster == "long lines":
        here.source += "\nfor _ in range(50): print('x' * 10**6)"
    elif disaster == "no test":
        notebook.cells.remove(test)
    elif disaster == "no answer":
        notebook.cells.remove(here)
        notebook.cells.remove(test)
    elif disaster == "edited test":
        test.source = f"{float(test.metadata.nbgrader.points)}"
    elif disaster == "copied":
        notebook.cells.append(nbformat.from_dict(here) | {"id": "copy"})
    elif disaster == "renamed":
        here.metadata.nbgrader.grade_id += "-mine"
    elif disaster == "stripped":
        for number, cell in enumerate(notebook.cells):
            cell.metadata, cell.id = {}, f"cell-{number}"
    elif disaster == "other type":
        here.cell_type = "markdown"
    elif disaster == "other kernel":
        notebook.metadata.kernelspec = {"name": "mine", "display_name": "Mine"}
    return notebook, disaster in AT_TOP or disaster == "no answer"


def hand_in(folder, master):
    """Write all submissions; return for each student the kind and the tests that must earn nothing."""
    rng = np.random.default_rng(SEED)
    names, expected = questions(master), {}
    kinds = rng.choice(list(SHARES), size=SIZE, p=list(SHARES.values()))
    for number, kind in enumerate(kinds):
        student, lost = f"student-{number:03d}", []
        notebook, name = filled(master), f"{ASSIGNMENT}.ipynb"
        if kind == "in part":
            out = rng.choice(list(names), size=rng.integers(1, 3), replace=False)
            notebook, lost = filled(master, out), [names[answer] for answer in out]
        if kind == "disaster":
            kind = DISASTERS[len(expected) % len(DISASTERS)]
            answer = rng.choice(list(names))
            notebook, gone = ruined(master, answer, kind)
            lost = list(names.values()) if kind in NOTHING else [names[answer]] * gone
            name = f"{ASSIGNMENT} (1).ipynb" if kind == "second download" else name
        expected[student] = str(kind), lost
        text = json.dumps(notebook)
        (folder / student).mkdir(parents=True)
        if kind != "no file":
            cut = {"torn": len(text) // 2, "empty": 0}.get(kind)
            (folder / student / name).write_text(text[:cut], encoding="utf-8")
    return expected


def watch(process, peak, stop):
    """Keep the largest sum of the real memory of a process and all that it started, in bytes."""
    while not stop.wait(0.2):
        total = 0
        for one in [process, *process.children(recursive=True)]:
            try:
                total += one.memory_info().rss
            except psutil.Error:
                continue
        peak[0] = max(peak[0], total)


def main():
    path = masters()[ASSIGNMENT]
    master = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        expected = hand_in(folder / "in", master)
        started, peak, stop = time.monotonic(), [0], threading.Event()
        command = [
            sys.executable,
            "-m",
            "homework.grade",
            ASSIGNMENT,
            "--workers",
            str(WORKERS),
        ]
        process = subprocess.Popen(
            [
                *command,
                "--submissions",
                str(folder / "in"),
                "--out",
                str(folder / "out"),
            ],
            cwd=ROOT,
        )
        watcher = threading.Thread(
            target=watch, args=(psutil.Process(process.pid), peak, stop)
        )
        watcher.start()
        code = process.wait()
        stop.set()
        watcher.join()
        minutes = (time.monotonic() - started) / 60
        with open(folder / "out" / "grades.csv", newline="", encoding="utf-8") as file:
            rows = {row["student"]: row for row in csv.DictReader(file)}
        records = [
            json.loads(one.read_text(encoding="utf-8"))
            for one in (folder / "out" / "records").glob("*.json")
        ]
    most = {
        grade_id(cell): float(cell.metadata.nbgrader.points)
        for cell in master.cells
        if is_test(cell)
    }
    unlike = []
    for student, (kind, lost) in expected.items():
        for test, points in most.items():
            if float(rows[student][test]) != (0 if test in lost else points):
                unlike.append(
                    (student, kind, test, rows[student][test], rows[student]["flags"])
                )
    right = [
        one["seconds"] for one in records if expected[one["student"]][0] == "right"
    ]
    results = {
        "assignment": ASSIGNMENT,
        "submissions": SIZE,
        "rows": len(rows),
        "students_with_unexpected_points": len({student for student, *_ in unlike}),
        "flagged": sum(bool(row["flags"]) for row in rows.values()),
        "disasters": sum(kind not in SHARES for kind, _ in expected.values()),
        "workers": WORKERS,
        "minutes": round(minutes, 2),
        "submissions_per_minute": round(SIZE / minutes, 1),
        "median_seconds_of_a_right_one": float(np.median(right)),
        "peak_memory_mb": round(peak[0] / 2**20),
    }
    print(json.dumps(results, indent=1), *unlike, sep="\n")
    if code or len(rows) != SIZE or unlike:
        sys.exit("the class did not come back as it should")
    if SIZE == 300:
        record(
            "class-of-300",
            results,
            command="python -m benchmarks.class_of_300",
            data={ASSIGNMENT: path.read_text(encoding="utf-8")},
        )


if __name__ == "__main__":
    main()
