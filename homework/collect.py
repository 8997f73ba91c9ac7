"""Find each student's notebook, whatever the file is called, and say what was guessed.

Taken: ``ana.ipynb``, ``ana/hw1.ipynb``, ``ana/hw1 (1).ipynb``, ``submitted/ana/hw1/hw1.ipynb``, Moodle's
``Ana Lovelace_12345_assignsubmission_file_/hw1.ipynb``, and the same inside ``ana.zip`` or ``ana/hw1.zip``. A zip file
is read where it lies and never unpacked.
"""

import csv
import re
import zipfile
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import NamedTuple

LARGEST = 64 * 2**20  # bytes of one notebook; what is larger is not read
NOTEBOOK = re.compile(r"\.ipynb(\.\w+)?$", re.IGNORECASE)  # browsers add .txt or .json
MOODLE = re.compile(r"(.+?)_(\d+)_assignsubmission_file(?:_|$)")
WRAPPERS = {"submitted", "submissions"}


class Found(NamedTuple):
    """The file that counts for one student: its path, its place in a zip file, and what was guessed."""

    student: str
    path: Path | None
    member: str = ""
    flags: tuple[str, ...] = ()


class _Candidate(NamedTuple):
    path: Path
    member: str
    parts: tuple[str, ...]  # where it lies below the folder; a zip file counts as one

    @property
    def name(self) -> str:
        return self.parts[-1]


def collect(
    folder: Path,
    assignment: str,
    roster: list[str] | None = None,
    others: frozenset[str] = frozenset(),
) -> list[Found]:
    """List the file of every student found in a folder or named in the roster, sorted by student.

    What lies in a folder, or carries the name, of one of the ``others``, assignments too, is left alone.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(
            f"--submissions must be a folder; got {folder}, which is not one"
        )
    candidates = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(_hidden(part) for part in parts):
            continue
        if others & {_stem(part).lower() for part in parts}:
            continue
        own = _unwrapped((*parts, ""), assignment)
        if path.is_dir():
            if len(own) == 2:  # a student's folder, which may be empty
                candidates[_student(own, assignment)] += []
        elif path.suffix.lower() == ".zip":
            owner = _student(parts, assignment)
            candidates[owner] += _in_zip(path, parts)
        elif NOTEBOOK.search(path.name):
            owner = _student(parts, assignment)
            candidates[owner].append(_Candidate(path, "", parts))
    names = _bare(candidates)
    found = [
        _choose(names[who], files, assignment) for who, files in candidates.items()
    ]
    if roster is not None:
        found = _with_roster(found, roster)
    return sorted(found, key=lambda one: one.student)


def read_roster(path: Path) -> list[str]:
    """Read the students' names: the column ``student`` of a CSV file, or else its first column."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    if not rows:
        raise ValueError(f"--roster must name a student on each line; {path} is empty")
    head = [cell.strip().lower() for cell in rows[0]]
    column = head.index("student") if "student" in head else 0
    names = [row[column].strip() for row in rows[("student" in head) :]]
    return [name for name in names if name]


def read(found: Found) -> bytes | None:
    """Read a student's file: None where there is none; ValueError, with the words for it, where it cannot be read."""
    if found.path is None:
        return None
    try:
        if not found.member:
            with open(found.path, "rb") as file:
                raw = file.read(LARGEST + 1)
        else:
            with (
                zipfile.ZipFile(found.path) as archive,
                archive.open(found.member) as file,
            ):
                raw = file.read(LARGEST + 1)
    except Exception as error:  # a damaged or locked file, in any of a dozen ways
        raise ValueError(f"unreadable: {type(error).__name__}") from error
    if len(raw) > LARGEST:
        raise ValueError(f"unreadable: larger than {LARGEST // 2**20} MB")
    return raw


def _hidden(part: str) -> bool:
    """Say whether a folder or file is none of the student's own work; ``..`` in a zip file is none either."""
    return part.startswith(".") or part == "__MACOSX"


def _unwrapped(parts: tuple[str, ...], assignment: str) -> tuple[str, ...]:
    """Drop the folders above the students' own: ``submitted/``, or the assignment's name."""
    while len(parts) > 1 and parts[0].lower() in {*WRAPPERS, assignment.lower()}:
        parts = parts[1:]
    return parts


def _student(parts: tuple[str, ...], assignment: str) -> str:
    """Tell whose file it is: from the first folder, else from the file's own name."""
    parts = _unwrapped(parts, assignment)
    if moodle := MOODLE.match(parts[0]):
        return f"{moodle[1]}\0{moodle[2]}"  # told apart, or dropped, in _bare
    if len(parts) > 1:
        return parts[0]
    name = _stem(parts[0])
    own = re.sub(rf"(?i)(^|[ _.-]+){re.escape(assignment)}(?=$|[ _.-])", "", name)
    return own.strip(" _.-") or name


def _bare(students) -> dict[str, str]:
    """Take Moodle's number off a name, unless two students share the name."""
    bare = {who: who.partition("\0")[0] for who in students}
    names = list(bare.values())
    return {
        who: who.replace("\0", "_") if names.count(name) > 1 else name
        for who, name in bare.items()
    }


def _stem(name: str) -> str:
    """Take off the ending, and the number that a browser adds to a second download."""
    name = re.sub(r"(?i)\.zip$", "", NOTEBOOK.sub("", name))
    return re.sub(r"\s*\(\d+\)$", "", name)


def _in_zip(path: Path, parts: tuple[str, ...]) -> list[_Candidate]:
    """List the notebooks in a zip file; one that cannot be opened stands for itself, and reading it tells why."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                PurePosixPath(info.filename)
                for info in archive.infolist()
                if NOTEBOOK.search(info.filename)
            ]
    except (OSError, zipfile.BadZipFile):
        return [_Candidate(path, "?", (*parts, path.name))]
    return [
        _Candidate(path, str(member), (*parts, member.name))
        for member in members
        if not member.is_absolute() and not any(map(_hidden, member.parts))
    ]


def _choose(student: str, files: list[_Candidate], assignment: str) -> Found:
    """Take the file with the exact name, else one that names the assignment, else the newest."""
    if not files:
        return Found(student, None)
    exact = {f"{assignment}.ipynb", f"{student}.ipynb"}

    def merit(file: _Candidate):
        named = assignment.lower() in "/".join(file.parts[-2:]).lower()
        return file.name in exact, named, file.path.stat().st_mtime, file.parts

    best = max(files, key=merit)
    flags = []
    if best.name not in exact and not MOODLE.match(best.name):
        flags.append(f"file name: took {best.name}")
    if len(files) > 1:
        flags.append(f"several files: took {'/'.join(best.parts)} of {len(files)}")
    return Found(student, best.path, best.member, tuple(flags))


def _with_roster(found: list[Found], roster: list[str]) -> list[Found]:
    """Give every student of the roster a row, and mark who is not on it."""
    missing = [
        Found(name, None) for name in roster if name not in {f.student for f in found}
    ]
    marked = [
        one
        if one.student in roster
        else one._replace(flags=(*one.flags, "not on the roster"))
        for one in found
    ]
    return marked + missing
