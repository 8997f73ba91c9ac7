"""What can be read from the files alone: links, anchors, names for pictures, titles. No browser."""

from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

# sphinx-exercise gives every exercise's body the same id; nothing points at it.
REPEATED_BY_EXTENSIONS = {"exercise-content"}


class Page(HTMLParser):
    """The links, ids and pictures of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.links, self.loads, self.ids, self.nameless = [], [], [], []
        self.language, self.title, self.headings, self.inside = "", "", 0, None
        self.redirect = ""

    def handle_starttag(self, tag: str, attributes: list) -> None:
        at = dict(attributes)
        self.inside = tag
        self.ids += [
            at[name]
            for name in ("id", "name")
            if at.get(name) and (name == "id" or tag == "a")
        ]
        address = at.get(
            "href",
            at.get("xlink:href", at.get("src", at.get("data", at.get("poster")))),
        )
        if address is not None and tag in ("a", "area", "use"):
            self.links.append(address)
        elif address is not None and not (
            tag == "link" and at.get("rel") == "canonical"
        ):
            self.loads.append(address)
        if tag == "img" and not (at.get("alt") or "").strip():
            self.nameless.append(f"img without alt: {at.get('src')}")
        if (
            tag == "svg"
            and at.get("role") == "img"
            and not (at.get("aria-label") or "").strip()
        ):
            self.nameless.append(f"svg without aria-label at line {self.getpos()[0]}")
        if tag == "html":
            self.language = at.get("lang") or ""
        if tag == "meta" and (at.get("http-equiv") or "").lower() == "refresh":
            self.redirect = at["content"].partition("url=")[2]

    def handle_data(self, data: str) -> None:
        if self.inside == "title":
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = None


@cache
def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def complaint(link: str, path: Path, site: Path) -> str:
    """Say what is wrong with a link on a page, or nothing."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https"):
        return (
            ""
            if "." in (parts.hostname or "") and not set(link) & set(' <>"{}|\\^`')
            else "not well formed"
        )
    if parts.scheme == "mailto":
        return "" if "@" in parts.path else "no address"
    if parts.scheme or parts.netloc:
        return f"neither a page of the site nor http(s): {parts.scheme or '//'}"
    if parts.path.startswith("/"):
        return "starts at the server's root, but the site may live in a folder"
    target = (
        Path(unquote(urlsplit(urljoin(path.as_uri(), parts.path)).path))
        if parts.path
        else path
    )
    target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(site):
        return "leads out of the site"
    if not target.is_file():
        return "no such file"
    if (
        parts.fragment
        and target.suffix == ".html"
        and unquote(parts.fragment) not in read(target).ids
    ):
        return "no such place on that page"
    return ""


def test_links_and_anchors_resolve(site, path):
    links = dict.fromkeys(read(site / path).links)
    wrong = {link: complaint(link, site / path, site) for link in links}
    assert not any(wrong.values()), {link: why for link, why in wrong.items() if why}


def test_nothing_is_loaded_from_elsewhere(site, path):
    """Also what the browser would load only later, such as a picture far down the page."""
    loads = [
        address
        for address in read(site / path).loads
        if not address.startswith("data:")
    ]
    wrong = {
        address: complaint(address, site / path, site) or "outside"
        for address in loads
        if "//" in address
    }
    wrong |= {
        address: complaint(address, site / path, site)
        for address in loads
        if "//" not in address
    }
    assert not any(wrong.values()), {
        address: why for address, why in wrong.items() if why
    }


def test_pictures_have_words(site, path):
    assert not read(site / path).nameless


def test_ids_are_unique(site, path):
    repeated = {
        name for name, count in Counter(read(site / path).ids).items() if count > 1
    }
    assert not repeated - REPEATED_BY_EXTENSIONS


def test_title_and_language(site, path):
    page = read(site / path)
    assert page.language
    own, _, book = page.title.partition("\N{EM DASH}")
    assert own.strip() and book.strip(), (
        f"the title must name page and book; got {page.title!r}"
    )


def test_titles_differ(site):
    titles = Counter(read(path).title for path in (site / "book").rglob("*.html"))
    assert not {title for title, count in titles.items() if count > 1}


def test_index_redirects_without_scripts(site):
    assert read(site / "index.html").redirect == "book/index.html"
    assert (site / "book" / "index.html").is_file()
