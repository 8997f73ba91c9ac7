"""Exercises of the chapter on text, each with the mistakes that are commonly made in it."""

import re
from collections import Counter

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.text import merge_pair, normalise

# No two words of a text are equally frequent, so that ties cannot decide; nor does the alphabet, or the first place.
_harbour = ["the", "boat", "gull"] + 10 * ["sea"] + 4 * ["boat"] + 2 * ["the"]
_fog = 8 * ["fog"] + 4 * ["boat"] + 3 * ["the"] + 2 * ["sea"] + ["gull"]
_ship = "a ship in the bay is a ship at rest"
_words = "the cat sat on the mat and the dog sat on the cat".split()
_train = "the boat came in and the boat went out and the tide came in".split()
_test = "the tide came in and an dog sat at came and the dog slept and in came the boat again"
_test = _test.split()


def ngrams(tokens, n):
    """List every run of n neighbouring tokens, in order, as tuples."""
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def unseen_share(train, test, n):
    """The share of the test's n-grams, each occurrence counted, that do not occur in the training text."""
    seen = set(ngrams(train, n))
    held_out = ngrams(test, n)
    return sum(gram not in seen for gram in held_out) / len(held_out)


def _unseen_types(train, test, n):
    held_out = set(ngrams(test, n))
    return len(held_out - set(ngrams(train, n))) / len(held_out)


def _unseen_mixed(train, test, n):
    held_out = ngrams(test, n)
    return len(set(held_out) - set(ngrams(train, n))) / len(held_out)


def _unseen_the_other_way(train, test, n):
    return unseen_share(test, train, n)


def _top(tokens, size):
    return {word for word, _ in Counter(tokens).most_common(size)}


def coverage(train, test, size):
    """The share of the test's words, each occurrence counted, among the training text's ``size`` most frequent ones."""
    return sum(word in _top(train, size) for word in test) / len(test)


def zipf_exponent(counts):
    """The slope, made positive, of the least-squares line of log count on log rank."""
    ranked = np.sort(np.asarray(counts, dtype=float))[::-1]
    return -np.polyfit(np.log(np.arange(1, len(ranked) + 1)), np.log(ranked), 1)[0]


def _slope(x, y):
    return np.polyfit(x, y, 1)[0]


def _ranked(counts):
    ranked = np.sort(np.asarray(counts, dtype=float))[::-1]
    return np.arange(1, len(ranked) + 1), ranked


def _merge_overlapping(tokens, pair):
    merged, i = [], 0
    while i < len(tokens):
        match = tuple(tokens[i : i + 2]) == tuple(pair)
        merged.append(tokens[i] + tokens[i + 1] if match else tokens[i])
        i += 1
    return merged


def _merge_losing_the_last(tokens, pair):
    merged = merge_pair(tokens, pair)
    return merged if tuple(tokens[-2:]) == tuple(pair) else merged[:-1]


def _merge_joined(tokens, pair):
    merged, i = [], 0
    while i < len(tokens):
        width = 2 if "".join(tokens[i : i + 2]) == "".join(pair) else 1
        merged.append("".join(tokens[i : i + width]))
        i += width
    return merged


def _merge_first_only(tokens, pair):
    for i in range(len(tokens) - 1):
        if tuple(tokens[i : i + 2]) == tuple(pair):
            return [*tokens[:i], tokens[i] + tokens[i + 1], *tokens[i + 2 :]]
    return list(tokens)


def _merge_and_keep(tokens, pair):
    merged = []
    for i, token in enumerate(tokens):
        merged.append(token)
        if tuple(tokens[i : i + 2]) == tuple(pair):
            merged.append(token + tokens[i + 1])
    return merged


def _merge_from_the_right(tokens, pair):
    return [
        token[::-1]
        for token in merge_pair(
            [t[::-1] for t in tokens[::-1]], (pair[1][::-1], pair[0][::-1])
        )
    ][::-1]


