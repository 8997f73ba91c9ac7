"""Sequences that a network is trained on: each task asks for one ability, such as to keep a number for long."""

from typing import NamedTuple

import numpy as np

from rnnlib.tree import Array, Bool, Float, Integer


class Sequences(NamedTuple):
    """Inputs ``x`` (T, B, I) and targets ``y``, (B,) or (T, B), for tasks that a network is trained on."""

    x: Float[Array, "T B I"]
    y: Array


class Tokens(NamedTuple):
    """Inputs ``x`` (T, B) and targets ``y`` (T, B) of token ids, and ``mask`` (T, B), True where a target counts."""

    x: Integer[Array, "T B"]
    y: Integer[Array, "T B"]
    mask: Bool[Array, "T B"]


def adding(n_steps: int, n_batch: int, *, rng: np.random.Generator) -> Sequences:
    """Draw the adding problem: numbers of U[0, 1] beside marks; the target is the sum of the two marked numbers.

    One mark stands in the first half, one in the second. Always predicting 1 has a mean squared error of 1/6
    (Hochreiter and Schmidhuber 1997, experiment 4, in the scaling that is usual today).

    Raises
    ------
    ValueError
        If there are fewer than two steps or no batch.

    Examples
    --------
    >>> x, y = adding(6, 2, rng=np.random.default_rng(0))
    >>> x.shape, bool(np.allclose((x[:, :, 0] * x[:, :, 1]).sum(axis=0), y))
    ((6, 2, 2), True)
    """
    _check_sizes(n_steps=(n_steps, 2), n_batch=(n_batch, 1))
    half, rows = n_steps // 2, np.arange(n_batch)
    x = np.zeros((n_steps, n_batch, 2))
    x[:, :, 0] = rng.random((n_steps, n_batch))
    x[rng.integers(half, size=n_batch), rows, 1] = 1
    x[rng.integers(half, n_steps, size=n_batch), rows, 1] = 1
    return Sequences(x, (x[:, :, 0] * x[:, :, 1]).sum(axis=0))


def copy_memory(
    delay: int,
    n_batch: int,
    *,
    rng: np.random.Generator,
    n_symbols: int = 8,
    n_copied: int = 10,
) -> Tokens:
    """Draw the copy task: symbols to keep, blanks for ``delay`` steps, a signal, and then the symbols again.

    Ids 0..n_symbols - 1 are the symbols, then come the blank and the signal. T = delay + 2 n_copied. The mask counts
    every step; a model that knows no more than when to answer has a loss of n_copied ln(n_symbols) / T nats per token
    (Arjovsky, Shah and Bengio 2016).

    Examples
    --------
    >>> x, y, mask = copy_memory(3, 1, rng=np.random.default_rng(0), n_symbols=4, n_copied=2)
    >>> x[:, 0], y[:, 0]
    (array([3, 2, 4, 4, 5, 4, 4]), array([4, 4, 4, 4, 4, 3, 2]))
    """
    _check_sizes(delay=(delay, 1), n_batch=(n_batch, 1))
    _check_sizes(n_symbols=(n_symbols, 1), n_copied=(n_copied, 1))
    T, blank, signal = delay + 2 * n_copied, n_symbols, n_symbols + 1
    x, y = (np.full((T, n_batch), blank) for _ in range(2))
    x[:n_copied] = y[-n_copied:] = rng.integers(n_symbols, size=(n_copied, n_batch))
    x[-n_copied - 1] = signal
    return Tokens(x, y, np.ones((T, n_batch), dtype=bool))


def temporal_order(n_steps: int, n_batch: int, *, rng: np.random.Generator) -> Tokens:
    """Draw the temporal order task: two marks, each A or B, among distractors; which of AA, AB, BA, BB was it?

    Ids: A 0, B 1, distractors 2..5. The first mark lies in the second tenth of the steps, the other in the sixth. The
    target 0..3 = 2 * first + second counts at the last step only (Hochreiter and Schmidhuber 1997, experiment 6a).

    Examples
    --------
    >>> x, y, mask = temporal_order(20, 3, rng=np.random.default_rng(0))
    >>> x.shape, y[-1], int(mask.sum())
    ((20, 3), array([2, 3, 2]), 3)
    """
    _check_sizes(n_steps=(n_steps, 10), n_batch=(n_batch, 1))
    rows = np.arange(n_batch)
    x = rng.integers(2, 6, size=(n_steps, n_batch))
    marks = rng.integers(2, size=(2, n_batch))
    for mark, tenth in zip(marks, (1, 5)):
        first, last = tenth * n_steps // 10, (tenth + 1) * n_steps // 10
        x[rng.integers(first, last, size=n_batch), rows] = mark
    y, mask = np.zeros_like(x), np.zeros(x.shape, dtype=bool)
    y[-1], mask[-1] = 2 * marks[0] + marks[1], True
    return Tokens(x, y, mask)


def parity(n_steps: int, n_batch: int, *, rng: np.random.Generator) -> Tokens:
    """Draw bits; the target at each step is whether the number of ones so far is odd.

    Examples
    --------
    >>> x, y, _ = parity(5, 1, rng=np.random.default_rng(1))
    >>> x[:, 0], y[:, 0]
    (array([0, 1, 1, 1, 0]), array([0, 1, 0, 1, 1]))
    """
    _check_sizes(n_steps=(n_steps, 1), n_batch=(n_batch, 1))
    x = rng.integers(2, size=(n_steps, n_batch))
    return Tokens(x, x.cumsum(axis=0) % 2, np.ones(x.shape, dtype=bool))


def _check_sizes(**sizes: tuple[int, int]) -> None:
    for name, (size, least) in sizes.items():
        if size < least:
            raise ValueError(f"{name} must be at least {least}; got {size}")
