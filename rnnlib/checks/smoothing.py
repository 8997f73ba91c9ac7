"""Exercises of the chapter on smoothing, each with the mistakes that are commonly made in it."""

from fractions import Fraction

import numpy as np

from rnnlib.checks.core import Exercise

# No two counts, and no two probabilities below, are equal where they could be swapped; sums and sizes all differ.
_sea = np.array([7, 0, 2, 1, 0])
_bay = np.array([0, 3, 0, 1, 0, 0, 9])
_once = np.array([0, 0, 1, 0])
_twice = np.array([3, 1, 1, 0])  # two equal counts: D counts tokens, not counts
_never = np.zeros(6, dtype=int)
_low5 = np.array([0.1, 0.3, 0.05, 0.15, 0.4])
_low7 = np.array([0.2, 0.05, 0.3, 0.15, 0.1, 0.08, 0.12])
_low4 = np.array([0.4, 0.3, 0.2, 0.1])
_low6 = np.array([0.25, 0.05, 0.3, 0.1, 0.18, 0.12])
_alternating = np.array([0, 1, 0, 1, 0, 1, 2])
_doubled = np.array([2, 2, 0, 2, 2, 1, 0, 3, 0, 0])
_with_strangers = np.array([4, 1, 4, 3, 1, 3, 1, 4, 1])


def add_k_probs(counts, k):
    """Add k to each count and divide by the sum."""
    return (counts + k) / (counts.sum() + k * len(counts))


def witten_bell_probs(counts, lower):
    """The Witten-Bell distribution after one context; ``lower`` itself when the context was never seen."""
    n, kinds = counts.sum(), np.count_nonzero(counts)
    return (counts + kinds * lower) / (n + kinds) if n else lower


def _witten_bell(weight, unseen=lambda counts, lower: lower):
    def probs(counts, lower):
        if not counts.sum():
            return unseen(counts, lower)
        w = weight(counts)
        return (counts + w * lower) / (counts.sum() + w)

    return probs


def discounted_probs(counts, d, lower):
    """Absolute discounting after one context that was seen."""
    kept = np.maximum(counts - d, 0)
    return (kept + d * np.count_nonzero(counts) * lower) / counts.sum()


def _different_counts(counts):
    return len(np.unique(counts[counts > 0]))


def _rescaled(probs):
    def rescale(*arguments):
        row = probs(*arguments)
        return row / row.sum()

    return rescale


def _discounted_for_all(counts, d, lower):
    kept = np.maximum(counts - d, 0)
    return (kept + d * len(counts) * lower) / counts.sum()


def _neighbours(pairs, vocab_size, place=1):
    counts = np.zeros(vocab_size, dtype=int)
    for pair in pairs:
        counts[pair[place]] += 1
    return counts


def _pairs(ids):
    return list(zip(ids[:-1].tolist(), ids[1:].tolist()))


def count_left_neighbours(ids, vocab_size):
    """For each token, how many different tokens stand directly before it."""
    return _neighbours(set(_pairs(ids)), vocab_size)


def _by_hand(numerators, denominator):
    return tuple(float(Fraction(n) / denominator) for n in numerators)


