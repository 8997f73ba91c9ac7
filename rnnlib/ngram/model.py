"""Predict the next token from the counts of all orders and a smoother."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnlib.losses import perplexity
from rnnlib.ngram.counts import NgramCounts, Table, checked_ids, run_starts
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
        self._levels = [
            _level(table, counts.vocab_size) for table in self.counts.tables
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
        tokens = np.arange(self.counts.vocab_size, dtype=np.uint32)
        grams = np.append(context, 0)  # 0 leaves room for the token
        lengths = range(1, len(grams) + 1)
        p = self._mix([self.counts.pack(grams[-m:], m) + tokens for m in lengths])
        if np.isnan(p).any():
            raise ValueError(
                f"no distribution is defined after the context {context.tolist()}, which was never seen: "
                "use a smoother that defines one"
            )
        return p

    def log_probs(self, ids: Integer[Array, "T"]) -> Float[Array, "T"]:
        """Return the log probability of each token after those before it, in nats; the first has no context."""
        ids = checked_ids(ids, self.counts.vocab_size)
        lengths = range(1, min(self.counts.order, len(ids)) + 1)
        p = self._mix([self.counts.pack(ids, m) for m in lengths])
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

    def _mix(self, keys: list[np.ndarray]) -> np.ndarray:
        """Go from the longest n-grams to the shortest; each order hands gamma of what it was given to the next.

        ``keys[m - 1]`` packs the m-grams that end in the tokens asked about; the first tokens have no long ones.
        """
        n = len(keys[0]) if keys else 0
        p, left = np.zeros(n), np.ones(n)
        for length in reversed(range(1, len(keys) + 1)):
            first = n - len(keys[length - 1])
            asked = first + np.flatnonzero(left[first:])
            alpha, gamma = self._weights(keys[length - 1][asked - first], length)
            p[asked] += left[asked] * alpha
            left[asked] *= gamma
        return p + left / self.counts.vocab_size

    def _weights(self, keys: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Ask the smoother about n-grams of one length; a context never seen hands everything to the lower order."""
        seen = _look_up(keys, self._levels[length - 1], self.counts.vocab_size)
        sizes = length, self.counts.order, self.counts.vocab_size
        with np.errstate(invalid="ignore"):  # 0 / 0 after a context never seen
            alpha, gamma = self.smoothing(Seen(*seen, *sizes))
        unseen = np.isnan(gamma)
        return np.where(unseen, 0.0, alpha), np.where(unseen, 1.0, gamma)

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


class _Level(NamedTuple):
    """The n-grams of one length, and beside each what is known of its context."""

    keys: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    totals: np.ndarray
    distinct: np.ndarray


def _level(table: Table, vocab_size: int) -> _Level:
    contexts = table.keys // vocab_size
    starts = run_starts(contexts)
    sizes = np.diff(starts, append=len(contexts))
    totals = np.add.reduceat(table.counts, starts) if len(starts) else sizes
    return _Level(*table, contexts, np.repeat(totals, sizes), np.repeat(sizes, sizes))


def _look_up(
    keys: np.ndarray, level: _Level, vocab_size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return count, total and distinct for each n-gram; 0 where it, or its context, was never seen.

    The continuations of a context stand side by side, so the place where an n-gram is or would be also finds its
    context: right there, or one place before.
    """
    if not len(level.keys):
        return tuple(np.zeros((3, len(keys)), dtype=np.int64))
    contexts = keys // vocab_size
    place = np.minimum(np.searchsorted(level.keys, keys), len(level.keys) - 1)
    count = np.where(level.keys[place] == keys, level.counts[place], 0)
    place -= (level.contexts[place] != contexts) & (place > 0)
    known = level.contexts[place] == contexts
    total = np.where(known, level.totals[place], 0)
    return count, total, np.where(known, level.distinct[place], 0)
