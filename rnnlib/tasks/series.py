"""Series whose law is known, so that a model can be held against the truth."""

from typing import NamedTuple

import numpy as np

from rnnlib.tree import Array, Float


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


def mackey_glass(
    n_steps: int,
    *,
    rng: np.random.Generator,
    delay: float = 17.0,
    spacing: float = 1.0,
    euler: float = 0.1,
) -> Float[Array, "T"]:
    """Draw a stretch of the Mackey-Glass equation dx/dt = 0.2 x(t - delay) / (1 + x(t - delay)^10) - 0.1 x(t).

    Integrated by Euler's method in steps of ``euler``, one value kept for each ``spacing`` of time; the history before
    the start is random, and 1,000 units of time are left out. Chaotic for a delay of 17 and above (Mackey and Glass
    1977).

    Raises
    ------
    ValueError
        If delay or spacing is not a whole number, at least 1, of Euler steps.

    Examples
    --------
    >>> x = mackey_glass(500, rng=np.random.default_rng(0))
    >>> 0.3 < float(x.min()) < float(x.max()) < 1.5
    True
    """
    _check_steps(n_steps)
    lag, every = round(delay / euler), round(spacing / euler)
    for name, value, steps in (("delay", delay, lag), ("spacing", spacing, every)):
        if steps < 1 or not np.isclose(steps * euler, value):
            raise ValueError(
                f"{name} must be a whole number of Euler steps of {euler}, at least 1; got {value}"
            )
    n = round(1000 / euler) + n_steps * every
    x = np.concatenate([1.2 + 0.2 * (rng.random(lag + 1) - 0.5), np.zeros(n)]).tolist()
    for t in range(lag + 1, len(x)):
        old, late = x[t - 1], x[t - 1 - lag]
        x[t] = old + euler * (0.2 * late / (1 + late**10) - 0.1 * old)
    return np.array(x[-n_steps * every :: every])


def _check_steps(n_steps: int) -> None:
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1; got {n_steps}")
