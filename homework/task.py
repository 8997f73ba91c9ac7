"""Grade one student: plain data in, plain data out, and never an exception, so that it can run on any machine."""

import time
from typing import NamedTuple

import nbformat

from homework.isolate import Limits, run
from homework.repair import fresh, is_test, repair
from homework.score import scores, settle

GRADER = "grader failed"  # a flag that begins so is not the student's doing; the next run tries again


class Job(NamedTuple):
    """One submission and all that is needed to grade it.

    ``key`` names the outcome: it changes when the submission, the assignment, the limits or the course's code change.
    ``sheet`` is ``repair.read`` of the file, ``master`` the text of the assignment's master notebook.
    """

    student: str
    key: str
    sheet: dict
    master: str
    limits: Limits
    flags: tuple[str, ...] = ()


def grade_one(job: Job) -> dict:
    """Repair, run and score one submission.

    Returns
    -------
    record : student, key, notebook (text), scores (name to points or None, and maximum), doubtful (names of questions
        that a person must look at), flags, seconds
    """
    started = time.monotonic()
    try:
        record = _grade(job)
    except Exception as error:  # whatever happens to one, the class goes on
        record = _nothing(job, f"{GRADER}: {type(error).__name__}: {error}"[:300])
    record["seconds"] = round(time.monotonic() - started, 2)
    return record


def _grade(job: Job) -> dict:
    master = nbformat.reads(job.master, as_version=4)
    notebook, flags = repair(fresh(master), master, job.sheet)
    if job.sheet["trouble"]:
        return _nothing(job, *flags)
    flags += run(notebook, job.limits)
    wrong = settle(notebook)
    flags += [f"no points read: {name}: {words}" for name, words in wrong.items()]
    return _record(job, notebook, flags, sorted(wrong))


def _nothing(job: Job, *flags: str) -> dict:
    """Make the record of a student for whom nothing ran: no points, and a look by hand if there was a file."""
    notebook = fresh(nbformat.reads(job.master, as_version=4))
    settle(notebook)
    tests = [
        cell.metadata.nbgrader.grade_id for cell in notebook.cells if is_test(cell)
    ]
    return _record(
        job, notebook, list(flags), [] if job.sheet["trouble"] == "no file" else tests
    )


def _record(job: Job, notebook, flags: list[str], doubtful: list[str]) -> dict:
    return {
        "student": job.student,
        "key": job.key,
        "notebook": nbformat.writes(notebook),
        "scores": scores(notebook),
        "doubtful": doubtful,
        "flags": [*job.flags, *flags],
    }
