"""Cut a long row of ids, or many short rows, into batches of shape (T, B): time first."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rnnlib.tree import Array, Bool, Integer


class Batch(NamedTuple):
    """Inputs ``x`` (T, B) and labels ``y`` (T, B): ``y[t, b]`` is the id that follows ``x[t, b]`` in the text."""

    x: Integer[Array, "T B"]
    y: Integer[Array, "T B"]


class Padded(NamedTuple):
    """Rows of unequal length side by side: ``ids`` (T, B), ``mask`` (T, B), True at real ids, and ``lengths`` (B,)."""

    ids: Integer[Array, "T B"]
    mask: Bool[Array, "T B"]
    lengths: Integer[Array, "B"]


def sequential_batches(
    ids: Integer[Array, "N"], n_steps: int, batch_size: int, *, offset: int = 0
) -> Iterator[Batch]:
    """Lay the text in B columns and read them side by side, T steps at a time.

    Column b of each batch goes on where column b of the batch before it stopped, so a state can be carried on. From
    ``offset`` on, each column has (N - 1 - offset) // B labelled ids; those that do not fill a window are left out.

    Parameters
    ----------
    ids : the text
    n_steps : T, the length of a window
    batch_size : B, the number of columns
    offset : ids to skip at the start. Drawn anew in each epoch from 0 to (N - 1) % (T B), both included, it loses no
        batch and leaves only the last id out of reach; offsets below T alone can leave more

    Raises
    ------
    TypeError
        If the ids or a size are not whole numbers.
    ValueError
        If a size is below 1, the offset below 0, or the text too short for one batch.

    Examples
    --------
    >>> for x, y in sequential_batches(np.arange(10), n_steps=2, batch_size=2):
    ...     print(x.tolist(), y.tolist())
    [[0, 4], [1, 5]] [[1, 5], [2, 6]]
    [[2, 6], [3, 7]] [[3, 7], [4, 8]]
    """
    ids = _checked(ids, n_steps, batch_size, offset)
    length = (len(ids) - 1 - offset) // batch_size
    stop = offset + length * batch_size
    x = ids[offset:stop].reshape(batch_size, length).T.copy()
    y = ids[offset + 1 : stop + 1].reshape(batch_size, length).T.copy()
    starts = range(0, length - n_steps + 1, n_steps)
    return (Batch(x[t : t + n_steps], y[t : t + n_steps]) for t in starts)


def random_batches(
    ids: Integer[Array, "N"], n_steps: int, batch_size: int, *, rng: np.random.Generator
) -> Iterator[Batch]:
    """Cut the text into windows of T steps, from a random offset on, and deal them out in random order.

    The offset is drawn below T and so that it costs no batch: at most (N - 1) % (T B). No id is an input twice in an
    epoch. The windows of one batch are not neighbours of those of the next, so a state
    cannot be carried on. Windows that do not fill a batch are left out.

    Raises
    ------
    TypeError
        If the ids or a size are not whole numbers.
    ValueError
        If a size is below 1, or the text too short for one batch.

    Examples
    --------
    >>> for x, y in random_batches(np.arange(10), n_steps=2, batch_size=2, rng=np.random.default_rng(0)):
    ...     print(x.tolist(), y.tolist())
    [[5, 1], [6, 2]] [[6, 2], [7, 3]]
    [[3, 7], [4, 8]] [[4, 8], [5, 9]]
    """
    ids = _checked(ids, n_steps, batch_size, 0)
    spare = (len(ids) - 1) % (n_steps * batch_size)
    offset = rng.integers(min(n_steps, spare + 1))
    n_windows = (len(ids) - 1 - offset) // n_steps
    starts = offset + n_steps * rng.permutation(n_windows)
    steps = np.arange(n_steps)[:, None]
    groups = (
        starts[first : first + batch_size]
        for first in range(0, n_windows - batch_size + 1, batch_size)
    )
    return (Batch(ids[steps + group], ids[steps + group + 1]) for group in groups)


def pad(sequences: Sequence[Sequence[int] | np.ndarray], *, value: int = 0) -> Padded:
    """Set rows of unequal length side by side, filled up at the end to the longest.

    Parameters
    ----------
    sequences : B rows of ids, none of them empty
    value : the id to fill up with, that of ``<pad>``

    Raises
    ------
    TypeError
        If the ids are not whole numbers.
    ValueError
        If there are no rows, or a row is empty.

    Examples
    --------
    >>> padded = pad([[5, 6, 7], [8]])
    >>> padded.ids.T.tolist(), padded.mask.T.tolist(), padded.lengths.tolist()
    ([[5, 6, 7], [8, 0, 0]], [[True, True, True], [True, False, False]], [3, 1])
    """
    if not isinstance(value, int | np.integer):
        raise TypeError(f"value must be a whole number; got {value!r}")
    rows = [np.asarray(row) for row in sequences]
    if not rows:
        raise ValueError("sequences must hold at least one row; got none")
    for number, row in enumerate(rows):
        if row.ndim != 1 or not len(row):
            raise ValueError(
                f"each row must have shape (T,) with T at least 1; row {number} has {row.shape}"
            )
        if not np.issubdtype(row.dtype, np.integer):
            raise TypeError(
                f"ids must be whole numbers; row {number} has dtype {row.dtype}"
            )
    lengths = np.array([len(row) for row in rows])
    ids = np.full((lengths.max(), len(rows)), value, dtype=np.int64)
    for b, row in enumerate(rows):
        ids[: len(row), b] = row
    return Padded(ids, np.arange(len(ids))[:, None] < lengths, lengths)


def buckets(
    lengths: Sequence[int] | np.ndarray, batch_size: int, *, rng: np.random.Generator
) -> Iterator[Integer[Array, "B"]]:
    """Group rows of about the same length: sort by length, cut into batches, deal the batches out in random order.

    Each row comes once; equal lengths are shuffled among themselves, and one batch may hold fewer rows.

    Yields
    ------
    array (B,) : the numbers of the rows that make one batch

    Raises
    ------
    ValueError
        If there are no lengths, one of them is below 1, or ``batch_size`` is.

    Examples
    --------
    >>> [sorted(rows.tolist()) for rows in buckets([3, 9, 2, 8], batch_size=2, rng=np.random.default_rng(0))]
    [[1, 3], [0, 2]]
    """
    lengths = np.asarray(lengths)
    _check_size("batch_size", batch_size)
    if lengths.size and not np.issubdtype(lengths.dtype, np.integer):
        raise TypeError(f"lengths must be whole numbers; got dtype {lengths.dtype}")
    if lengths.ndim != 1 or not len(lengths) or lengths.min() < 1:
        raise ValueError(
            f"lengths must have shape (N,), N at least 1, and be at least 1; got {lengths}"
        )
    shuffled = rng.permutation(len(lengths))
    ranked = shuffled[np.argsort(lengths[shuffled], kind="stable")]
    firsts = rng.permutation(range(0, len(ranked), batch_size))
    return (ranked[first : first + batch_size] for first in firsts)


def _checked(ids: np.ndarray, n_steps: int, batch_size: int, offset: int) -> np.ndarray:
    ids = np.asarray(ids)
    if ids.ndim != 1:
        raise ValueError(f"ids must have shape (N,); got {ids.shape}")
    if len(ids) and not np.issubdtype(ids.dtype, np.integer):
        raise TypeError(f"ids must be whole numbers; got dtype {ids.dtype}")
    _check_size("n_steps", n_steps)
    _check_size("batch_size", batch_size)
    _check_size("offset", offset, at_least=0)
    wanted = offset + n_steps * batch_size + 1
    if len(ids) < wanted:
        raise ValueError(
            f"ids must hold offset + T * B + 1 = {wanted} ids for one batch of T = {n_steps} steps "
            f"and B = {batch_size} columns; got {len(ids)}"
        )
    return ids


def _check_size(name: str, size: int, at_least: int = 1) -> None:
    if not isinstance(size, int | np.integer) or isinstance(size, bool):
        raise TypeError(f"{name} must be a whole number; got {size!r}")
    if size < at_least:
        raise ValueError(f"{name} must be at least {at_least}; got {size}")
