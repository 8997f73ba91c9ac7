"""Keep the records in nbgrader's own form: ``gradebook.db``, ``autograded/`` and ``feedback/``.

So a teacher grades the written answers in nbgrader's formgrader, started in the output folder, and runs the grader
again: points and comments given by hand stay, and stand in ``grades.csv`` and in the feedback. Only the main process
writes here.
"""

import hashlib
import os
import sys
import warnings
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveAutoGrades, SaveCells

STAMP = "homework_key"  # in an autograded notebook's metadata: the record it came from


class Book:
    """The gradebook of one assignment, in a folder of its own."""

    def __init__(self, folder: Path, assignment: str, notebook):
        """Open or make the gradebook; ``notebook`` is the fresh one, whose cells it must hold."""
        os.environ["PATH"] = (
            f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic
        )
        self.folder, self.assignment = Path(folder).resolve(), assignment
        self.url = f"sqlite:///{self.folder / 'gradebook.db'}"
        with Gradebook(self.url) as book:
            book.update_or_create_assignment(assignment)
        try:
            SaveCells().preprocess(nbformat.from_dict(notebook), self._resources(""))
        except RuntimeError as error:
            raise ValueError(
                f"{self.folder / 'gradebook.db'} holds grades for other cells than {assignment} has now; "
                "move it away, or give another --out"
            ) from error
        courses = CourseDirectory(root=str(self.folder))
        feedback = GenerateFeedback(coursedir=courses)
        self.exporter = HTMLExporter(config=feedback.config)
        for step in feedback.preprocessors:
            self.exporter.register_preprocessor(step, enabled=True)

    def add(self, record: dict) -> None:
        """Write a record's points and its notebook, unless they are there already."""
        path = self.path("autograded", record["student"], "ipynb")
        if (
            path.exists()
            and nbformat.read(path, as_version=4).metadata.get(STAMP) == record["key"]
        ):
            return
        notebook = nbformat.reads(record["notebook"], as_version=4)
        with Gradebook(self.url) as book, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy finds fault with nbgrader here
            book.update_or_create_student(record["student"])
            book.update_or_create_submission(self.assignment, record["student"])
        SaveAutoGrades().preprocess(notebook, self._resources(record["student"]))
        with Gradebook(self.url) as book:
            for name in record["doubtful"]:
                self._grade(book, name, record["student"]).needs_manual_grade = True
            book.db.commit()
        notebook.metadata[STAMP] = record["key"]
        write(path, nbformat.writes(notebook))

    def row(self, record: dict) -> dict:
        """Return a student's points by question, hand-given ones included, and what waits for a person."""
        with Gradebook(self.url) as book:
            grades = {
                name: self._grade(book, name, record["student"])
                for name in record["scores"]
            }
            return {
                "student": record["student"],
                "points": {name: grade.score for name, grade in grades.items()},
                "max": sum(most for _, most in record["scores"].values()),
                "by_hand": [
                    name for name, grade in grades.items() if grade.needs_manual_grade
                ],
                "flags": record["flags"],
            }

    def feedback(self, record: dict) -> None:
        """Write a student's page, unless the one that is there says the same."""
        student, path = (
            record["student"],
            self.path("feedback", record["student"], "html"),
        )
        with Gradebook(self.url) as book:
            submitted = book.find_submission_notebook(
                self.assignment, self.assignment, student
            )
            said = [repr((grade.name, grade.score)) for grade in submitted.grades]
            said += [repr((one.name, one.comment)) for one in submitted.comments]
        words = "\n".join([record["key"], *sorted(said)])
        stamp = f"<!-- {hashlib.sha256(words.encode()).hexdigest()} -->\n"
        if path.exists() and path.read_text(encoding="utf-8").endswith(stamp):
            return
        notebook = nbformat.reads(record["notebook"], as_version=4)
        page, _ = self.exporter.from_notebook_node(
            notebook, resources=self._resources(student)
        )
        write(path, page + stamp)

    def path(self, kind: str, student: str, ending: str) -> Path:
        """Return where nbgrader keeps a student's file."""
        return (
            self.folder
            / kind
            / student
            / self.assignment
            / f"{self.assignment}.{ending}"
        )

    def _grade(self, book: Gradebook, name: str, student: str):
        return book.find_grade(name, self.assignment, self.assignment, student)

    def _resources(self, student: str) -> dict:
        names = {"notebook": self.assignment, "assignment": self.assignment}
        return {
            "unique_key": self.assignment,
            "nbgrader": names | {"student": student, "db_url": self.url},
        }


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
