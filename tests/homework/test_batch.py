"""What goes wrong on the grader's own side costs nobody a row, and is tried again."""

import fcntl
import json

import pytest
from classroom import MOST, cell_of, master, save, save_master, submission

from homework import processes
from homework.batch import grade_class
from homework.gradebook import Book
from homework.isolate import Limits


@pytest.fixture
def grade(tmp_path):
    """Grade what lies in ``in``; the students on the roster need no file."""
    path = save_master(tmp_path)
    (tmp_path / "in").mkdir()

    def run(*roster, **settings):
        rows = grade_class(
            path, tmp_path / "in", tmp_path / "out", roster=list(roster), **settings
        )
        return {row["student"]: row for row in rows}

    return run


def test_a_failing_page_costs_one_page(grade, tmp_path, monkeypatch):
    whole = Book.feedback

    def feedback(book, record):
        if record["student"] == "ana":
            raise RecursionError("too deep")
        whole(book, record)

    monkeypatch.setattr(Book, "feedback", feedback)
    rows = grade("ana", "ben")
    assert rows["ana"]["flags"] == [
        "no file",
        "grader failed: no entry or page: RecursionError: too deep",
    ]
    assert rows["ben"]["flags"] == ["no file"]
    monkeypatch.undo()
    assert grade("ana", "ben")["ana"]["flags"] == ["no file"]
    assert (tmp_path / "out" / "feedback" / "ana" / "toy" / "toy.html").exists()


def test_a_failing_gradebook_still_gives_a_row(grade, monkeypatch):
    monkeypatch.setattr(Book, "add", lambda *_: 1 / 0)
    row = grade("ana")["ana"]
    assert row["points"] == dict.fromkeys(MOST, 0) and row["max"] == 12
    assert row["by_hand"] == list(MOST) and "ZeroDivisionError" in row["flags"][1]


def test_without_a_kernel_nothing_is_recorded_and_the_next_run_tries_again(
    grade, tmp_path, monkeypatch
):
    save(submission(), tmp_path / "in" / "ana.ipynb")
    monkeypatch.setattr(processes, "SCRIPT", tmp_path / "nothing.py")
    row = grade("ana")["ana"]
    assert row["flags"] == [
        "grader failed: RuntimeError: no kernel after 3 tries: the process died"
    ]
    assert row["by_hand"] == [name for name in MOST if name != "why"]
    assert not list((tmp_path / "out").glob("records/*"))
    monkeypatch.undo()
    row = grade("ana")["ana"]
    assert (
        sum(row["points"].values()) == 9
        and row["flags"] == []
        and row["by_hand"] == ["why"]
    )


def test_who_had_no_time_is_for_a_person(grade, tmp_path):
    save(submission(), tmp_path / "in" / "ana.ipynb")
    row = grade("ana", limits=Limits(total=0.1))["ana"]
    assert "not run: 9 cells, for lack of time" in row["flags"]
    assert row["by_hand"] == list(MOST)


def test_two_runs_do_not_share_a_folder(grade, tmp_path):
    grade("ana")
    with open(tmp_path / "out" / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="another run is grading into .*out"):
            grade("ana")


def test_a_gradebook_of_another_version_is_refused(grade, tmp_path):
    grade("ana")
    other = master()
    other.cells.remove(cell_of(other, "area-tests"))
    save(other, tmp_path / "source" / "toy.ipynb")
    with pytest.raises(
        ValueError, match="gradebook.db holds grades for other cells than toy has now"
    ):
        grade("ana")


def test_records_are_plain_data(grade, tmp_path):
    grade("ana")
    (path,) = (tmp_path / "out" / "records").glob("*.json")
    record = json.loads(path.read_text())
    assert record["scores"] == {name: [0, most] for name, most in MOST.items()}
    assert path.stem == record["key"]
