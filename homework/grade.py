"""Grade a class.

    python -m homework.grade hw1 --submissions DIR
    python -m homework.grade hw1 --submissions DIR --scheduler tcp://HOST:8786

Writes ``grades.csv``, ``report.md``, a page of feedback for each student and nbgrader's gradebook. Stop it when you
like and start it again: what was graded stays graded, and only what has changed is done. With ``--scheduler`` the
students are spread over a Dask cluster, whose workers need this repository and its environment.

The students' code runs with your rights: it is limited and kept apart from the others', but a malicious submission can
read and change whatever you can, so grade in a container that you can throw away, without a network.
"""

import argparse
import os
import sys
from pathlib import Path

from homework.batch import USUAL, grade_class
from homework.collect import read_roster
from homework.isolate import Limits
from homework.release import masters


def main() -> None:
    """Read the command line, grade, and say where the results are."""
    if sys.platform == "win32":
        sys.exit("The grader needs Linux or macOS; on Windows, use WSL or a container.")
    parser = argparse.ArgumentParser(
        prog="python -m homework.grade", description="Grade a class."
    )
    parser.add_argument(
        "assignment", help="its name, e.g. hw1, or the path of a master notebook"
    )
    parser.add_argument("--submissions", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="default: graded/ASSIGNMENT"
    )
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="a row for each student in it, file or not",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count(),
        help="students at a time (default: %(default)s)",
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster")
    parser.add_argument(
        "--seconds",
        type=float,
        default=USUAL.seconds,
        help="for a cell (default: %(default)g)",
    )
    parser.add_argument(
        "--total",
        type=float,
        default=USUAL.total,
        help="for a student (default: %(default)g)",
    )
    parser.add_argument(
        "--memory",
        type=float,
        default=USUAL.memory / 2**30,
        help="in GiB (default: %(default)g)",
    )
    given = parser.parse_args()
    known = masters()
    master = (
        Path(given.assignment)
        if given.assignment.endswith(".ipynb")
        else known.get(given.assignment)
    )
    if master is None or not master.exists():
        parser.error(
            f"no assignment {given.assignment}; there are {', '.join(known) or 'none'}"
        )
    out = given.out or Path("graded") / master.stem
    limits = Limits(
        seconds=given.seconds, total=given.total, memory=int(given.memory * 2**30)
    )
    try:
        rows = grade_class(
            master,
            given.submissions,
            out,
            roster=read_roster(given.roster) if given.roster else None,
            limits=limits,
            workers=given.workers,
            scheduler=given.scheduler,
        )
    except (ValueError, OSError) as error:
        sys.exit(f"homework.grade: {error}")
    flagged = sum(bool(row["flags"]) for row in rows)
    print(
        f"{len(rows)} students, {flagged} flagged: see {out / 'grades.csv'}, {out / 'report.md'}, {out / 'feedback'}"
    )


if __name__ == "__main__":
    main()
