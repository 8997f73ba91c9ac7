"""Buttons that need the repository's address point at the repository the book is built from, or stay away."""

import importlib.util
from types import SimpleNamespace

import pytest
from notebooks import ROOT

spec = importlib.util.spec_from_file_location("course", ROOT / "book/_ext/course.py")
course = importlib.util.module_from_spec(spec)
spec.loader.exec_module(course)

VARIABLES = ("BOOK_REPOSITORY_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY")
FORK = "https://github.com/fork/course"


@pytest.fixture
def options(monkeypatch):
    """Return what the theme is told under some variables of the environment."""

    def told(**variables: str) -> dict:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        config = SimpleNamespace(html_theme_options={}, html_title="A course")
        course.set_options(None, config)
        return config.html_theme_options

    return told


def test_without_an_address_no_button_needs_one(options):
    told = options()
    assert told["logo"]["text"] == "A course"
    assert not [name for name in told if "button" in name or "repository" in name]


def test_a_workflow_points_at_the_repository_it_runs_in(options):
    told = options(
        GITHUB_SERVER_URL="https://github.com", GITHUB_REPOSITORY="fork/course"
    )
    assert told["repository_url"] == FORK and told["use_repository_button"]
    assert "mybinder" in told["launch_buttons"]["binderhub_url"]


def test_an_address_given_by_hand_comes_first(options):
    told = options(
        BOOK_REPOSITORY_URL="https://gitlab.com/me/course/",
        GITHUB_SERVER_URL="https://github.com",
        GITHUB_REPOSITORY="fork/course",
    )
    assert told["repository_url"] == "https://gitlab.com/me/course"
    assert told["repository_provider"] == "gitlab"
