"""Killed in mid-run and started again: the same grades, and nobody is graded twice but those it was just grading."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from classroom import ROOT, index_of, save, save_master, submission, survivors
from nbformat.v4 import new_code_cell

STUDENTS = {
    "ana": {},
    "ben": {"double": "def double(x):\n    return x"},
    "cai": {"area": None},
    "dee": {"answer": "answer = 41"},
    "eli": {"double": None, "why": None},
    "fay": {"give": "def give(most):\n    return True"},
}


def hand_in(folder, name, log, **sources):
    """Hand in a notebook that writes its student's name to a file when it is run."""
    notebook = submission(**sources)
    tell = f"with open({str(log)!r}, 'a') as file:\n    print({name!r}, file=file)"
    notebook.cells.insert(
        index_of(notebook, "give-tests") + 1, new_code_cell(tell, id="tell")
    )
    save(notebook, folder / "in" / name / "toy.ipynb")


def command(folder, out, **environment):
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "homework.grade",
            str(save_master(folder)),
            "--workers",
            "2",
            "--seconds",
            "30",
        ]
        + ["--submissions", str(folder / "in"), "--out", str(folder / out)],
        cwd=ROOT,
        env=os.environ | environment,
        start_new_session=True,
    )


def until(condition, seconds=60.0):
    """Wait for a condition; fail when it does not come about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def homes():
    folder = Path(tempfile.mkdtemp(prefix="homes-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_killed_and_started_again(tmp_path, homes):
    log = tmp_path / "log"
    for name, sources in STUDENTS.items():
        hand_in(tmp_path, name, log, **sources)
    whole = command(tmp_path, "whole")
    assert whole.wait(170) == 0
    grades = (tmp_path / "whole" / "grades.csv").read_text()
    assert [line.split(",")[:2] for line in grades.splitlines()[1:]] == [
        ["ana", "9"],
        ["ben", "7"],
        ["cai", "6"],
        ["dee", "7"],
        ["eli", "7"],
        ["fay", "7"],
    ]
    log.unlink()

    cut = command(tmp_path, "cut", TMPDIR=str(homes))
    records = tmp_path / "cut" / "records"
    until(lambda: len(list(records.glob("*.json"))) >= 2)
    os.kill(cut.pid, signal.SIGKILL)
    cut.wait()
    until(lambda: survivors(homes) == [] and not list(homes.glob("hw-*")), 20)
    first = {path.name: path.stat().st_mtime_ns for path in records.glob("*.json")}
    assert not (tmp_path / "cut" / "grades.csv").exists()

    assert command(tmp_path, "cut").wait(170) == 0
    assert (tmp_path / "cut" / "grades.csv").read_text() == grades
    assert all(
        (records / name).stat().st_mtime_ns == age for name, age in first.items()
    )
    times = Counter(log.read_text().split())
    assert set(times) == set(STUDENTS)
    assert sum(times.values()) <= len(STUDENTS) + 2  # two were being graded

    log.unlink()
    hand_in(tmp_path, "ben", log)
    assert command(tmp_path, "cut").wait(170) == 0
    assert log.read_text().split() == ["ben"]
    assert "\nben,9,12," in (tmp_path / "cut" / "grades.csv").read_text()


def test_a_wrong_name_and_a_nested_output_are_refused(tmp_path):
    hand_in(tmp_path, "ana", tmp_path / "log")
    assert command(tmp_path, "in/out").wait(60) != 0
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "homework.grade",
            "hw99",
            "--submissions",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0 and "no assignment hw99; there are" in done.stderr
