"""Synthetic series whose law is known, so that a model can be held against the truth."""

from typing import NamedTuple

import numpy as np

from rnnlib.tree import Array, Bool, Float, Integer


class Level(NamedTuple):
    """What is seen, ``x`` (T,), and the hidden ``level`` (T,) beneath the noise."""

    x: Float[Array, "T"]
    level: Float[Array, "T"]


class Room(NamedTuple):
    """A room's ``temperature`` (T,) in degrees above the street, and the ``heating`` (T,) that drives it, 0 or 1."""

    temperature: Float[Array, "T"]
    heating: Float[Array, "T"]


def autoregressive(
    lags: Float[Array, "tau"],
    n_steps: int,
    *,
    rng: np.random.Generator,
    noise: float = 1.0,
) -> Float[Array, "T"]:
    """Draw x_t = sum_k lags[k-1] x_{t-k} + noise * e_t with standard normal e_t, after 500 steps of warming up.

    Examples
    --------
    >>> autoregressive(np.array([0.5]), 3, rng=np.random.default_rng(0), noise=0.0)
    array([0., 0., 0.])
    """
    tau, warm_up = len(lags), 500
    _check_steps(n_steps)
    x = np.zeros(tau + warm_up + n_steps)
    shocks = noise * rng.normal(size=len(x))
    for t in range(tau, len(x)):
        x[t] = lags @ x[t - tau : t][::-1] + shocks[t]
    return x[-n_steps:]


def random_walk(n_steps: int, *, rng: np.random.Generator) -> Float[Array, "T"]:
    """Draw x_t = x_{t-1} + e_t with standard normal e_t, from x_0 = 0.

    Examples
    --------
    >>> random_walk(3, rng=np.random.default_rng(0))[0]
    np.float64(0.0)
    """
    _check_steps(n_steps)
    return np.concatenate([[0.0], rng.normal(size=n_steps - 1).cumsum()])


def drifting_level(
    n_steps: int, *, rng: np.random.Generator, drift: float = 0.3
) -> Level:
    """Draw a level that wanders by ``drift`` a step, seen through standard normal noise.

    Examples
    --------
    >>> drifting_level(4, rng=np.random.default_rng(0)).x.shape
    (4,)
    """
    level = drift * random_walk(n_steps, rng=rng)
    return Level(level + rng.normal(size=n_steps), level)


def delayed_copy(
    n_steps: int, delay: int, *, rng: np.random.Generator, flip: float = 0.1
) -> Float[Array, "T"]:
    """Draw +1 and -1 such that each value repeats the one ``delay`` steps before it, flipped with probability ``flip``.

    Raises
    ------
    ValueError
        If delay is below 1 or not below n_steps.

    Examples
    --------
    >>> x = delayed_copy(8, delay=4, rng=np.random.default_rng(0), flip=0.0)
    >>> bool((x[:4] == x[4:]).all())
    True
    """
    _check_steps(n_steps)
    if not 0 <= flip <= 1:
        raise ValueError(f"flip must lie in 0..1; got {flip}")
    if not 1 <= delay < n_steps:
        raise ValueError(f"delay must lie in 1..{n_steps - 1}; got {delay}")
    x = rng.choice([-1.0, 1.0], size=n_steps)
    keep = np.where(rng.random(n_steps) < flip, -1.0, 1.0)
    for t in range(delay, n_steps):
        x[t] = keep[t] * x[t - delay]
    return x


def heated_room(n_steps: int, *, rng: np.random.Generator, noise: float = 0.2) -> Room:
    """Draw a room that keeps 0.8 of its warmth a step and gains 2 degrees while the heating is on.

    The heating is switched by chance, on average every eighth step: nothing in the temperature foretells it.

    Examples
    --------
    >>> heated_room(5, rng=np.random.default_rng(0)).heating.shape
    (5,)
    """
    _check_steps(n_steps)
    switched = rng.random(n_steps) < 1 / 8
    heating = (switched.cumsum() % 2).astype(float)
    temperature = np.zeros(n_steps)
    for t in range(1, n_steps):
        temperature[t] = (
            0.8 * temperature[t - 1] + 2.0 * heating[t] + noise * rng.normal()
        )
    return Room(temperature, heating)


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


def _check_steps(n_steps: int) -> None:
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1; got {n_steps}")
