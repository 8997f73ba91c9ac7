"""Committed results are found from any folder below the repository."""

import json

import pytest

from rnnlib.results import load_results

NAME, RECORD = (
    "times",
    {"results": {"caf\N{LATIN SMALL LETTER E WITH ACUTE}": 1.5}, "commit": "abc"},
)


def place(root, record):
    folder = root / "benchmarks" / "results"
    folder.mkdir(parents=True)
    (folder / f"{NAME}.json").write_text(
        json.dumps(record, ensure_ascii=False), encoding="utf-8"
    )


def test_found_here_and_above(tmp_path, monkeypatch):
    place(tmp_path, RECORD)
    deep = tmp_path / "book" / "part-1"
    deep.mkdir(parents=True)
    for folder in (tmp_path, deep):
        monkeypatch.chdir(folder)
        assert load_results(NAME) == RECORD


def test_the_nearest_is_taken(tmp_path, monkeypatch):
    place(tmp_path, RECORD)
    place(tmp_path / "clone", {"results": {}})
    monkeypatch.chdir(tmp_path / "clone")
    assert load_results(NAME) == {"results": {}}


def test_not_found_names_file_and_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        load_results(NAME)
    assert f"benchmarks/results/{NAME}.json" in str(caught.value) and str(
        tmp_path
    ) in str(caught.value)
