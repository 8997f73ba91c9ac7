"""The built site asks the questions of the homework and holds none of its answers."""

import html
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import is_grade, is_solution

ROOT = Path(__file__).resolve().parents[2]
MASTERS = sorted((ROOT / "homework" / "source").glob("*/*.ipynb"))
PUBLIC = [*(ROOT / "book").rglob("*.ipynb"), *(ROOT / "rnnlib").glob("**/*.py")]
READABLE = {".html", ".ipynb", ".md", ".txt", ".js", ".json", ".py"}


def bare(text, suffix=""):
    """Keep letters and digits only, so that markup and line breaks hide nothing."""
    if suffix == ".html":
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return re.sub(r"\W+", "", text)


def secrets(path):
    """The lines of a master that answer something: solutions, written answers and hidden tests."""
    lines = []
    for cell in nbformat.read(path, as_version=4).cells:
        regions = re.findall(
            r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END",
            cell.source,
            flags=re.S,
        )
        if is_grade(cell) and is_solution(cell):
            regions = [cell.source]
        lines += [bare(line) for region in regions for line in region.split("\n")]
    return {line for line in lines if len(line) >= 30}


@pytest.fixture(scope="module")
def public():
    """What the chapters and the package say anyway, and the given cells of the releases, which hold no answer."""
    texts = []
    for path in PUBLIC:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            text = "\n".join(
                "".join(cell["source"]) for cell in json.loads(text)["cells"]
            )
        if "checks" not in path.parts:
            texts.append(bare(text))
    return "\n".join(texts)


@pytest.fixture(scope="module")
def everything(site):
    """Every text of the site, as one string of letters and digits for each file."""
    found = {}
    for path in site.rglob("*"):
        if path.suffix in READABLE and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found[path.relative_to(site).as_posix()] = bare(
                text.replace("\\n", "\n").replace('\\"', '"'), path.suffix
            )
    return found


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)
def test_no_answer_stands_on_the_site(master, public, everything):
    hidden = {line for line in secrets(master) if line not in public}
    assert len(hidden) >= 10, "the master has answers to look for"
    leaks = [
        (n, line) for n, text in everything.items() for line in hidden if line in text
    ]
    assert not leaks


def test_the_sources_of_the_checks_are_not_on_the_site(everything):
    assert not [name for name in everything if "checks/homework" in name]


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)
def test_the_page_and_its_notebook_are_there(master, site):
    page = site / "book" / "homework" / f"{master.stem}.html"
    source = site / "_sources" / "book" / "homework" / f"{master.stem}.ipynb"
    assert "YOUR CODE HERE" in page.read_text(encoding="utf-8")
    assert nbformat.read(source, as_version=4) == nbformat.read(
        ROOT / "book" / "homework" / f"{master.stem}.ipynb", as_version=4
    )
    assert f'href="../../_sources/book/homework/{master.stem}.ipynb"' in page.read_text(
        encoding="utf-8"
    )
