"""Write what a teacher reads: ``grades.csv``, a row for every student, and ``report.md``, everything flagged."""

import csv
import io
from pathlib import Path

from homework.gradebook import write


def write_grades(path: Path, rows: list[dict]) -> None:
    """Write the table of grades; what the gradebook got by hand is in it."""
    questions = list(dict.fromkeys(name for row in rows for name in row["points"]))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(
        ["student", "score", "max", *questions, "needs_hand_grading", "flags"]
    )
    for row in rows:
        points = [row["points"][name] for name in questions]
        table.writerow(
            [
                _plain(row["student"]),
                _number(sum(points)),
                _number(row["max"]),
                *map(_number, points),
                " ".join(row["by_hand"]),
                _plain("; ".join(row["flags"])),
            ]
        )
    write(path, text.getvalue())


def write_report(path: Path, assignment: str, rows: list[dict]) -> None:
    """Write the list of what was flagged, student by student."""
    flagged = [row for row in rows if row["flags"]]
    waiting = sum(bool(row["by_hand"]) for row in rows)
    lines = [
        f"# {assignment}: {len(rows)} students, {len(flagged)} flagged, {waiting} with something to grade by hand",
        "",
    ]
    for row in flagged:
        lines += [
            f"- **{row['student']}**",
            *(f"  - {_line(flag)}" for flag in row["flags"]),
        ]
    write(path, "\n".join(lines) + "\n")


def _number(points: float) -> str:
    return f"{points:.4f}".rstrip("0").rstrip(".")


def _plain(text: str) -> str:
    """Keep a spreadsheet from taking a student's text for a formula."""
    return f"'{text}" if text[:1] in "=+-@" and text else text


def _line(text: str) -> str:
    return " ".join(text.replace("<", "&lt;").split())