EXERCISES = {
    "normalise": Exercise(
        solution=normalise,
        cases={
            "a sentence": ("The gate was open.",),
            "marks in a row": ("Yes -- 'no', she said...",),
            "digits": ("At 9 o'clock, 12 boats",),
            "an underscore": ("a snake_case name",),
            "lines": ("one\n\ntwo\tthree",),
            "an accent": ("Caf\N{LATIN SMALL LETTER E WITH ACUTE} Noir",),
        },
        wrong={
            "each mark becomes a space of its own; a run of marks is one space": lambda text: (
                re.sub(r"[\W\d_]", " ", text).lower()
            ),
            "the marks vanish without a space, and words grow together": lambda text: (
                re.sub(r"[^\w\s]|[\d_]", "", text).lower()
            ),
            "upper case stays": lambda text: re.sub(r"[\W\d_]+", " ", text),
            "the ends are trimmed; a space there should stay": lambda text: normalise(
                text
            ).strip(),
            "letters with accents are thrown away; they are letters too": lambda text: (
                re.sub(r"[^a-z]+", " ", text.lower())
            ),
            "the underscore stays: to a regular expression it belongs to words": lambda text: (
                re.sub(r"[\W\d]+", " ", text).lower()
            ),
            "digits stay; only letters should": lambda text: re.sub(
                r"[\W_]+", " ", text
            ).lower(),
        },
        hint="one substitution of a run of non-letters by one space, then lower().",
    ),
    "ngrams": Exercise(
        solution=ngrams,
        cases={
            "n = 1": (_words, 1),
            "n = 2": (_words, 2),
            "n = 3": (_words, 3),
            "n = the whole length": (_words[:4], 4),
        },
        wrong={
            "the last one is missing: there are len(tokens) - n + 1 of them": lambda tokens, n: (
                ngrams(tokens, n)[:-1]
            ),
            "the stretches do not overlap: move on by one token, not by n": lambda tokens, n: (
                ngrams(tokens, n)[::n]
            ),
            "the stretches at the end are too short: stop when n tokens no longer fit": lambda tokens, n: [
                tuple(tokens[i : i + n]) for i in range(len(tokens))
            ],
            "each run has one token too many": lambda tokens, n: ngrams(tokens, n + 1),
            "each run has one token too few": lambda tokens, n: ngrams(tokens, n - 1)[
                : len(tokens) - n + 1
            ],
            "repeated ones were dropped: every occurrence counts": lambda tokens, n: (
                list(dict.fromkeys(ngrams(tokens, n)))
            ),
            "the tokens were joined into strings; tuples are wanted": lambda tokens, n: [
                " ".join(gram) for gram in ngrams(tokens, n)
            ],
        },
        hint="start at every i for which i + n <= len(tokens).",
    ),
    "zipf_exponent": Exercise(
        solution=zipf_exponent,
        cases={
            "exactly 1/rank": (1000.0 / np.arange(1, 51),),
            "1/rank squared": (1e6 / np.arange(1, 31) ** 2,),
            "unordered counts": (np.array([3, 40, 7, 1, 12, 1, 2]),),
        },
        wrong={
            "the sign is turned round: a falling line has a positive Zipf exponent": lambda c: (
                -zipf_exponent(c)
            ),
            "sorted the wrong way round: rank 1 is the most frequent": lambda c: (
                -_slope(np.log(np.arange(1, len(c) + 1)), np.log(np.sort(c)))
            ),
            "that is the intercept; np.polyfit returns the slope first": lambda c: (
                np.polyfit(np.log(_ranked(c)[0]), np.log(_ranked(c)[1]), 1)[1]
            ),
            "the counts are not sorted: rank 1 is the most frequent": lambda c: (
                -_slope(np.log(np.arange(1, len(c) + 1)), np.log(c))
            ),
            "ranks run from 0, or are off by one: the first has rank 1": lambda c: (
                -_slope(np.log(_ranked(c)[0] + 1), np.log(_ranked(c)[1]))
            ),
            "the ranks were not put on a log scale": lambda c: (
                -_slope(_ranked(c)[0], np.log(_ranked(c)[1]))
            ),
            "the counts were not put on a log scale": lambda c: (
                -_slope(np.log(_ranked(c)[0]), _ranked(c)[1])
            ),
            "the axes are swapped: log count is fitted on log rank": lambda c: (
                -_slope(np.log(_ranked(c)[1]), np.log(_ranked(c)[0]))
            ),
        },
        hint="np.polyfit(log rank, log count, 1) gives the slope first.",
        tolerance=1e-6,
    ),
    "unseen_share": Exercise(
        solution=unseen_share,
        cases={
            "n = 1": (_train, _test, 1),
            "n = 2": (_train, _test, 2),
            "n = 3": (_train, _test, 3),
        },
        wrong={
            "each different n-gram counts once; every occurrence should count": _unseen_types,
            "unseen types are divided by all occurrences: count both in the same way": _unseen_mixed,
            "the divisor counts the test's tokens; there are n - 1 fewer runs": lambda train, test, n: (
                unseen_share(train, test, n) * (len(test) - n + 1) / len(test)
            ),
            "the divisor counts the training text's runs, not the test's": lambda train, test, n: (
                unseen_share(train, test, n)
                * (len(test) - n + 1)
                / (len(train) - n + 1)
            ),
            "training and test text have changed places": _unseen_the_other_way,
            "that is the share that was seen": lambda train, test, n: (
                1 - unseen_share(train, test, n)
            ),
            "that is a number of n-grams, not a share": lambda train, test, n: round(
                unseen_share(train, test, n) * (len(test) - n + 1)
            ),
            "the test text was among the training text when the n-grams were collected": lambda train, test, n: (
                unseen_share(train + test, test, n)
            ),
            "words are looked up one by one; a run of known words can be unknown": lambda train, test, n: (
                np.mean(
                    [any(word not in train for word in run) for run in ngrams(test, n)]
                )
            ),
            "strings are searched in strings: 'an' is found in 'and'": lambda train, test, n: (
                np.mean(
                    [" ".join(run) not in " ".join(train) for run in ngrams(test, n)]
                )
            ),
            "only single tokens are looked up, whatever n is": lambda train, test, n: (
                unseen_share(train, test, 1)
            ),
        },
        hint="a set of the training n-grams, then one look-up for each n-gram of the test.",
    ),
    "merge_pair": Exercise(
        solution=merge_pair,
        cases={
            "twice": (list("hohoh"), ("h", "o")),
            "three in a row": (list("baaac"), ("a", "a")),
            "longer tokens": (["th", "e", "th", "en", "e"], ("th", "e")),
            "the same letters, cut elsewhere": (["t", "he", "th", "e"], ("th", "e")),
            "not there": (list("abc"), ("c", "a")),
        },
        wrong={
            "a token was used twice: after a merge, go on behind the pair": _merge_overlapping,
            "joined strings were compared: t + he is not the pair (th, e)": _merge_joined,
            "only the first occurrence was merged": _merge_first_only,
            "the old tokens stand beside the merged one": _merge_and_keep,
            "merged from right to left: in 'aaa' the first two belong together": _merge_from_the_right,
            "the last token is lost when it is not part of a pair": _merge_losing_the_last,
            "the tokens were joined and split into characters again": lambda tokens, pair: (
                list("".join(tokens))
            ),
        },
        hint="walk with an index: +2 after a merge, +1 otherwise.",
    ),
    "types_and_tokens": Exercise(
        solution=(10, 8),
        wrong={
            "types and tokens have changed places: types are the different ones": (
                8,
                10,
            ),
            "those are characters, not words": (len(_ship), len(set(_ship))),
            "a word that comes twice is still one type": (10, 10),
            "those are the words that occur once": (10, 6),
            "the repeated words were left out of the tokens": (8, 8),
        },
        hint="tokens are counted every time, types once.",
    ),
    "coverage": Exercise(
        solution=coverage,
        cases={
            "two types": (_harbour, _fog, 2),
            "three types": (_harbour, _fog, 3),
            "more types than there are": (_harbour, _fog, 99),
        },
        wrong={
            "each different word of the test counts once; every occurrence should count": lambda train, test, size: (
                len(_top(train, size) & set(test)) / len(set(test))
            ),
            "training and test text have changed places": lambda train, test, size: (
                coverage(test, train, size)
            ),
            "the most frequent words were taken from the test text": lambda train, test, size: (
                coverage(test, test, size)
            ),
            "the most frequent words were taken from both texts together": lambda train, test, size: (
                coverage(train + test, test, size)
            ),
            "that is the share of the training text": lambda train, test, size: (
                coverage(train, train, size)
            ),
            "that is the share that is not covered": lambda train, test, size: (
                1 - coverage(train, test, size)
            ),
            "that is a number of words, not a share": lambda train, test, size: round(
                coverage(train, test, size) * len(test)
            ),
            "the first words of the text were kept instead of the most frequent": lambda train, test, size: (
                sum(word in list(dict.fromkeys(train))[:size] for word in test)
                / len(test)
            ),
            "the first words of the alphabet were kept instead of the most frequent": lambda train, test, size: (
                sum(word in sorted(set(train))[:size] for word in test) / len(test)
            ),
            "the rarest words were kept instead of the most frequent": lambda train, test, size: (
                sum(
                    word in set(sorted(set(train), key=train.count)[:size])
                    for word in test
                )
                / len(test)
            ),
        },
        hint="Counter(train).most_common(size) gives the words; then one look-up for each word of the test.",
    ),
}
