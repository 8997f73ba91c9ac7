"""Predict the next token from the counts of all orders and a smoother."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnlib.losses import perplexity
from rnnlib.ngram.counts import NgramCounts, Table, checked_ids
from rnnlib.ngram.smoothing import Seen, Smoother
from rnnlib.tree import Array, Float, Integer


class NgramModel:
    """Counts and a smoother: a distribution over the next token after any context.

    Parameters
    ----------
    counts : what ``count_ngrams`` returns; its order is the model's
    smoothing : ``mle``, ``witten_bell``, ``add_k(k)``, ``interpolated(eps)``, ``absolute_discount(d)``,
        ``kneser_ney(d)``, or a function of your own from ``Seen`` to alpha and gamma

    Raises
    ------
    TypeError
        If ``smoothing`` is not such a function: ``add_k`` without its k, for example.

    Examples
    --------
    >>> from rnnlib.ngram import count_ngrams, witten_bell
    >>> model = NgramModel(count_ngrams(np.array([0, 1, 0, 1, 1]), order=2, vocab_size=2), witten_bell)
    >>> model.probs([0]).round(3), model.probs([]).round(3)
    (array([0.143, 0.857]), array([0.429, 0.571]))
    >>> round(model.perplexity(np.array([0, 1, 1])), 3)
    1.719
    """

    def __init__(self, counts: NgramCounts, smoothing: Smoother) -> None:
        recount = getattr(smoothing, "recount", None)
        self.counts = recount(counts) if recount else counts
        self.smoothing = smoothing
        self._contexts = [
            _contexts(table, counts.vocab_size) for table in self.counts.tables
        ]
        self._check_smoothing()

    def probs(self, context: Sequence[int]) -> Float[Array, "V"]:
        """Return the distribution of the token after a context, of which the last order - 1 ids are used.

        Raises
        ------
        ValueError
            If the smoother leaves the context undefined, as ``mle`` does when it was never seen.
        """
        context = checked_ids(context, self.counts.vocab_size)
        context = context[max(len(context) - self.counts.order + 1, 0) :]
        p = np.full(self.counts.vocab_size, 1 / self.counts.vocab_size)
        for length in range(1, len(context) + 2):
            gram = np.append(context[len(context) - length + 1 :], 0)
            keys = self.counts.pack(gram, length) + np.arange(len(p), dtype=np.uint32)
            p = self._smooth(keys, length, below=p)
        if np.isnan(p).any():
            raise ValueError(
                f"no distribution is defined after the context {context.tolist()}, which was never seen: "
                "use a smoother that is"
            )
        return p

    def log_probs(self, ids: Integer[Array, "T"]) -> Float[Array, "T"]:
        """Return the log probability of each token after those before it, in nats; the first has no context."""
        ids = checked_ids(ids, self.counts.vocab_size)
        p = np.full(len(ids), 1 / self.counts.vocab_size)
        for length in range(1, min(self.counts.order, len(ids)) + 1):
            keys = self.counts.pack(ids, length)
            p[length - 1 :] = self._smooth(keys, length, below=p[length - 1 :])
        with np.errstate(divide="ignore"):
            return np.log(np.nan_to_num(p, nan=0.0))

    def perplexity(self, ids: Integer[Array, "T"]) -> float:
        """Return exp of the mean negative log probability over all T tokens.

        Raises
        ------
        ValueError
            If there are no ids.
        """
        ids = checked_ids(ids, self.counts.vocab_size, at_least=1)
        return float(perplexity(-self.log_probs(ids).mean()))

    def _smooth(self, keys: np.ndarray, length: int, below: np.ndarray) -> np.ndarray:
        """Mix the counts of n-grams of one length with the probabilities of the lower order."""
        contexts = self._contexts[length - 1]
        (count,) = _look_up(keys, *self.counts.tables[length - 1])
        total, distinct = _look_up(keys // self.counts.vocab_size, *contexts)
        seen = Seen(
            count, total, distinct, length, self.counts.order, self.counts.vocab_size
        )
        with np.errstate(invalid="ignore"):  # 0 / 0 after a context never seen
            alpha, gamma = self.smoothing(seen)
            return np.where(np.isnan(gamma), below, alpha + gamma * below)

    def _check_smoothing(self) -> None:
        """Try the smoother on one n-gram of each length, so that a wrong one is refused at once."""
        one = np.ones(1)
        for length in range(1, self.counts.order + 1):
            seen = Seen(
                one, one, one, length, self.counts.order, self.counts.vocab_size
            )
            try:
                alpha, gamma = self.smoothing(seen)
            except TypeError as error:
                raise TypeError(
                    f"smoothing must be a smoother, such as witten_bell or add_k(1); got {self.smoothing!r}"
                ) from error


class _Contexts(NamedTuple):
    keys: np.ndarray
    totals: np.ndarray
    distinct: np.ndarray


def _contexts(table: Table, vocab_size: int) -> _Contexts:
    """Add up the continuations of each context; they stand side by side."""
    contexts = table.keys // vocab_size
    starts = np.flatnonzero(contexts[1:] != contexts[:-1]) + 1
    starts = np.append(0, starts)[: len(contexts)]
    totals = np.add.reduceat(table.counts, starts) if len(starts) else table.counts
    return _Contexts(contexts[starts], totals, np.diff(starts, append=len(contexts)))


def _look_up(
    query: np.ndarray, keys: np.ndarray, *columns: np.ndarray
) -> list[np.ndarray]:
    """Return the columns' values at each key asked for, 0 where it is missing."""
    if not len(keys):
        return [np.zeros(len(query)) for _ in columns]
    place = np.minimum(np.searchsorted(keys, query), len(keys) - 1)
    found = keys[place] == query
    return [np.where(found, column[place], 0) for column in columns]
