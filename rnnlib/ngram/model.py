"""Predict the next token from the counts of all orders and a smoother."""

from typing import Any, NamedTuple

import numpy as np

from rnnlib.losses import perplexity
from rnnlib.ngram.counts import Ids, Level, NgramCounts, checked_ids
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
        self._tables = [
            _table(level, counts.vocab_size) for level in self.counts.levels
        ]
        self._check_smoothing()

    def probs(self, context: Ids) -> Float[Array, "V"]:
        """Return the distribution of the token after a context, of which the last order - 1 ids are used.

        Raises
        ------
        ValueError
            If the smoother leaves the context undefined, as ``mle`` does when it was never seen.
        """
        context = checked_ids(context, self.counts.vocab_size)
        context = context[max(len(context) - self.counts.order + 1, 0) :]
        tokens = np.arange(self.counts.vocab_size)
        p = np.full(len(tokens), 1 / len(tokens))
        for length in range(1, len(context) + 2):
            row = self.counts.row(context[len(context) - length + 1 :])
            p, _ = self._smooth(length, np.full(len(tokens), row), tokens, below=p)
        if np.isnan(p).any():
            raise ValueError(
                f"no distribution is defined after the context {context.tolist()}, which was never seen: "
                "use a smoother that defines one"
            )
        return p

    def log_probs(self, ids: Integer[Array, "T"]) -> Float[Array, "T"]:
        """Return the log probability of each token after those before it, in nats; the first has no context."""
        ids = checked_ids(ids, self.counts.vocab_size)
        p = np.full(len(ids), 1 / self.counts.vocab_size)
        contexts = np.zeros(len(ids), dtype=np.int64)
        for length in range(1, min(self.counts.order, len(ids)) + 1):
            here = slice(length - 1, None)  # earlier tokens have no context that long
            p[here], rows = self._smooth(length, contexts, ids[here], below=p[here])
            contexts = rows[:-1]
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

    def _smooth(
        self, length: int, contexts: np.ndarray, tokens: np.ndarray, below: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mix what was seen of n-grams of one length into the lower order; return that and the n-grams' rows."""
        level, counts, totals, distinct = self._tables[length - 1]
        rows = level.find(contexts * self.counts.vocab_size + tokens)
        seen = Seen(
            counts[rows],
            totals[contexts],
            distinct[contexts],
            length,
            self.counts.order,
            self.counts.vocab_size,
        )
        with np.errstate(invalid="ignore"):  # 0 / 0 after a context never seen
            alpha, gamma = self.smoothing(seen)
            return np.where(np.isnan(gamma), below, alpha + gamma * below), rows

    def _check_smoothing(self) -> None:
        """Try the smoother on one n-gram of each length, so that a wrong one is refused at once."""
        one = np.ones(1)
        for length in range(1, self.counts.order + 1):
            seen = Seen(
                one, one, one, length, self.counts.order, self.counts.vocab_size
            )
            if not _gives_two(self.smoothing, seen):
                raise TypeError(
                    f"smoothing must be a smoother, such as witten_bell or add_k(1); got {self.smoothing!r}"
                )


def _gives_two(smoothing: Any, seen: Seen) -> bool:
    try:
        weights = smoothing(seen)
    except TypeError:
        return False
    return isinstance(weights, tuple) and len(weights) == 2


class _Table(NamedTuple):
    """A level and, for its rows and its contexts, numbers of which the last, row -1, is 0: for what was never seen."""

    level: Level
    counts: np.ndarray
    totals: np.ndarray
    distinct: np.ndarray


def _table(level: Level, vocab_size: int) -> _Table:
    """Add up, for each context, its continuations and how many differ."""
    contexts = level.codes // vocab_size
    n_contexts = level.n_codes // vocab_size
    totals = np.bincount(contexts, level.counts, n_contexts + 1).astype(np.int64)
    distinct = np.bincount(contexts[level.counts > 0], minlength=n_contexts + 1)
    return _Table(level, np.append(level.counts, 0), totals, distinct)
