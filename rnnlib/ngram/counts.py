"""Count runs of tokens of every length up to an order.

An n-gram is packed into one whole number, its ids read as the digits of a number in base V. Sorting the numbers brings
equal n-grams together, and all continuations of one context side by side: key // V is the context, key % V the token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnlib.tree import Array, Integer


class Table(NamedTuple):
    """The n-grams of one length: packed ``keys`` (N,), ascending, and how often each occurs, ``counts`` (N,)."""

    keys: Integer[Array, "N"]
    counts: Integer[Array, "N"]


@dataclass(frozen=True)
class NgramCounts:
    """The counts of all orders: ``tables[m - 1]`` holds the m-grams, ``counts[3, 5]`` is the count of one bigram."""

    vocab_size: int
    tables: tuple[Table, ...]

    @property
    def order(self) -> int:
        """Return the length of the longest n-grams counted."""
        return len(self.tables)

    def __getitem__(self, gram: int | Sequence[int]) -> int:
        gram = checked_ids(np.atleast_1d(gram), self.vocab_size)
        if not 1 <= len(gram) <= self.order:
            raise ValueError(
                f"an n-gram must hold 1..{self.order} ids; got {len(gram)}"
            )
        keys, counts = self.tables[len(gram) - 1]
        found = np.flatnonzero(keys == self.pack(gram, len(gram)))
        return int(counts[found].sum())

    def pack(self, ids: Integer[Array, "T"], length: int) -> Integer[Array, "N"]:
        """Pack every run of ``length`` ids into one whole number: N = T - length + 1 of them."""
        return _pack(
            ids.astype(_key_dtype(self.vocab_size, self.order)), length, self.vocab_size
        )

    def grams(self, length: int) -> Integer[Array, "N length"]:
        """Unpack the n-grams of one length, a row of ids each, in the order of ``tables[length - 1]``."""
        powers = [self.vocab_size**place for place in reversed(range(length))]
        keys = self.tables[length - 1].keys
        digits = [keys // power % self.vocab_size for power in powers]
        return np.stack(digits, axis=1).astype(np.int64)


def count_ngrams(ids: Integer[Array, "T"], order: int, vocab_size: int) -> NgramCounts:
    """Count the n-grams of all lengths 1..order in a row of ids.

    Only the longest are counted one by one; the shorter ones are read off from them.

    Raises
    ------
    TypeError
        If the ids, ``order`` or ``vocab_size`` are not whole numbers.
    ValueError
        If there are no ids, an id lies outside 0..vocab_size - 1, ``order`` or ``vocab_size`` is below 1, or
        vocab_size ** order does not fit in 64 bits.

    Examples
    --------
    >>> counts = count_ngrams(np.array([0, 1, 0, 1, 2]), order=2, vocab_size=3)
    >>> counts[0, 1], counts[1, 2], counts[2, 2], counts[1]
    (2, 1, 0, 2)
    >>> counts.grams(2).tolist(), counts.tables[1].counts
    ([[0, 1], [1, 0], [1, 2]], array([2, 1, 1]))
    """
    dtype = _key_dtype(vocab_size, order)
    ids = checked_ids(ids, vocab_size, at_least=1).astype(dtype)
    tables = [_count(_pack(ids, order, vocab_size), vocab_size**order)]
    for m in reversed(range(1, order)):
        longer = tables[0]  # every m-gram but the last begins one of these
        table = _add_up(longer.keys // vocab_size, longer.counts)
        tables.insert(0, _add_one(table, _pack(ids[-m:], m, vocab_size)))
    return NgramCounts(int(vocab_size), tuple(tables))


def left_neighbours(counts: NgramCounts) -> NgramCounts:
    """Replace each count below the top order by the number of different tokens seen on the n-gram's left.

    Examples
    --------
    >>> counts = count_ngrams(np.array([1, 0, 1, 0, 1, 0, 2]), order=2, vocab_size=3)
    >>> counts[0], left_neighbours(counts)[0]  # three times, always after 1
    (3, 1)
    """
    tables = [counts.tables[-1]]
    for m in reversed(range(1, counts.order)):
        n_keys = counts.vocab_size**m
        tables.insert(0, _count(counts.tables[m].keys % n_keys, n_keys))
    return NgramCounts(counts.vocab_size, tuple(tables))


def checked_ids(ids: Sequence[int], vocab_size: int, at_least: int = 0) -> np.ndarray:
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
    return array


def _pack(ids: np.ndarray, length: int, vocab_size: int) -> np.ndarray:
    n_runs = max(len(ids) - length + 1, 0)
    keys = ids[:n_runs].copy()
    for place in range(1, length):
        keys *= vocab_size
        keys += ids[place : place + n_runs]
    return keys


def _count(keys: np.ndarray, n_keys: int) -> Table:
    """Count equal keys: in an array of all possible ones where that is small, else by sorting them in place."""
    if n_keys <= min(32 * len(keys), 2**25):
        cells = np.bincount(keys.astype(np.intp))
        found = np.flatnonzero(cells != 0)
        return Table(found.astype(keys.dtype), cells[found])
    keys.sort()
    starts = run_starts(keys)
    return Table(keys[starts], np.diff(starts, append=len(keys)))


def run_starts(keys: np.ndarray) -> np.ndarray:
    """Return where each stretch of equal keys begins."""
    changes = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    return np.append(0, changes)[: len(keys)]


def _add_up(keys: np.ndarray, counts: np.ndarray) -> Table:
    """Join neighbouring equal keys and add up their counts."""
    starts = run_starts(keys)
    return Table(keys[starts], np.add.reduceat(counts, starts) if len(keys) else counts)


def _add_one(table: Table, key: np.ndarray) -> Table:
    """Count one more n-gram; ``key`` holds it, or nothing when the text is shorter than that."""
    place = np.searchsorted(table.keys, key)
    if np.isin(key, table.keys).all():
        return table._replace(
            counts=table.counts + np.bincount(place, minlength=len(table.keys))
        )
    return Table(np.insert(table.keys, place, key), np.insert(table.counts, place, 1))


def _key_dtype(vocab_size: int, order: int) -> type:
    for name, number in (("vocab_size", vocab_size), ("order", order)):
        if not isinstance(number, int | np.integer) or isinstance(number, bool):
            raise TypeError(f"{name} must be a whole number; got {number!r}")
        if number < 1:
            raise ValueError(f"{name} must be at least 1; got {number}")
    n_keys = int(vocab_size) ** int(order)
    if n_keys > 2**64:
        raise ValueError(
            f"vocab_size ** order must fit in 64 bits; got {vocab_size} ** {order}, which needs {n_keys.bit_length()}"
        )
    return np.uint32 if n_keys <= 2**32 else np.uint64
