"""Let the book know where its repository lies, so that a fork's buttons point at the fork.

The address comes from BOOK_REPOSITORY_URL, or from the variables that GitHub sets in a workflow. Without an address the
buttons that need one stay away.
"""

import os

import jaxtyping  # noqa: F401  imported first, it lets the package pages show the axes in signatures


def address() -> str:
    """Return the repository's web address, or an empty string."""
    given = os.environ.get("BOOK_REPOSITORY_URL", "")
    server, repository = (
        os.environ.get("GITHUB_SERVER_URL"),
        os.environ.get("GITHUB_REPOSITORY"),
    )
    return given.rstrip("/") or (
        f"{server}/{repository}" if server and repository else ""
    )


def set_options(_app, config) -> None:
    options = config.html_theme_options
    options["logo"] = {"text": config.html_title, "alt_text": "To the front page"}
    options["navbar_persistent"] = []  # the search field stands in the sidebar
    url = address()
    if not url:
        return
    options["repository_url"] = url
    known = [name for name in ("gitlab", "bitbucket") if name in url]
    options["repository_provider"] = (known or ["github"])[0]
    options["repository_branch"] = os.environ.get("BOOK_BRANCH", "main")
    options["path_to_docs"] = "."
    options |= {
        "use_repository_button": True,
        "use_edit_page_button": True,
        "use_issues_button": True,
    }
    options["launch_buttons"] = {
        "notebook_interface": "jupyterlab",
        "binderhub_url": "https://mybinder.org",
    }


def skip_field(_app, _what, _name, member, skip, _options) -> bool:
    """Leave out the stock description that Python gives to the fields of a NamedTuple."""
    return skip or str(member.__doc__).startswith("Alias for field number")


def setup(app) -> dict:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("config-inited", set_options)
    app.connect("autodoc-skip-member", skip_field)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
