"""Whatever a file is called, it is found, and the guess is said."""

import os
import zipfile

import pytest

from homework.collect import LARGEST, collect, read, read_roster


def made(folder, *paths):
    for age, path in enumerate(paths):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
        os.utime(folder / path, (age, age))
    return folder


@pytest.mark.parametrize(
    "path, student, guessed",
    [
        ("ana.ipynb", "ana", False),
        ("ana_hw1.ipynb", "ana", True),
        ("HW1 - Ana Lovelace.ipynb", "Ana Lovelace", True),
        ("ana/hw1.ipynb", "ana", False),
        ("ana/hw1 (1).ipynb", "ana", True),
        ("ana/hw1.ipynb.txt", "ana", True),
        ("ana/drafts/final.ipynb", "ana", True),
        ("submitted/ana/hw1/hw1.ipynb", "ana", False),
        ("hw1/ana/hw1.ipynb", "ana", False),
        ("Ana Lovelace_12345_assignsubmission_file_/hw1.ipynb", "Ana Lovelace", False),
        ("Ana Lovelace_12345_assignsubmission_file_hw1.ipynb", "Ana Lovelace", False),
        ("hw12.ipynb", "hw12", False),
    ],
)
def test_the_student_is_found_from_the_path(tmp_path, path, student, guessed):
    (found,) = collect(made(tmp_path, path), "hw1")
    assert found.student == student
    assert read(found).decode() == path
    assert any(flag.startswith("file name") for flag in found.flags) == guessed


def test_work_for_other_assignments_is_left_alone(tmp_path):
    made(
        tmp_path,
        "ana/hw1/hw1.ipynb",
        "ana/hw2/hw2.ipynb",
        "ben/hw2 (1).ipynb",
        "hw2/cai.ipynb",
    )
    found = collect(tmp_path, "hw1", others=frozenset({"hw2"}))
    assert [(one.student, one.path is None, one.flags) for one in found] == [
        ("ana", False, ()),
        ("ben", True, ()),
    ]


def test_two_students_of_one_name_keep_their_numbers(tmp_path):
    made(
        tmp_path,
        *(f"Ana_{number}_assignsubmission_file_/hw1.ipynb" for number in (12, 34)),
    )
    assert [one.student for one in collect(tmp_path, "hw1")] == ["Ana_12", "Ana_34"]


def test_of_several_files_the_exact_name_wins_then_the_assignment_then_the_newest(
    tmp_path,
):
    made(
        tmp_path,
        "a/hw1.ipynb",
        "a/new.ipynb",
        "b/hw1-v1.ipynb",
        "b/hw1-v2.ipynb",
        "b/hw2.ipynb",
        "c/hw1.ipynb",
    )
    found = {one.student: one for one in collect(tmp_path, "hw1")}
    assert found["a"].path.name == "hw1.ipynb"
    assert found["b"].path.name == "hw1-v2.ipynb"
    assert [
        any(flag.startswith("several") for flag in found[who].flags) for who in "abc"
    ] == [True, True, False]


def test_checkpoints_and_hidden_files_are_no_submissions(tmp_path):
    made(
        tmp_path,
        "ana/.ipynb_checkpoints/hw1-checkpoint.ipynb",
        "ana/._hw1.ipynb",
        "__MACOSX/hw1.ipynb",
        "ana/a.pdf",
    )
    (found,) = collect(tmp_path, "hw1")
    assert found.student == "ana" and found.path is None and read(found) is None


def test_a_zip_file_is_read_where_it_lies(tmp_path):
    with zipfile.ZipFile(tmp_path / "ana.zip", "w") as archive:
        for name in (
            "/hw1.ipynb",
            "../hw1.ipynb",
            "x/../hw1.ipynb",
            "__MACOSX/hw1.ipynb",
        ):
            archive.writestr(name, "outside")
        archive.writestr("work/hw1.ipynb", "inside")
    (found,) = collect(tmp_path, "hw1")
    assert (found.student, read(found), found.flags) == ("ana", b"inside", ())
    assert [path.name for path in tmp_path.iterdir()] == ["ana.zip"]


def test_what_cannot_be_read_is_told_when_it_is_read(tmp_path):
    (tmp_path / "ana.zip").write_bytes(b"PK no archive")
    with open(tmp_path / "ben.ipynb", "wb") as file:
        file.truncate(LARGEST + 1)
    for found in collect(tmp_path, "hw1"):
        with pytest.raises(
            ValueError, match="unreadable: (BadZipFile|larger than 64 MB)"
        ):
            read(found)


def test_everyone_on_the_roster_has_a_row(tmp_path):
    (tmp_path / "roster.csv").write_text(
        "email,student\na@x,ana\nb@x,ben\n\n", encoding="utf-8-sig"
    )
    roster = read_roster(tmp_path / "roster.csv")
    assert roster == ["ana", "ben"]
    found = collect(
        made(tmp_path / "in", "ana/hw1.ipynb", "eve/hw1.ipynb"), "hw1", roster
    )
    assert [(one.student, one.path is None, one.flags) for one in found] == [
        ("ana", False, ()),
        ("ben", True, ()),
        ("eve", False, ("not on the roster",)),
    ]


def test_a_roster_without_a_head_is_a_list_of_names(tmp_path):
    (tmp_path / "roster.csv").write_text("ana,1\nben,2\n")
    assert read_roster(tmp_path / "roster.csv") == ["ana", "ben"]


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(ValueError, match="--submissions must be a folder; got"):
        collect(tmp_path / "nowhere", "hw1")
