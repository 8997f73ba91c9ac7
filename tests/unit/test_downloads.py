"""Downloads: every way in which one can go wrong ends in words, and leaves nothing behind."""

import hashlib
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rnnlib.corpora import DOWNLOADS, Download, load_text

NAME, FILE, PATH = "fable", "fable.txt", "/fable.txt"
POLL = 0.01  # seconds; how soon the server sees that it should stop
BODY = "The fox looked up.\nThe grapes, he said, were sour.\n"
START, END = "The fox", "The end."
WHOLE = f"Licence: none.\n{BODY}{END} Licence again.\n".encode()


class Shop:
    """A server on this machine that counts who asks and hands out what it is told to."""

    def __init__(self):
        self.asked, self.body, self.claimed, self.status = 0, WHOLE, len(WHOLE), 200
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                shop.asked += 1
                self.send_response(shop.status)
                self.send_header("Content-Length", str(shop.claimed))
                self.end_headers()
                self.wfile.write(shop.body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}{PATH}"
        threading.Thread(target=self.server.serve_forever, args=(POLL,)).start()


@pytest.fixture
def shop(monkeypatch, tmp_path):
    shop = Shop()
    digest = hashlib.sha256(WHOLE).hexdigest()
    item = Download("a fable", FILE, shop.url, digest, start=START, end=END)
    monkeypatch.setitem(DOWNLOADS, NAME, item)
    monkeypatch.setenv("RNNLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("RNNLIB_DATA", raising=False)
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_the_right_file_is_fetched_once_and_trimmed(shop, tmp_path):
    assert load_text(NAME) == BODY
    assert left_in(tmp_path) == [FILE]
    assert (tmp_path / "cache" / FILE).read_bytes() == WHOLE
    assert load_text(NAME) == BODY and shop.asked == 1


def test_a_spoilt_cache_is_fetched_again(shop, tmp_path):
    load_text(NAME)
    (tmp_path / "cache" / FILE).write_text("The fox was here. The end.")
    assert load_text(NAME) == BODY and shop.asked == 2


def test_another_file_than_expected_is_refused_and_not_kept(shop, tmp_path):
    shop.body = f"{START} lied. {END}".encode()
    shop.claimed = len(shop.body)
    with pytest.raises(ValueError, match=re.escape(shop.url)):
        load_text(NAME)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("claimed", len(WHOLE) + 1), ("status", 404), ("status", 500)],
)
def test_a_broken_answer_is_told_and_not_kept(shop, tmp_path, attribute, value):
    setattr(shop, attribute, value)
    with pytest.raises((ValueError, OSError), match=re.escape(shop.url)):
        load_text(NAME)
    assert left_in(tmp_path) == []


def test_no_server_says_where_to_put_the_file(shop, tmp_path, monkeypatch):
    with socket.socket() as taken:  # bound but not listening: every call is refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}{PATH}"
        monkeypatch.setitem(DOWNLOADS, NAME, DOWNLOADS[NAME]._replace(url=url))
        with pytest.raises(FileNotFoundError) as caught:
            load_text(NAME)
    for part in (url, str(tmp_path / "cache" / FILE), "RNNLIB_DATA (not set)"):
        assert part in str(caught.value)
    assert left_in(tmp_path) == []


def test_own_data_folder_comes_first(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNLIB_DATA", str(tmp_path / "own"))
    assert load_text(NAME) == BODY
    assert shop.asked == 1  # nothing there: on to the network
    (tmp_path / "cache" / FILE).unlink()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / FILE).write_bytes(WHOLE)
    assert load_text(NAME) == BODY and shop.asked == 1
    (tmp_path / "own" / FILE).write_bytes(WHOLE + b" ")
    with pytest.raises(ValueError, match=re.escape(str(tmp_path / "own" / FILE))):
        load_text(NAME)
    assert shop.asked == 1
