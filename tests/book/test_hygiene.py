"""Every committed notebook is in its canonical form, complete, and fit to be read by everyone."""

import re

import nbformat
import pytest
from notebooks import (
    CHAPTERS,
    NOTEBOOKS,
    cells,
    exercises,
    name,
    prose,
    shown,
    tags,
    text,
)

from tools.notebook import canonical

ALLOWED = {"stream/stdout", "text/plain", "text/html", "text/markdown"}
EXPLORER_BYTES, EXPLORER_FRAMES, NOTEBOOK_BYTES = 500_000, 24, 2_000_000
SECTIONS = (
    ":::{admonition} Before you start",
    "**You will be able to**",
    "**You need**",
    "**Time**",
    "## What goes wrong",
    "## Beside the published numbers",
    "## Check yourself",
    "## Exercises",
    "## Summary",
    "**Next:**",
)
KINDS = ("compute", "implement", "explain", "explore", "debug")

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=name)


@every_notebook
def test_is_canonical(path):
    assert canonical(nbformat.read(path, as_version=4)) == path.read_text(
        encoding="utf-8"
    ), f"run: make run NB={path}"
    assert path.stat().st_size < NOTEBOOK_BYTES


@every_notebook
def test_comes_from_one_run_without_errors(path):
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert not [
        cell["id"]
        for cell in code
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]
    assert not [row for row in shown(path) if "Traceback" in row[2]]


@every_notebook
def test_outputs_can_be_shown_without_a_kernel(path):
    assert {mime for _, mime, _ in shown(path)} <= ALLOWED
    assert "widgets" not in nbformat.read(path, as_version=4).metadata


@every_notebook
def test_outputs_name_no_place_or_address(path):
    for cell, mime, output in shown(path):
        assert not re.search(r"/(home|root|tmp|Users)/|0x[0-9a-f]{6,}", output), cell
        if mime == "text/html":
            html = re.sub(r"<script>.*?</script>", "", output, flags=re.S)
            assert not re.findall(r"(?:src|href)=[\"']?https?://", html), cell


@every_notebook
def test_every_figure_is_described(path):
    for cell, mime, output in shown(path):
        if mime == "text/html":
            for svg in re.findall(r"<svg[^>]*>", output):
                label = re.search(r'role="img" aria-label="([^"]*)"', svg)
                assert label and len(label[1]) >= 20, (
                    f"{cell}: a figure needs an alt text"
                )


@every_notebook
def test_explorers_are_small(path):
    for cell, mime, output in shown(path):
        if mime == "text/html" and 'class="explorer"' in output:
            assert len(output) <= EXPLORER_BYTES, cell
            assert output.count('class="frame"') <= EXPLORER_FRAMES, cell


@every_notebook
def test_code_can_be_read(path):
    for cell in cells(path, "code"):
        long = [line for line in text(cell).split("\n") if len(line) > 90]
        assert not long or {"hide-input", "remove-input"} & set(tags(cell)), (
            cell["id"],
            long,
        )


@every_chapter
def test_chapter_has_its_shape(path):
    page = prose(path)
    missing = [section for section in SECTIONS if section not in page]
    assert not missing
    html = [output for _, mime, output in shown(path) if mime == "text/html"]
    assert any('class="explorer"' in output for output in html)
    assert any("data-numquestions" in output for output in html)
    assert any("source(" in text(cell) for cell in cells(path, "code"))


@every_chapter
def test_exercises_are_complete(path):
    found = exercises(path)
    assert len(found) >= 5
    for exercise in found:
        assert re.match(r":label: ex-[\w-]+\n\*\*\((\w+), ★+\)\*\*", exercise), (
            exercise[:60]
        )
        assert "*Deliver:*" in exercise, exercise[:60]
    assert set(KINDS) <= {re.search(r"\*\*\((\w+)", exercise)[1] for exercise in found}
    page = prose(path).split("## Exercises")[1]
    solutions = sum(
        "solution" in tags(cell) for cell in cells(path, "code")
    ) + page.count(":::{dropdown} A solution")
    assert solutions == len(found), "each exercise has one worked solution"
    assert page.count(":::{dropdown} Hint") >= len(found), "each exercise has a hint"


@every_chapter
def test_checked_exercises_have_a_proved_solution(path):
    asked, proved = set(), set()
    for cell in cells(path, "code"):
        names = set(re.findall(r'check\("(\w+)"', text(cell)))
        if "solution" in tags(cell):
            proved |= names
            assert not names or "assert score == 1" in text(cell), cell["id"]
        elif "exercise" in tags(cell):
            asked |= names
    in_text = set(
        re.findall(r"def my_(\w+)", prose(path))
    )  # solutions of the "your turn" boxes, tried below
    assert asked <= proved | in_text


@every_chapter
def test_solutions_in_the_text_pass_their_checks(path, capsys):
    from rnnlib.checks import check

    for code in re.findall(
        r":::\{dropdown\} A solution\n.*?```python\n(.*?)```", prose(path), flags=re.S
    ):
        space: dict = {}
        exec("import numpy as np\n" + code, space)
        (function,) = [key for key in space if key.startswith("my_")]
        assert check(function.removeprefix("my_"), space[function]) == 1, (
            capsys.readouterr().out
        )
