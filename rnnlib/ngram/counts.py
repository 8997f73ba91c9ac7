"""Count runs of tokens of every length up to an order.

An n-gram is a context followed by one token. So the n-grams of one length are numbered, and those one token longer are
counted as pairs (number of the context, token), written as one code: context * V + token.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rnnlib.tree import Array, Integer

Ids = Sequence[int] | np.ndarray
DENSE = 2**22  # up to so many possible codes are looked up in an array of all of them


@dataclass(frozen=True)
class Level:
    """The N different n-grams of one length, a row each.

    ``codes`` (N,), ascending: row of the context in the level below * V + token; ``counts`` (N,): how often each
    occurs; ``n_codes``: the number of possible codes.
    """

    codes: Integer[Array, "N"]
    counts: Integer[Array, "N"]
    n_codes: int

    def find(self, codes: Integer[Array, "M"]) -> Integer[Array, "M"]:
        """Return the row of each code, -1 for those never seen."""
        if not len(self.codes):
            return np.full(len(codes), -1)
        if self.n_codes <= DENSE:
            return np.where(codes < 0, -1, self._row_of[codes])
        rows = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[rows] == codes, rows, -1)

    @cached_property
    def _row_of(self) -> np.ndarray:
        rows = np.full(self.n_codes, -1)
        rows[self.codes] = np.arange(len(self.codes))
        return rows


@dataclass(frozen=True)
class NgramCounts:
    """The counts of all orders: ``levels[m - 1]`` holds the m-grams, ``counts[3, 5]`` is the count of one bigram."""

    vocab_size: int
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        """Return the length of the longest n-grams counted."""
        return len(self.levels)

    def __getitem__(self, gram: int | Ids) -> int:
        gram = checked_ids(np.atleast_1d(gram), self.vocab_size)
        if not 1 <= len(gram) <= self.order:
            raise ValueError(
                f"an n-gram must hold 1..{self.order} ids; got {len(gram)}"
            )
        row = self.row(gram)
        return int(self.levels[len(gram) - 1].counts[row]) if row >= 0 else 0

    def row(self, gram: Ids) -> int:
        """Return the row of an n-gram in its level, -1 if it was never seen; the empty one has row 0."""
        row = 0
        for level, token in zip(self.levels, gram):
            row = level.find(np.array([row * self.vocab_size + int(token)]))[0]
        return int(row)

    def grams(self, length: int) -> Integer[Array, "N length"]:
        """Return the ids of the n-grams of one length, in the order of their rows."""
        contexts, tokens = np.divmod(self.levels[length - 1].codes, self.vocab_size)
        if length == 1:
            return tokens[:, None]
        return np.column_stack([self.grams(length - 1)[contexts], tokens])


def count_ngrams(ids: Integer[Array, "T"], order: int, vocab_size: int) -> NgramCounts:
    """Count the n-grams of all lengths 1..order in a row of ids.

    Raises
    ------
    TypeError
        If the ids, ``order`` or ``vocab_size`` are not whole numbers.
    ValueError
        If there are no ids, an id lies outside 0..vocab_size - 1, ``order`` or ``vocab_size`` is below 1, or
        contexts times ``vocab_size`` do not fit in 64 bits.

    Examples
    --------
    >>> counts = count_ngrams(np.array([0, 1, 0, 1, 2]), order=2, vocab_size=3)
    >>> counts[0, 1], counts[1, 2], counts[2, 2], counts[1]
    (2, 1, 0, 2)
    >>> counts.grams(2).tolist(), counts.levels[1].counts
    ([[0, 1], [1, 0], [1, 2]], array([2, 1, 1]))
    """
    order, vocab_size = _size("order", order), _size("vocab_size", vocab_size)
    ids = checked_ids(ids, vocab_size, at_least=1)
    levels: list[Level] = []
    contexts, n_contexts = np.zeros(len(ids), dtype=np.int64), 1  # the empty context
    for length in range(1, order + 1):
        if n_contexts * vocab_size >= 2**63:
            raise ValueError(
                f"vocab_size times the number of contexts must fit in 64 bits; got {vocab_size} and {n_contexts}"
            )
        codes = contexts  # in place: ten million tokens are heavy
        codes *= vocab_size
        codes += ids[length - 1 :]
        levels.append(_count(codes, n_contexts * vocab_size))
        if length < order:
            contexts = levels[-1].find(codes)[:-1]  # nothing follows the last n-gram
            n_contexts = len(levels[-1].codes)
    return NgramCounts(vocab_size, tuple(levels))


def left_neighbours(counts: NgramCounts) -> NgramCounts:
    """Replace each count below the top order by the number of different tokens seen on the n-gram's left.

    Examples
    --------
    >>> counts = count_ngrams(np.array([1, 0, 1, 0, 1, 0, 2]), order=2, vocab_size=3)
    >>> counts[0], left_neighbours(counts)[0]  # three times, always after 1
    (3, 1)
    """
    levels = list(counts.levels)
    suffixes = np.zeros(
        len(levels[0].codes), dtype=np.int64
    )  # row without the first token
    for m in range(1, counts.order):
        below, here = counts.levels[m - 1 : m + 1]
        contexts, tokens = np.divmod(here.codes, counts.vocab_size)
        suffixes = below.find(suffixes[contexts] * counts.vocab_size + tokens)
        distinct = np.bincount(suffixes, minlength=len(below.codes))
        levels[m - 1] = replace(below, counts=distinct)
    return replace(counts, levels=tuple(levels))


def checked_ids(ids: Ids, vocab_size: int, at_least: int = 0) -> np.ndarray:
    """Return the ids as an array (T,), or say what is wrong with them."""
    array = np.asarray(ids)
    if array.ndim != 1:
        raise ValueError(f"ids must have shape (T,); got {array.shape}")
    if len(array) < at_least:
        raise ValueError(f"ids must hold at least {at_least} token; got {len(array)}")
    if not len(array):
        return array.astype(np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"ids must be whole numbers; got dtype {array.dtype}")
    if not 0 <= array.min() <= array.max() < vocab_size:
        raise ValueError(
            f"ids must lie in 0..{vocab_size - 1}; got {array.min()}..{array.max()}"
        )
    return array.astype(np.int64, copy=False)


def _count(codes: np.ndarray, n_codes: int) -> Level:
    """Count equal codes: in an array of all possible ones where that is small, else by sorting them."""
    if n_codes <= DENSE:
        counts = np.bincount(codes, minlength=n_codes)
        found = np.flatnonzero(counts > 0)
        return Level(found, counts[found], n_codes)
    return Level(*np.unique(codes, return_counts=True), n_codes)


def _size(name: str, number: int) -> int:
    if not isinstance(number, int | np.integer) or isinstance(number, bool):
        raise TypeError(f"{name} must be a whole number; got {number!r}")
    if number < 1:
        raise ValueError(f"{name} must be at least 1; got {number}")
    return int(number)
