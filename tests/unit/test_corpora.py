"""What ships with the package keeps the promises of the data page."""

import os
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from rnnlib.corpora import (
    DOWNLOADS,
    SHIPPED,
    SPLITS,
    available,
    load_pairs,
    load_series,
    load_tales,
    load_text,
)
from rnnlib.text import normalise, word_tokens

LETTERS = r"[^\W\d_]+"
ENGLISH = re.compile(rf"{LETTERS}(?:'{LETTERS})*|[.?!,]")
ENDINGS = "-(?:t(?=-)|il|elle|on|ils|elles|je|tu|nous|vous|ce|moi|toi|le|la|les)(?!\\w)"
FRENCH = re.compile(
    rf"aujourd'hui|(?:[ldjcnsmt]|qu)'|{ENDINGS}|{LETTERS}(?:-(?:père|mère))?|[.?!,]"
)
PAIRS = {split: load_pairs(split) for split in SPLITS}


def test_names_are_listed():
    assert list(available()) == [*SHIPPED, *DOWNLOADS]
    assert "downloaded" in available()["names"]
    known_to = {load_text: ["tales", *DOWNLOADS], load_series: ["sunspots"]}
    for load, known in known_to.items():
        with pytest.raises(KeyError) as caught:
            load("nothing")
        assert all(repr(name) in str(caught.value) for name in ["nothing", *known])
    with pytest.raises(ValueError, match="train.*validation.*test.*'dev'"):
        load_pairs("dev")
    for item in DOWNLOADS.values():
        assert item.url.startswith("https://")
        assert re.fullmatch("[0-9a-f]{64}", item.sha256)


def test_tales():
    tales, at_least = load_text("tales"), 20_000
    assert len(word_tokens(normalise(tales))) >= at_least
    assert tales.isascii() and "\r" not in tales and "\t" not in tales


def test_tales_are_held_out_whole_and_from_the_end():
    tales = {split: load_tales(split).split("\n\n\n") for split in SPLITS}
    for split in SPLITS[:2]:
        assert tales[split].pop() == ""  # what parts it from the next split
    everything = sum(tales.values(), [])
    assert everything == load_text("tales").split("\n\n\n")
    assert "".join(map(load_tales, SPLITS)) == load_text("tales")
    assert all(re.match(r"\S.*\n\n\S", tale) for tale in everything)
    assert len(set(everything)) == len(everything)
    tenth = len(everything) // 10
    assert [len(tales[split]) for split in SPLITS[1:]] == [tenth, tenth] and tenth > 5
    for other in ("dev", "Train", ""):
        with pytest.raises(ValueError, match=f"train.*validation.*test.*{other!r}"):
            load_tales(other)


def test_sunspots():
    year, value = load_series("sunspots")
    assert year.tolist() == list(range(1700, 2009)) and year.dtype == np.int64
    assert value.shape == (309,) and value.min() == 0 and value[-1] == 2.9
    assert (year[value.argmax()], value.max()) == (1957, 190.2)
    value[:] = 0
    assert load_series("sunspots").value[0] == 5


def words_of(sentence: str) -> tuple[str, ...]:
    tokens = ENGLISH.findall(sentence.lower())
    return tuple(token for token in tokens if token[0].isalpha())


def test_pairs_are_many_and_short():
    n_pairs, shortest, longest = 1000, 2, 12
    assert all(PAIRS.values()) and sum(map(len, PAIRS.values())) >= n_pairs
    everything = sum(PAIRS.values(), [])
    lengths = [len(words_of(english)) for english, _ in everything]
    assert min(lengths) >= shortest and max(lengths) <= longest


@pytest.mark.parametrize(
    ("side", "pattern"), [(0, ENGLISH), (1, FRENCH)], ids=["english", "french"]
)
def test_pairs_have_few_types_and_each_is_taught(side, pattern):
    most, at_least = 400, 3
    counts = {split: Counter() for split in SPLITS}
    for split, pairs in PAIRS.items():
        for pair in pairs:
            sentence = pair[side].lower()
            tokens = pattern.findall(sentence)
            assert "".join(tokens) == sentence.replace(" ", "")  # no other marks
            counts[split].update(tokens)
    types = set().union(*counts.values())
    assert len(types) <= most
    assert {token for token in types if counts["train"][token] < at_least} == set()


def near(sentence: str) -> set[tuple]:
    """Name a sentence so that another, one word away from it, shares a name."""
    words = words_of(sentence)
    replaced = {(*words[:i], None, *words[i + 1 :]) for i in range(len(words))}
    left_out = {("without", *words[:i], *words[i + 1 :]) for i in range(len(words))}
    return {words, ("without", *words)} | replaced | left_out


def test_no_held_out_sentence_is_near_a_training_sentence():
    taught = set().union(*(near(english) for english, _ in PAIRS["train"]))
    held_out = [english for split in SPLITS[1:] for english, _ in PAIRS[split]]
    assert [english for english in held_out if near(english) & taught] == []


def test_time_machine_facts():
    folder, file = os.environ.get("RNNLIB_DATA"), DOWNLOADS["time-machine"].file
    if not folder or not (Path(folder) / file).exists():
        pytest.skip(f"RNNLIB_DATA names no folder with {file} to count in")
    clean = normalise(load_text("time-machine"))
    words = word_tokens(clean)
    assert (len(clean), len(set(clean))) == (173_428, 27)
    assert (len(words), len(set(words))) == (32_775, 4_579)
    common = Counter(words).most_common(10)
    assert " ".join(word for word, _ in common) == "the i and of a to was in that my"
    counts = [2261, 1267, 1245, 1155, 816, 695, 552, 541, 443, 440]
    assert [count for _, count in common] == counts
    assert clean.startswith("the time machine by h g wells ") and clean.endswith(" ")
    assert "gutenberg" not in clean
