"""From string to ids and back."""

from collections import Counter
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.text import Vocab, char_tokens, normalise, word_tokens

TEXT = st.text(st.characters(exclude_categories=["No", "Nl", "Cs"]), max_size=12)
TOKENS = st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=30)
UNKNOWN = "<unk>"
STEADY = settings(derandomize=True, database=None, deadline=None)
WORDS = ["b", "a", "c", "a", "b", "d"]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("The Gate", "the gate"),
        ("a1b22c", "a b c"),
        ("Été à Ñ, ПРИВЕТ", "été à ñ привет"),
        ("one\n\n\ttwo", "one two"),
        ("snake_case", "snake case"),
        ("-- So it ended. ", " so it ended "),
    ],
)
def test_normalise_leaves_lower_case_letters_and_single_spaces(text, clean):
    assert normalise(text) == clean


@STEADY
@given(TEXT, st.sampled_from("aZéΩ"), TEXT)
def test_normalise_is_letters_with_gaps(before, letter, after):
    text = before + letter + after
    gaps = "".join(character if character.isalpha() else "\n" for character in text)
    while "\n\n" in gaps:
        gaps = gaps.replace("\n\n", "\n")
    assert normalise(text) == gaps.replace("\n", " ").lower()


@pytest.mark.parametrize(
    ("keep", "clean"),
    [
        ("'", "it's 'so' "),
        ("'.", "it's 'so'. "),
        ("]-^\\", "it s so -] "),
        ("7", "it s so 7"),
        ("'7]-.", "it's 'so'. -]7"),
    ],
)
def test_normalise_keeps_what_it_is_told_to(keep, clean):
    assert normalise("It's 'so'. -]7", keep=keep) == clean


@pytest.mark.parametrize("text", ["", "  ", "12, 3!", "\N{SUPERSCRIPT TWO}"])
def test_normalise_refuses_a_text_without_letters(text):
    with pytest.raises(ValueError, match=rf"letter.*\({len(text)} characters\)"):
        normalise(text, keep="12")


def test_tokens_of_a_text():
    text = " the  cat\nsat "
    assert char_tokens(text) == list(" the  cat\nsat ")
    assert word_tokens(text) == ["the", "cat", "sat"]


def test_vocab_order_is_reserved_then_count_then_alphabet():
    assert Vocab.build(WORDS).tokens == ("a", "b", "c", "d")
    assert Vocab.build(["z", "z", *WORDS, "z"]).tokens == ("z", "a", "b", "c", "d")
    reserved = ("<pad>", UNKNOWN, "d")
    assert Vocab.build(WORDS, reserved=reserved).tokens == (*reserved, "a", "b", "c")


def test_min_count_drops_the_rarer_but_never_the_reserved():
    twice = 2
    assert Vocab.build(WORDS, min_count=twice).tokens == ("a", "b")
    kept = ("c", UNKNOWN)
    assert Vocab.build(WORDS, min_count=twice, reserved=kept).tokens == (
        *kept,
        "a",
        "b",
    )
    assert Vocab.build(WORDS, min_count=twice + 1, reserved=kept).tokens == kept


@STEADY
@given(TOKENS)
def test_vocab_counts_fall(tokens):
    counts, vocab = Counter(tokens), Vocab.build(tokens)
    assert set(vocab.tokens) == set(tokens) and len(vocab) == len(counts)
    ranks = [(-counts[token], token) for token in vocab.tokens]
    assert ranks == sorted(ranks)


@STEADY
@given(TOKENS)
def test_decode_undoes_encode(tokens):
    vocab = Vocab.build(tokens)
    ids = vocab.encode(tokens)
    assert ids.dtype == np.int64 and ids.shape == (len(tokens),)
    assert [vocab.tokens[i] for i in ids] == tokens
    assert vocab.decode(ids) == vocab.decode(ids.tolist()) == tokens


def test_unknown_tokens_need_a_place_to_go():
    vocab = Vocab.build(WORDS, reserved=("<pad>", UNKNOWN))
    assert vocab.decode(vocab.encode(["a", "zebra", "b"])) == ["a", UNKNOWN, "b"]
    with pytest.raises(KeyError, match="'zebra'.*4 tokens"):
        Vocab.build(WORDS).encode(["a", "zebra", "yak"])
    assert "zebra" not in vocab and "a" in vocab and UNKNOWN in vocab


def test_nothing_encodes_and_decodes_to_nothing():
    vocab = Vocab.build(WORDS)
    assert vocab.encode([]).dtype == np.int64
    assert vocab.decode(vocab.encode([])) == vocab.decode([]) == []


@pytest.mark.parametrize("ids", [[0.0], np.ones(1), np.array([True]), ["a"], [None]])
def test_ids_must_be_integers(ids):
    with pytest.raises(TypeError):
        Vocab.build(WORDS).decode(ids)


@pytest.mark.parametrize("ids", [[4], [-1], [0, 1, 2, 3, 4], np.array([-4])])
def test_ids_out_of_range_are_refused(ids):
    with pytest.raises(ValueError, match=rf"0\.\.3; got {min(ids)}\.\.{max(ids)}"):
        Vocab.build(WORDS).decode(ids)


@pytest.mark.parametrize("ids", [np.zeros((2, 2), int), np.array(1)])
def test_ids_must_be_one_row(ids):
    # where the signatures are checked, the checker speaks first
    with pytest.raises((ValueError, TypeError), match=r"shape \(T,\)|Type-check"):
        Vocab.build(WORDS).decode(ids)


def test_vocab_refuses_what_cannot_be_meant():
    for refuses in (Vocab.build, Vocab.build(WORDS, reserved=(UNKNOWN,)).encode):
        with pytest.raises(TypeError, match="one string"):
            refuses("the cat")
    with pytest.raises(TypeError):
        Vocab.build(WORDS, reserved=UNKNOWN)
    with pytest.raises(ValueError, match="empty"):
        Vocab.build([], reserved=(UNKNOWN,))
    with pytest.raises(ValueError, match="min_count.*0"):
        Vocab.build(WORDS, min_count=0)
    with pytest.raises(ValueError, match=r"\['x'\]"):
        Vocab(("x", "y", "x"))


def test_vocab_is_frozen_and_equal_by_its_tokens():
    vocab = Vocab.build(WORDS)
    with pytest.raises(FrozenInstanceError):
        vocab.tokens = ("z",)
    same, other = Vocab(("a", "b", "c", "d")), Vocab(("b", "a", "c", "d"))
    assert vocab == same and hash(vocab) == hash(same) and vocab != other