EXERCISES = {
    "add_k_probs": Exercise(
        solution=add_k_probs,
        cases={
            "k = 1": (_sea, 1),
            "k = 1/20": (_bay, 0.05),
            "seen once, k = 3": (_once, 3),
            "never seen, k = 1/2": (_never, 0.5),
        },
        wrong={
            "the denominator lacks V: k is added once there, and V times above": lambda c, k: (
                (c + k) / (c.sum() + k)
            ),
            "nothing was added to the total: the row sums to more than one": lambda c, k: (
                np.divide(
                    c + k, c.sum(), out=np.full(len(c), np.inf), where=c.sum() > 0
                )
            ),
            "V is the size of the vocabulary, not the number of tokens seen after this context": lambda c, k: (
                (c + k) / (c.sum() + k * max(np.count_nonzero(c), 1))
            ),
            "k was added below only: a token that was not seen still gets nothing": lambda c, k: (
                c / (c.sum() + k * len(c))
            ),
            "k was added only to the tokens that were seen": lambda c, k: (
                np.where(c > 0, c + k, 0) / (c.sum() + k * len(c))
            ),
            "k was added only to the tokens that were not seen": lambda c, k: (
                np.where(c > 0, c, k) / (c.sum() + k * np.sum(c == 0))
            ),
            "one was added, whatever k is": lambda c, k: add_k_probs(c, 1),
            "kV is added below, but one above": lambda c, k: (
                (c + 1) / (c.sum() + k * len(c))
            ),
            "those are the counts with k added; divide them by their sum": lambda c, k: (
                c + k
            ),
        },
        hint="(counts + k), divided by the sum of (counts + k).",
    ),
    "witten_bell_by_hand": Exercise(
        solution=_by_hand(("16/5", "11/10", "2/5"), 6),
        wrong={
            "those are relative frequencies: fog gets nothing": (0.75, 0.25, 0.0),
            "the weight of the shorter context is one: count the different tokens, there are two": (
                _by_hand(("31/10", "21/20", "1/5"), 5)
            ),
            "the weight of the shorter context is the number of tokens, four; it is that of the different ones, two": (
                _by_hand(("34/10", "12/10", "4/5"), 8)
            ),
            "the denominator lacks the different tokens: it is 4 + 2": (
                _by_hand(("16/5", "11/10", "2/5"), 4)
            ),
            "the shorter context's part was forgotten": _by_hand(("3", "1", "0"), 6),
            "seen tokens get something from the shorter context too, not fog alone": (
                _by_hand(("3", "1", "2/5"), 6)
            ),
            "the weight is three: fog was counted among the tokens seen after the": (
                _by_hand(("33/10", "23/20", "3/5"), 7)
            ),
            "that is add-one over three tokens": _by_hand(("4", "2", "1"), 7),
        },
        hint="n = 4 and D = 2: (count + 2 times the shorter context's probability) / 6.",
        tolerance=2e-3,
    ),
    "witten_bell_probs": Exercise(
        solution=witten_bell_probs,
        cases={
            "five tokens": (_sea, _low5),
            "seven tokens": (_bay, _low7),
            "seen once": (_once, _low4),
            "two equal counts": (_twice, _low4),
            "never seen": (_never, _low6),
        },
        wrong={
            "after a context never seen 0/0 came out: there the lower order decides alone": _witten_bell(
                np.count_nonzero, lambda c, lower: np.full(len(c), np.nan)
            ),
            "after a context never seen you gave every token 1/V: ask the lower order": _witten_bell(
                np.count_nonzero, lambda c, lower: np.full(len(c), 1 / len(c))
            ),
            "after a context never seen you gave every token zero: ask the lower order": _witten_bell(
                np.count_nonzero, lambda c, lower: np.zeros(len(c))
            ),
            "D is the number of different tokens seen after the context, not of tokens in the vocabulary": _witten_bell(
                len
            ),
            "D counts the different tokens, not how often they came": _witten_bell(
                np.sum
            ),
            "D counts the tokens that were seen, not those that were not": _witten_bell(
                lambda c: np.sum(c == 0)
            ),
            "D counts all different tokens, not only those that were seen once": _witten_bell(
                lambda c: np.sum(c == 1)
            ),
            "D counts the different tokens, not the different counts": _witten_bell(
                _different_counts
            ),
            "D is missing below: the row sums to more than one": lambda c, lower: (
                (c + np.count_nonzero(c) * lower) / c.sum() if c.sum() else lower
            ),
            "D is missing above: the lower order has too little to say": lambda c, lower: (
                (c + lower) / (c.sum() + np.count_nonzero(c)) if c.sum() else lower
            ),
            "only unseen tokens got a part of the lower order: seen ones get theirs too": lambda c, lower: (
                (c + np.count_nonzero(c) * np.where(c > 0, 0, lower))
                / (c.sum() + np.count_nonzero(c))
                if c.sum()
                else lower
            ),
            "the new mass was shared out equally: the lower order says to whom": lambda c, lower: (
                (c + np.count_nonzero(c) / len(c)) / (c.sum() + np.count_nonzero(c))
                if c.sum()
                else lower
            ),
        },
        hint="(counts + D * lower) / (n + D), and lower itself when n is 0.",
    ),
    "count_left_neighbours": Exercise(
        solution=count_left_neighbours,
        cases={
            "two that alternate": (_alternating, 3),
            "a token before itself": (_doubled, 4),
            "three that never occur": (_with_strangers, 6),
        },
        wrong={
            "those are occurrences: a neighbour that comes twice counts once": lambda ids, V: (
                np.bincount(ids, minlength=V)
            ),
            "every pair was counted, also the second time": lambda ids, V: _neighbours(
                _pairs(ids), V
            ),
            "those are right neighbours: count for the second token of the pair": lambda ids, V: (
                _neighbours(set(_pairs(ids)), V, place=0)
            ),
            "neighbours on both sides were counted; those on the left are wanted": lambda ids, V: (
                _neighbours(set(_pairs(ids)) | set(_pairs(ids[::-1])), V)
            ),
            "a token may be its own left neighbour": lambda ids, V: _neighbours(
                {pair for pair in _pairs(ids) if pair[0] != pair[1]}, V
            ),
            "the array ends with the largest token of the text: it should have V places": lambda ids, V: (
                count_left_neighbours(ids, V)[: ids.max() + 1]
            ),
            "tokens that never occur were left out: they have a zero": lambda ids, V: (
                count_left_neighbours(ids, V)[np.unique(ids)]
            ),
            "the first token was given a left neighbour: nothing stands before it": lambda ids, V: (
                _neighbours({(-1, int(ids[0])), *_pairs(ids)}, V)
            ),
            "the text was closed to a circle: the last token does not stand before the first": lambda ids, V: (
                _neighbours({(int(ids[-1]), int(ids[0])), *_pairs(ids)}, V)
            ),
            "those are shares; whole numbers are wanted": lambda ids, V: (
                count_left_neighbours(ids, V) / len(set(_pairs(ids)))
            ),
        },
        hint="one set of the pairs (ids[t], ids[t + 1]); each adds one to its second token.",
    ),
    "discounted_probs": Exercise(
        solution=discounted_probs,
        cases={
            "d = 1/2": (_sea, 0.5, _low5),
            "d = 3/4": (_bay, 0.75, _low7),
            "seen once, d = 0.9": (_once, 0.9, _low4),
            "two equal counts, d = 1/2": (_twice, 0.5, _low4),
        },
        wrong={
            "d is still handed down for every token of the vocabulary; it was taken from the seen ones only": (
                _discounted_for_all
            ),
            "dividing by the sum hides the mistake: hand down exactly what was taken": _rescaled(
                _discounted_for_all
            ),
            "d was handed down once, and taken from every count that is not zero": lambda c, d, lower: (
                (np.maximum(c - d, 0) + d * lower) / c.sum()
            ),
            "unseen tokens were discounted below zero": lambda c, d, lower: (
                (c - d + d * len(c) * lower) / c.sum()
            ),
            "nothing was taken from the seen tokens any more": lambda c, d, lower: (
                (c + d * np.count_nonzero(c) * lower) / c.sum()
            ),
            "d was handed down for the tokens that were not seen": lambda c, d, lower: (
                (np.maximum(c - d, 0) + d * np.sum(c == 0) * lower) / c.sum()
            ),
            "what was taken was shared out equally: the lower order says to whom": lambda c, d, lower: (
                (np.maximum(c - d, 0) + d * np.count_nonzero(c) / len(c)) / c.sum()
            ),
            "only unseen tokens got a part of the lower order, so some of what was taken is lost": lambda c, d, lower: (
                np.where(c > 0, c - d, d * np.count_nonzero(c) * lower) / c.sum()
            ),
            "different counts were counted; two tokens with one count are two": lambda c, d, lower: (
                (np.maximum(c - d, 0) + d * _different_counts(c) * lower) / c.sum()
            ),
            "what is handed down was not divided by the total": lambda c, d, lower: (
                np.maximum(c - d, 0) / c.sum() + d * np.count_nonzero(c) * lower
            ),
        },
        hint="d is taken from np.count_nonzero(counts) counts; that many times d may be handed down.",
    ),
}
