"""What ships, and what is downloaded: every way in which a download can go wrong ends in words."""

import hashlib
import os
import re
import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from rnnlib import corpora
from rnnlib.corpora import DOWNLOADS, SHIPPED, SPLITS, Download, available, load_pairs, load_series, load_text
from rnnlib.text import normalise, word_tokens

NAME, FILE, PATH = "fable", "fable.txt", "/fable.txt"
HEADER, BODY = "Licence: none.\n", "The fox looked up.\nThe grapes, he said, were sour.\n"
WHOLE = (HEADER + BODY + "The end. Licence again.\n").encode()
LETTERS = r"[^\W\d_]+"
ENGLISH = re.compile(rf"{LETTERS}(?:'{LETTERS})*|[.?!,]")
ENDINGS = "-(?:t(?=-)|il|elle|on|ils|elles|je|tu|nous|vous|ce|moi|toi|le|la|les)(?!\\w)"
FRENCH = re.compile(rf"aujourd'hui|(?:[ldjcnsmt]|qu)'|{ENDINGS}|{LETTERS}(?:-(?:père|mère))?|[.?!,]")
PAIRS = {split: load_pairs(split) for split in SPLITS}


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
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def shop(monkeypatch, tmp_path):
    shop = Shop()
    item = Download("a fable", FILE, shop.url, hashlib.sha256(WHOLE).hexdigest(), start="The fox", end="The end.")
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
    assert left_in(tmp_path) == [FILE] and (tmp_path / "cache" / FILE).read_bytes() == WHOLE
    assert load_text(NAME) == BODY and shop.asked == 1


def test_a_spoilt_cache_is_fetched_again(shop, tmp_path):
    load_text(NAME)
    (tmp_path / "cache" / FILE).write_text("The fox was here. The end.")
    assert load_text(NAME) == BODY and shop.asked == 2


def test_another_file_than_expected_is_refused_and_not_kept(shop, tmp_path):
    shop.body, shop.claimed = b"The fox lied. The end.", 22
    with pytest.raises(ValueError, match=re.escape(shop.url)):
        load_text(NAME)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(("attribute", "value"), [("claimed", len(WHOLE) + 1), ("status", 404), ("status", 500)])
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
    assert load_text(NAME) == BODY and shop.asked == 1  # nothing there: on to the network
    (tmp_path / "cache" / FILE).unlink()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / FILE).write_bytes(WHOLE)
    assert load_text(NAME) == BODY and shop.asked == 1
    (tmp_path / "own" / FILE).write_bytes(WHOLE + b" ")
    with pytest.raises(ValueError, match=re.escape(str(tmp_path / "own" / FILE))):
        load_text(NAME)
    assert shop.asked == 1


def test_names_are_listed():
    assert list(available()) == [*SHIPPED, *DOWNLOADS] and "downloaded" in available()["names"]
    for load, known in ((load_text, ["tales", *DOWNLOADS]), (load_series, ["sunspots"])):
        with pytest.raises(KeyError) as caught:
            load("nothing")
        assert all(repr(name) in str(caught.value) for name in ["nothing", *known])
    with pytest.raises(ValueError, match="train.*validation.*test.*'dev'"):
        load_pairs("dev")
    for item in DOWNLOADS.values():
        assert item.url.startswith("https://") and re.fullmatch("[0-9a-f]{64}", item.sha256)


def test_tales():
    tales, at_least = load_text("tales"), 20_000
    assert len(word_tokens(normalise(tales))) >= at_least
    assert tales.isascii() and "\r" not in tales and "\t" not in tales


def test_sunspots():
    year, value = load_series("sunspots")
    assert year.tolist() == list(range(1700, 2009)) and year.dtype == np.int64
    assert value.shape == (309,) and value.min() == 0 and value[-1] == 2.9
    assert (year[value.argmax()], value.max()) == (1957, 190.2)
    value[:] = 0
    assert load_series("sunspots").value[0] == 5


def test_pairs_are_many_and_short():
    n_pairs, shortest, longest = 1000, 2, 12
    assert all(PAIRS.values()) and sum(map(len, PAIRS.values())) >= n_pairs
    words = [sum(map(str.isalpha, (token[0] for token in ENGLISH.findall(e.lower())))) for e, _ in sum(PAIRS.values(), [])]
    assert min(words) >= shortest and max(words) <= longest


@pytest.mark.parametrize(("side", "pattern"), [(0, ENGLISH), (1, FRENCH)], ids=["english", "french"])
def test_pairs_have_few_types_and_each_is_taught(side, pattern):
    most, at_least = 400, 3
    counts = {split: Counter() for split in SPLITS}
    for split, pairs in PAIRS.items():
        for pair in pairs:
            tokens = pattern.findall(pair[side].lower())
            assert "".join(tokens) == pair[side].lower().replace(" ", "")  # nothing lies between the tokens
            counts[split].update(tokens)
    types = set().union(*counts.values())
    assert len(types) <= most
    assert {token for token in types if counts["train"][token] < at_least} == set()


def near(sentence: str) -> set[tuple]:
    """Name a sentence and its neighbourhood: two sentences share a name if one word replaced, added or left out parts them."""
    words = tuple(token for token in ENGLISH.findall(sentence.lower()) if token[0].isalpha())
    replaced = {(*words[:i], None, *words[i + 1 :]) for i in range(len(words))}
    left_out = {("without", *words[:i], *words[i + 1 :]) for i in range(len(words))}
    return {words, ("without", *words)} | replaced | left_out


def test_no_held_out_sentence_is_near_a_training_sentence():
    taught = set().union(*(near(english) for english, _ in PAIRS["train"]))
    assert [english for split in SPLITS[1:] for english, _ in PAIRS[split] if near(english) & taught] == []


def test_time_machine_facts():
    folder, file = os.environ.get("RNNLIB_DATA"), corpora.DOWNLOADS["time-machine"].file
    if not folder or not (Path(folder) / file).exists():
        pytest.skip(f"RNNLIB_DATA names no folder with {file}: the published counts cannot be compared")
    clean = normalise(load_text("time-machine"))
    words = word_tokens(clean)
    assert (len(clean), len(set(clean)), len(words), len(set(words))) == (173_428, 27, 32_775, 4_579)
    common = "the 2261 i 1267 and 1245 of 1155 a 816 to 695 was 552 in 541 that 443 my 440"
    assert " ".join(f"{word} {n}" for word, n in Counter(words).most_common(10)) == common
    assert clean.startswith("the time machine by h g wells ") and "gutenberg" not in clean and clean.endswith(" ")
