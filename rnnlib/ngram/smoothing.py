"""Turn counts into probabilities that leave something for what was never seen.

A smoother is a function that gives alpha and gamma. The model applies it from the shortest context to the longest, with
the uniform 1/V below the shortest:

    p(token | context) = alpha + gamma * p(token | context without its first token)

After a context that was never seen, a gamma of 0/0 (NaN) hands over to the lower order whole.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from rnnlib.ngram.counts import left_neighbours
from rnnlib.tree import Array


class Seen(NamedTuple):
    """What a smoother is told about many n-grams of one length; the first three are arrays of one shape."""

    count: Array  # of the n-gram
    total: Array  # of its context: the sum of the counts of all its continuations
    distinct: Array  # how many different continuations the context has
    length: int  # of the n-gram
    order: int  # of the model
    vocab_size: int


Weights = tuple[Array, Array]
Smoother = Callable[[Seen], Weights]


def mle(seen: Seen) -> Weights:
    """Take the relative frequency and nothing from below: alpha = count / total.

    Undefined after a context that was never seen: there ``NgramModel.probs`` raises and ``log_probs`` gives -inf.

    Examples
    --------
    >>> from rnnlib.ngram import NgramModel, count_ngrams
    >>> counts = count_ngrams(np.array([0, 1, 0, 2]), order=2, vocab_size=3)
    >>> NgramModel(counts, mle).probs([0])
    array([0. , 0.5, 0.5])
    """
    return seen.count / seen.total, np.zeros(seen.total.shape)


def add_k(k: float) -> Smoother:
    """Add k to the count of every token: alpha = (count + k) / (total + k V). With k = 1, Laplace's rule.

    Raises
    ------
    ValueError
        If k is not a number above 0.

    Examples
    --------
    >>> from rnnlib.ngram import NgramModel, count_ngrams
    >>> counts = count_ngrams(np.array([0, 1, 0, 2]), order=2, vocab_size=3)
    >>> NgramModel(counts, add_k(1)).probs([0])
    array([0.2, 0.4, 0.4])
    """
    if not 0 < k < np.inf:
        raise ValueError(f"k must be a number above 0; got {k}")

    def weights(seen: Seen) -> Weights:
        alpha = (seen.count + k) / (seen.total + k * seen.vocab_size)
        return alpha, np.zeros(seen.total.shape)

    return weights


def interpolated(eps: float | Sequence[float]) -> Smoother:
    """Mix in the lower order with the weight of eps more tokens (MacKay and Peto 1995).

    alpha = count / (total + eps), gamma = eps / (total + eps).

    Parameters
    ----------
    eps : one number for all orders, or one for each, lowest first; at least 0

    Raises
    ------
    ValueError
        If an eps is negative or not finite, or, when a model is made, if there are not as many as orders.

    Examples
    --------
    >>> from rnnlib.ngram import NgramModel, count_ngrams
    >>> counts = count_ngrams(np.array([0, 1, 0, 2]), order=2, vocab_size=3)
    >>> NgramModel(counts, interpolated([2.0, 2.0])).probs([0]).round(3)
    array([0.222, 0.389, 0.389])
    """
    each = _checked_eps(eps)

    def weights(seen: Seen) -> Weights:
        e = _of_length(each, seen)
        return seen.count / (seen.total + e), e / (seen.total + e)

    return weights


def _checked_eps(eps: float | Sequence[float]) -> np.ndarray:
    try:
        each = np.asarray(eps, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"eps must be a number, or one for each order; got {eps!r}"
        ) from error
    if each.ndim > 1 or not (np.isfinite(each) & (each >= 0)).all():
        raise ValueError(
            f"eps must be a number of at least 0, or one for each order; got {eps}"
        )
    return each


def _of_length(each: np.ndarray, seen: Seen) -> np.ndarray | np.floating:
    if not each.ndim:
        return each
    if len(each) != seen.order:
        raise ValueError(
            f"eps must be one number, or one for each of {seen.order} orders; got {len(each)} numbers"
        )
    return each[seen.length - 1]


def witten_bell(seen: Seen) -> Weights:
    """Mix in the lower order with the weight of as many tokens as the context has different continuations.

    With N = total and D = distinct: alpha = count / (N + D), gamma = D / (N + D) (Witten and Bell 1991, method C).

    Examples
    --------
    >>> from rnnlib.ngram import NgramModel, count_ngrams
    >>> counts = count_ngrams(np.array([0, 1, 0, 2]), order=2, vocab_size=3)
    >>> NgramModel(counts, witten_bell).probs([0]).round(3)
    array([0.214, 0.393, 0.393])
    """
    whole = seen.total + seen.distinct
    return seen.count / whole, seen.distinct / whole


def absolute_discount(d: float) -> Smoother:
    """Take d from every count and hand it to the lower order (Ney, Essen and Kneser 1994).

    alpha = max(count - d, 0) / total, gamma = d * distinct / total.

    Raises
    ------
    ValueError
        If d lies outside 0..1.

    Examples
    --------
    >>> from rnnlib.ngram import NgramModel, count_ngrams
    >>> counts = count_ngrams(np.array([0, 1, 0, 2]), order=2, vocab_size=3)
    >>> NgramModel(counts, absolute_discount(0.5)).probs([0]).round(3)
    array([0.25 , 0.375, 0.375])
    """
    if not 0 <= d <= 1:
        raise ValueError(f"d must lie in 0..1; got {d}")

    def weights(seen: Seen) -> Weights:
        alpha = np.maximum(seen.count - d, 0) / seen.total
        return alpha, d * seen.distinct / seen.total

    return weights


def kneser_ney(d: float) -> Smoother:
    """Discount as ``absolute_discount`` does, but below the top order count left neighbours, not occurrences.

    Kneser and Ney 1995, in the interpolated form of Chen and Goodman 1999.

    Raises
    ------
    ValueError
        If d lies outside 0..1.

    Examples
    --------
    >>> from rnnlib.ngram import NgramModel, count_ngrams
    >>> counts = count_ngrams(np.array([0, 1, 0, 2]), order=2, vocab_size=3)
    >>> NgramModel(counts, kneser_ney(0.5)).probs([0]).round(3)
    array([0.167, 0.417, 0.417])
    """
    weights = absolute_discount(d)
    weights.recount = left_neighbours
    return weights
