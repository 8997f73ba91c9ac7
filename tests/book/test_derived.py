"""Files that are made from others agree with their source, and nothing of the book is left out."""

import json
import re
import tomllib

import pytest
import yaml
from notebooks import NOTEBOOKS, RELEASES, ROOT, name

from rnnlib.corpora import load_pairs, load_text
from tools import face

RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
PAGES = NOTEBOOKS + RELEASES + sorted((ROOT / "book").rglob("*.md"))
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", face.files(), ids=lambda path: path.name)
def test_the_face_is_drawn_from_the_palette(path):
    assert path.read_text(encoding="utf-8") == face.files()[path], "run: make face"


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.name)
def test_results_say_where_they_come_from(path):
    body = json.loads(path.read_text(encoding="utf-8"))
    assert set(body) == {"command", "commit", "machine", "versions", "data", "results"}
    module = re.fullmatch(r"python -m (benchmarks\.\w+)", body["command"])
    assert module
    source = ROOT / module[1].replace(".", "/")
    assert source.with_suffix(".py").exists() or (source / "__main__.py").exists()
    assert re.fullmatch(r"[0-9a-f]{40}\+?", body["commit"])
    assert body["machine"] and "numpy" in body["versions"] and body["results"]


def test_every_page_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = {toc["root"]} | set(re.findall(r"'file': '([^']+)'", str(toc)))
    assert listed == {"book/" + name(path).rsplit(".", 1)[0] for path in PAGES}
    assert not [page for page in listed if "_" in page], "addresses have hyphens"


def test_every_module_has_a_reference_page():
    package = ROOT / "rnnlib"
    modules = {path.stem for path in package.glob("*.py")}
    modules |= {path.parent.name for path in package.glob("*/__init__.py")}
    pages = {path.stem for path in (ROOT / "book" / "api").glob("*.md")}
    assert modules - {"__init__", "tree"} == pages - {"index"}


def test_lock_is_complete_and_exact():
    pins = dict(re.findall(r"^([\w.-]+)==([\w.]+)", LOCK, flags=re.M))
    assert len(re.findall(r"^numpy==", LOCK, flags=re.M)) == 1, (
        "one numpy for every Python"
    )
    assert not re.findall(r"^[\w.-]+\s*(?:[<>~]|$)", LOCK, flags=re.M)
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = {
        re.match(r"[\w-]+", item)[0] for group in extras.values() for item in group
    } - {"rnnlib"}
    assert {item.lower().replace("_", "-") for item in wanted} <= {
        pin.lower().replace("_", "-") for pin in pins
    }
    assert pins["jupyter-book"].startswith("1.")


def test_the_package_needs_numpy_only():
    names = {
        re.match(r"[\w-]+", item)[0] for item in PROJECT["project"]["dependencies"]
    }
    assert names == {"numpy"}


def test_every_data_set_has_a_card():
    data = ROOT / "rnnlib" / "data"
    assert {path.stem for path in data.glob("*.md")} == {
        path.stem for path in data.glob("*.*") if path.suffix != ".md"
    }
    for card in data.glob("*.md"):
        words = card.read_text(encoding="utf-8")
        assert all(word in words for word in ("**Origin**", "**Licence**", "**Use**"))


def test_no_downloaded_text_ships():
    assert not {"time-machine-gutenberg.txt", "names.txt", "tinyshakespeare.txt"} & {
        path.name
        for path in ROOT.rglob("*.txt")
        if ".venv" not in path.parts and "_build" not in path.parts
    }
    assert load_text("tales") and load_pairs("train")
