"""Let the book know where its repository lies, so that a fork's buttons point at the fork.

The address comes from BOOK_REPOSITORY_URL, or from the variables that GitHub sets in a workflow. Without an address the
buttons that need one stay away.
"""

import os


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
    options["logo"] = {"text": config.html_title}
    options["navbar_persistent"] = []  # the search field stands in the sidebar
    url = address()
    if not url:
        return
    options["repository_url"] = url
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


def setup(app) -> dict:
    app.connect("config-inited", set_options)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
