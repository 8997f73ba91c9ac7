"""Exercises of the chapter on perplexity, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib import markov
from rnnlib.checks.core import Exercise

_rng = np.random.default_rng(5)
_four = np.array([0.5, 0.2, 0.9, 0.1])
_with_zero = np.array([0.5, 0.0, 0.25])
_long = _rng.uniform(0.01, 0.9, size=2000)  # its product is below the smallest float

# Padding at the end of columns of unequal length, one of them full; what stands there must not matter.
_padded = np.log(_rng.uniform(0.05, 0.9, size=(6, 3)))
_mask = np.arange(6)[:, None] < np.array([6, 4, 1])
_infinite = np.where(_mask, _padded, -np.inf)

_tale = "the boat came in and an unmendable clock went out".split()
_tale_nats = np.log(_rng.uniform(0.001, 0.5, size=len(_tale)))
_again = "the tide the tide it rose".split()
_again_nats = np.log(_rng.uniform(0.001, 0.5, size=len(_again)))

_equal = [np.log(_rng.uniform(0.05, 0.9, size=4)) for _ in range(3)]
_unequal = [np.log(_rng.uniform(0.05, 0.9, size=n)) for n in (1, 7, 3)]
_lucky = [np.full(1000, -np.log(10.0)), np.zeros(1)]

_weather = np.array([[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.45, 0.05, 0.5]])
_belief = np.array([[0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]])
_never = np.array([[0.9, 0.1], [1.0, 0.0]])
_vague = np.array([[0.6, 0.4], [0.7, 0.3]])
_tides = _rng.dirichlet(np.ones(4), size=4)
_guess = _rng.dirichlet(np.ones(4), size=4)


def perplexity(p):
    """The exponential of the mean of -ln p, infinite if one of them is zero."""
    return np.exp(_nats(p).mean())


def perplexity_of(log_probs, mask):
    """The perplexity of the tokens that count."""
    return np.exp(-np.asarray(log_probs)[mask].mean())


def bits_per_character(log_probs, words):
    """All the bits of the words, divided by their letters and one space for each."""
    return -np.sum(log_probs) / np.log(2) / _characters(words)


def perplexity_of_batches(batches):
    """The perplexity of all the tokens of all the batches together."""
    return np.exp(-np.concatenate(batches).mean())


def extra_nats(P, Q):
    """The divergence of each row of Q from that of P, weighted by how often the chain P stands in it."""
    return markov.stationary(P) @ _divergences(P, Q)


@np.errstate(divide="ignore")
def _nats(p):
    return -np.log(p)


@np.errstate(over="ignore")
def _exp(nats):
    return np.exp(nats)


def _characters(words):
    return sum(len(word) + 1 for word in words)


def _divergences(P, Q):
    return np.sum(P * np.log(np.where(P > 0, P / Q, 1)), axis=1)


def _columns(log_probs, mask):
    """The mean nats of each sequence."""
    return -np.where(mask, log_probs, 0).sum(axis=0) / mask.sum(axis=0)


@np.errstate(all="ignore")
def _by_the_product(p):
    return np.prod(p) ** (-1 / len(p))


@np.errstate(all="ignore")
def _times_the_mask(log_probs, mask):
    return np.exp(-(log_probs * mask).sum() / mask.sum())


@np.errstate(all="ignore")
def _upside_down(log_probs, mask):
    return np.exp(-log_probs[~mask].sum() / (~mask).sum())


@np.errstate(all="ignore")
def _by_the_number_of_batches(batches):
    return np.exp(-sum(batch.sum() for batch in batches) / len(batches))


@np.errstate(all="ignore")
def _places_changed(P, Q):
    return markov.stationary(Q) @ np.sum(Q * np.log(Q / P), axis=1)


@np.errstate(all="ignore")
def _with_nan(P, Q):
    return markov.stationary(P) @ np.sum(P * np.log(P / Q), axis=1)


EXERCISES = {
    "perplexity": Exercise(
        solution=perplexity,
        cases={
            "four tokens": (_four,),
            "one token": (np.array([0.2]),),
            "one of them zero": (_with_zero,),
            "two thousand tokens": (_long,),
        },
        wrong={
            "the product of a long text is 0.0: add up logarithms instead": _by_the_product,
            "that is the geometric mean of the probabilities; perplexity is its reciprocal": lambda p: (
                1 / perplexity(p)
            ),
            "that is the mean of 1/p: average the logarithms, not the numbers of choices": lambda p: (
                np.exp(_nats(p)).mean()
            ),
            "that is one over the mean probability: average the logarithms instead": lambda p: (
                1 / np.mean(p)
            ),
            "that is the mean in nats: the exponential is missing": lambda p: _nats(
                p
            ).mean(),
            "that is the mean in bits: it must be taken back, by 2 to that power": lambda p: (
                _nats(p).mean() / np.log(2)
            ),
            "two bases are mixed: out with ln, back with 2": lambda p: (
                2 ** _nats(p).mean()
            ),
            "two bases are mixed: out with log2, back with e": lambda p: np.exp(
                _nats(p).mean() / np.log(2)
            ),
            "the logarithms were added up and not averaged": lambda p: _exp(
                _nats(p).sum()
            ),
            "the zeros were left out: a token that could not come makes it infinite": lambda p: (
                perplexity(p[p > 0])
            ),
            "a tiny number was added to the probabilities, and hides the zero": lambda p: (
                perplexity(p + 1e-10)
            ),
        },
        hint="np.exp(-np.log(p).mean()), inside with np.errstate(divide='ignore').",
    ),
    "perplexity_by_hand": Exercise(
        solution=8.0,
        wrong={
            "that is in bits: 2 must be raised to that power": 3.0,
            "that is in nats: the exponential is missing": 3 * np.log(2),
            "those are the bits of all four tokens together": 12.0,
            "that is the mean of 4, 8, 16 and 8: it is the geometric mean that counts": 9.0,
            "that is one over the mean probability: it is the geometric mean that counts": 64
            / 9,
            "that is the geometric mean of the probabilities: turn it over": 0.125,
            "that is one over the product: the fourth root is missing": 4096.0,
            "two bases are mixed: bits must be taken back with 2, not with e": np.exp(
                3.0
            ),
            "two bases are mixed: nats must be taken back with e, not with 2": 2
            ** (3 * np.log(2)),
        },
        hint="the fourth root of 4 * 8 * 16 * 8.",
        tolerance=1e-3,
    ),
    "perplexity_of": Exercise(
        solution=perplexity_of,
        cases={
            "three columns": (_padded, _mask),
            "minus infinity at the padding": (_infinite, _mask),
            "no padding": (_padded, np.ones((6, 3), dtype=bool)),
        },
        wrong={
            "the padding was left out of the sum, and not of what it is divided by": lambda log_probs, mask: (
                np.exp(-np.where(mask, log_probs, 0).mean())
            ),
            "the sum was divided by the number of steps, not by the tokens that count": lambda log_probs, mask: (
                np.exp(-log_probs[mask].sum() / len(log_probs))
            ),
            "the mask was not used": lambda log_probs, mask: np.exp(-log_probs.mean()),
            "minus infinity was multiplied by zero, which is not zero: select with the mask": _times_the_mask,
            "that is the mean of the sequences' perplexities: average the nats of all tokens": lambda log_probs, mask: (
                np.exp(_columns(log_probs, mask)).mean()
            ),
            "each sequence counted alike, long or short: average over tokens": lambda log_probs, mask: (
                np.exp(_columns(log_probs, mask).mean())
            ),
            "the mask is upside down: it is True where a token counts": _upside_down,
            "the sign is missing: that is one over the perplexity": lambda log_probs, mask: (
                1 / perplexity_of(log_probs, mask)
            ),
            "the exponential is missing": lambda log_probs, mask: (
                -log_probs[mask].mean()
            ),
            "the logarithms were added up and not averaged": lambda log_probs, mask: (
                np.exp(-log_probs[mask].sum())
            ),
            "two bases are mixed: the logarithms are natural": lambda log_probs, mask: (
                2 ** -log_probs[mask].mean()
            ),
        },
        hint="log_probs[mask] is the row of those that count.",
    ),
    "bits_per_character": Exercise(
        solution=bits_per_character,
        cases={
            "ten words": (_tale_nats, _tale),
            "words that come twice": (_again_nats, _again),
        },
        wrong={
            "those are bits per word": lambda log_probs, words: (
                -np.mean(log_probs) / np.log(2)
            ),
            "the spaces are missing: each word owns one": lambda log_probs, words: (
                -np.sum(log_probs) / np.log(2) / len("".join(words))
            ),
            "one space is missing: the last word owns one too": lambda log_probs, words: (
                -np.sum(log_probs) / np.log(2) / len(" ".join(words))
            ),
            "those are nats per character": lambda log_probs, words: (
                -np.sum(log_probs) / _characters(words)
            ),
            "nats were multiplied by ln 2; to get bits, divide": lambda log_probs, words: (
                -np.sum(log_probs) * np.log(2) / _characters(words)
            ),
            "each word's own ratio was averaged: divide the two totals": lambda log_probs, words: (
                np.mean(-log_probs / np.log(2) / np.array([len(w) + 1 for w in words]))
            ),
            "a word that comes twice has its characters counted twice": lambda log_probs, words: (
                -np.sum(log_probs) / np.log(2) / _characters(set(words))
            ),
            "that is a perplexity per character; bits were asked for": lambda log_probs, words: (
                2 ** bits_per_character(log_probs, words)
            ),
            "the sign is missing: bits are positive": lambda log_probs, words: (
                -bits_per_character(log_probs, words)
            ),
            "those are all the bits; divide by the number of characters": lambda log_probs, words: (
                -np.sum(log_probs) / np.log(2)
            ),
        },
        hint="-sum(log_probs) / ln 2 is the total in bits; sum(len(word) + 1) the characters.",
    ),
    "perplexity_of_batches": Exercise(
        solution=perplexity_of_batches,
        cases={
            "batches of 1, 7 and 3": (_unequal,),
            "three batches of 4": (_equal,),
            "a thousand and one": (_lucky,),
        },
        wrong={
            "that is still the mean of the batches' perplexities": lambda batches: (
                np.mean([np.exp(-batch.mean()) for batch in batches])
            ),
            "perplexities weighted by tokens: average the nats, exponentiate last": lambda batches: (
                np.average(
                    [np.exp(-batch.mean()) for batch in batches],
                    weights=[len(batch) for batch in batches],
                )
            ),
            "the exponential comes last now, and still each batch counts alike": lambda batches: (
                np.exp(-np.mean([batch.mean() for batch in batches]))
            ),
            "the sum was divided by the number of batches; divide by that of tokens": _by_the_number_of_batches,
            "the mean over tokens of 1/p: the exponential still comes before the mean": lambda batches: (
                np.exp(-np.concatenate(batches)).mean()
            ),
            "only the last batch was scored": lambda batches: np.exp(
                -batches[-1].mean()
            ),
            "the exponential is missing": lambda batches: (
                -np.concatenate(batches).mean()
            ),
            "the sign is missing: that is one over the perplexity": lambda batches: (
                1 / perplexity_of_batches(batches)
            ),
        },
        hint="add up the logarithms of all batches and their tokens; divide once, exponentiate once.",
    ),
    "extra_nats": Exercise(
        solution=extra_nats,
        cases={
            "three states": (_weather, _belief),
            "a step that never comes": (_never, _vague),
            "four states": (_tides, _guess),
            "the model is right": (_weather, _weather),
        },
        wrong={
            "every row counts alike; weigh each by how often the chain stands in it": lambda P, Q: (
                _divergences(P, Q).mean()
            ),
            "the rows were added up; weigh each by how often the chain stands in it": lambda P, Q: (
                _divergences(P, Q).sum()
            ),
            "the rows are weighted by where the model would stand; the source decides that": lambda P, Q: (
                markov.stationary(Q) @ _divergences(P, Q)
            ),
            "P and Q have changed places: the source weighs, and the model is surprised": _places_changed,
            "the model weighs each token's logarithm; the source must": lambda P, Q: (
                markov.stationary(P) @ _divergences(Q, P)
            ),
            "that is the cross-entropy; the entropy of the source must come off": lambda P, Q: (
                -markov.stationary(P) @ np.sum(P * np.log(Q), axis=1)
            ),
            "the sign is turned: that is the floor minus the model": lambda P, Q: (
                -extra_nats(P, Q)
            ),
            "zero times the logarithm of zero gave NaN: such a term counts 0": _with_nan,
            "those are bits": lambda P, Q: extra_nats(P, Q) / np.log(2),
            "that compares the two stationary distributions, and forgets the steps": lambda P, Q: (
                np.sum(
                    markov.stationary(P)
                    * np.log(markov.stationary(P) / markov.stationary(Q))
                )
            ),
            "that is the ratio of the perplexities; nats were asked for": lambda P, Q: (
                np.exp(extra_nats(P, Q))
            ),
        },
        hint="markov.stationary(P) @ (the sum over each row of P * ln(P / Q)).",
    ),
}
