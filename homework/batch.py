"""Grade all the submissions in a folder: read them, spread them over workers, keep every record, write the results.

A record is written as soon as a student is graded, under a name made from the submission, the assignment, the limits
and the code: what is there already is never graded again, whenever and however the run before ended.
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from tqdm import tqdm

from homework.collect import Found, collect, read
from homework.gradebook import Book, write
from homework.isolate import Limits
from homework.release import ROOT, masters
from homework.repair import fresh
from homework.repair import read as read_sheet
from homework.report import write_grades, write_report
from homework.task import GRADER, Job, grade_one

# The modules that decide on grades
GRADING = "match repair execute isolate processes score task".split()
USUAL = Limits()


def grade_class(
    master: Path,
    submissions: Path,
    out: Path,
    *,
    roster: list[str] | None = None,
    limits: Limits = USUAL,
    workers: int = 2,
    scheduler: str | None = None,
) -> list[dict]:
    """Grade all submissions in a folder; return a row for every student and write everything into ``out``."""
    assignment, text = master.stem, master.read_text(encoding="utf-8")
    if out.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"--out must lie outside of --submissions; got {out}")
    others = frozenset(masters()) - {assignment}
    found = collect(submissions, assignment, roster, others)
    with _alone(_made(out)), _pool(workers, scheduler) as pool:
        book = Book(out, assignment, fresh(nbformat.reads(text, as_version=4)))
        jobs = [_job(one, text, limits) for one in tqdm(found, "reading", disable=None)]
        records = {}
        for record in tqdm(
            _graded(jobs, out, pool), "grading", len(jobs), disable=None
        ):
            records[record["student"]] = record
            _enter(book, record)
        rows = [_row(book, records[job.student]) for job in jobs]
        write_grades(out / "grades.csv", rows)
        write_report(out / "report.md", assignment, rows)
    return rows


def _enter(book: Book, record: dict) -> None:
    """Put a record into the gradebook; if that fails, the student still has a row."""
    try:
        book.add(record)
        book.feedback(record)
    except Exception as error:
        words = f"{GRADER}: no entry or page: {type(error).__name__}: {error}"
        record["flags"].append(words[:300])


def _row(book: Book, record: dict) -> dict:
    try:
        return book.row(record)
    except Exception:
        return {
            "student": record["student"],
            "points": {
                name: points or 0 for name, (points, _) in record["scores"].items()
            },
            "max": sum(most for _, most in record["scores"].values()),
            "by_hand": list(record["scores"]),
            "flags": record["flags"],
        }


def _graded(jobs: list[Job], out: Path, pool: Executor) -> Iterator[dict]:
    """Yield every student's record: first those of earlier runs, then the new ones as they are done."""
    waiting = {}
    for job in jobs:
        path = out / "records" / f"{job.key}.json"
        if path.exists():
            yield json.loads(path.read_text(encoding="utf-8"))
        else:
            waiting[pool.submit(grade_one, job)] = job, path
    for future in as_completed(waiting):
        # Let go of it, or a cluster computes it again when its worker is lost.
        job, path = waiting.pop(future)
        try:
            record = future.result()
        except Exception as error:  # several machines that graded this student are lost
            trouble = {"trouble": f"{GRADER}: {error!r}"}
            record = grade_one(job._replace(sheet=job.sheet | trouble))
        if any(flag.startswith(GRADER) for flag in record["flags"]):
            record["key"] = ""  # the next run tries again
        else:
            write(path, json.dumps(record))
        yield record


def _job(found: Found, master: str, limits: Limits) -> Job:
    """Read a submission and give its outcome a name."""
    try:
        raw = read(found)
        sheet = read_sheet(raw)
    except ValueError as error:
        raw = str(error).encode()
        sheet = {"cells": [], "kernel": "", "trouble": str(error)}
    parts = (found.student, raw, found.flags, master, tuple(limits), _code())
    key = hashlib.sha256(repr(parts).encode()).hexdigest()
    return Job(found.student, key, sheet, master, limits, found.flags)


@functools.cache
def _code() -> str:
    """Name the state of all code that decides on grades: the checks, the package, the grader."""
    files = [ROOT / "homework" / f"{name}.py" for name in GRADING]
    files += sorted((ROOT / "rnnlib").rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@contextlib.contextmanager
def _pool(workers: int, scheduler: str | None) -> Iterator[Executor]:
    """Open the workers: threads, each of which starts processes, or a Dask cluster."""
    if scheduler is None:
        pool = ThreadPoolExecutor(workers)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
    else:
        from distributed import Client  # only who has a cluster needs it

        with Client(scheduler) as client:
            yield client.get_executor(pure=False)


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep a second run out of the same folder; the lock goes with the process, however it ends."""
    import fcntl  # not on Windows, where main() says so

    with open(out / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"another run is grading into {out}") from None
        yield


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
