"""The built site in a real browser: SITE names its folder (default _build/html), CHROMIUM the browser.

Pages are whatever lies below <site>/book, so a new chapter is tested as soon as it is built.
"""

import functools
import os
import re
import shutil
import socketserver
import threading
import time
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

SITE = Path(
    os.environ.get("SITE") or Path(__file__).parents[2] / "_build" / "html"
).resolve()
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def pages() -> list[str]:
    return sorted(
        path.relative_to(SITE).as_posix() for path in (SITE / "book").rglob("*.html")
    )


@functools.cache
def pages_with(pattern: str) -> list[str]:
    return [
        page
        for page in pages()
        if re.search(pattern, (SITE / page).read_text(encoding="utf-8"))
    ]


def distinct_pages() -> list[str]:
    """Leave out most pages of the package reference: one template draws them all."""
    alike = [page for page in pages() if page.startswith("book/api/")]
    return [page for page in pages() if page not in alike[3:]]


def pytest_generate_tests(metafunc) -> None:
    """Give each test its pages: all, some of each template, or those with explorers or quizzes."""
    explorers = pages_with('<figure class="explorer"')
    wanted = {
        "path": pages(),
        "distinct_path": distinct_pages(),
        "explorer_path": explorers,
        "first_explorer_path": explorers[:2],
        "first_quiz_path": pages_with("data-numquestions")[:2],
    }
    for name, found in wanted.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, found or ["no site"])


def missing(what: str) -> None:
    """Skip, but never on a server whose task is to run these tests."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@pytest.fixture(scope="session")
def site() -> Path:
    if not pages():
        missing(f"no built site in {SITE}: make site")
    return SITE


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments) -> None:
        pass


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_arguments) -> None:
        pass  # a browser that closes a page hangs up in the middle of an answer


@pytest.fixture(scope="session")
def base(site):
    """The site's address on this machine."""
    with Server(("127.0.0.1", 0), functools.partial(Handler, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser(site):
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    if not program:
        missing("no Chromium: apt-get install chromium, or set CHROMIUM to the program")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("no Playwright: pip install playwright axe-playwright-python")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, base):
    """Open a page in a fresh context; on leaving, whatever was tried must have been quiet and local.

    Motion is off unless asked for, so that nothing moves under a test's hands.
    """

    @contextmanager
    def visit(
        path: str,
        viewport=DESKTOP,
        color_scheme="light",
        reduced_motion="reduce",
        scripts=True,
        root=base,
        late="",
    ):
        context = browser.new_context(
            viewport=viewport,
            color_scheme=color_scheme,
            reduced_motion=reduced_motion,
            java_script_enabled=scripts,
        )
        trouble = []

        def refuse(route) -> None:
            trouble.append(f"outside request: {route.request.url}")
            route.abort()

        host = re.escape(base.removeprefix("http://"))
        context.route(re.compile(rf"^(?:https?|wss?)://(?!{host}/)"), refuse)
        if late:  # as on a slow line
            context.route(
                re.compile(late), lambda route: (time.sleep(1.2), route.continue_())
            )
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.set_default_navigation_timeout(60_000)  # a busy machine is no defect
        page.on(
            "websocket", lambda socket: trouble.append(f"outside request: {socket.url}")
        )
        page.on("pageerror", lambda error: trouble.append(f"exception: {error}"))
        page.on(
            "console",
            lambda m: (
                trouble.append(f"console: {m.text}") if m.type == "error" else None
            ),
        )
        page.on(
            "response",
            lambda r: (
                trouble.append(f"{r.status}: {r.url}") if r.status >= 400 else None
            ),
        )
        if scripts:  # without them Chromium cancels the scripts that the page announces
            page.on(
                "requestfailed",
                lambda r: (
                    trouble.append(f"failed: {r.url}")
                    if r.url.startswith(base)
                    else None
                ),
            )
        page.goto(f"{root}/{path}")
        if scripts:
            page.evaluate("() => window.MathJax?.startup?.promise?.then(() => true)")
        try:
            yield page
            seen = list(dict.fromkeys(trouble))
        finally:
            context.close()
        assert not seen, f"{path}: " + "; ".join(seen)

    return visit


@pytest.fixture
def open_all():
    """Open everything that is folded."""
    return lambda page: page.evaluate(
        "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"
    )
