"""Markov chains: estimated by counting, sampled, and followed exactly."""

import numpy as np

from rnnlib.tree import Array, Float, Integer


def transition_matrix(ids: Integer[Array, "T"], n_states: int) -> Float[Array, "S S"]:
    """Estimate P[i, j], the probability that state j follows state i, as the share of i's exits that lead to j.

    Raises
    ------
    TypeError
        If the ids are not integers.
    ValueError
        If an id lies outside 0 .. n_states - 1, or a state is never left (its row would be 0/0).

    Notes
    -----
    Relative frequencies are the maximum-likelihood estimate (Anderson and Goodman, 1957).

    Examples
    --------
    >>> transition_matrix(np.array([0, 0, 1, 0, 1, 0]), n_states=2).round(3)
    array([[0.333, 0.667],
           [1.   , 0.   ]])
    """
    ids = np.asarray(ids)
    _check_ids(ids, n_states)
    pairs = ids[:-1].astype(np.int64) * n_states + ids[1:]
    counts = np.bincount(pairs, minlength=n_states**2).reshape(n_states, n_states)
    exits = counts.sum(axis=1, keepdims=True)
    _check_exits(exits)
    return counts / exits


def marginals(
    start: Float[Array, "S"], P: Float[Array, "S S"], n_steps: int
) -> Float[Array, "T S"]:
    """Follow the distribution over states exactly: row t is P(x_t), row 0 is ``start``.

    A sum over all S^t paths, done in t steps of S^2 products: dynamic programming.

    Raises
    ------
    ValueError
        If ``start`` or a row of P is not a distribution, or the shapes do not fit.

    Examples
    --------
    >>> marginals(np.array([1.0, 0.0]), np.array([[0.5, 0.5], [1.0, 0.0]]), n_steps=2)
    array([[1.  , 0.  ],
           [0.5 , 0.5 ],
           [0.75, 0.25]])
    """
    _check_chain(start, P, n_steps)
    rows = [start]
    for _ in range(n_steps):
        rows.append(rows[-1] @ P)
    return np.stack(rows)


def stationary(P: Float[Array, "S S"]) -> Float[Array, "S"]:
    """Solve pi P = pi, sum(pi) = 1: the distribution that a step leaves as it is.

    Raises
    ------
    ValueError
        If more than one distribution is stationary (the chain falls apart).

    Examples
    --------
    >>> stationary(np.array([[0.5, 0.5], [1.0, 0.0]])).round(6)
    array([0.666667, 0.333333])
    """
    n_states = len(P)
    _check_chain(np.full(n_states, 1 / n_states), P)
    equations = np.vstack([P.T - np.eye(n_states), np.ones(n_states)])
    if np.linalg.matrix_rank(equations) < n_states:
        raise ValueError(
            "P must have one stationary distribution; got a chain that falls apart into several"
        )
    pi = np.linalg.lstsq(equations, np.eye(n_states + 1)[-1], rcond=None)[0]
    pi = np.maximum(pi, 0)  # a state that is left for ever may come out as -1e-17
    return pi / pi.sum()


def sample_chain(
    start: Float[Array, "S"],
    P: Float[Array, "S S"],
    n_steps: int,
    *,
    rng: np.random.Generator,
) -> Integer[Array, "T"]:
    """Draw one path of n_steps + 1 states.

    Examples
    --------
    >>> sample_chain(np.array([1.0, 0.0]), np.array([[0.0, 1.0], [1.0, 0.0]]), 3, rng=np.random.default_rng(0))
    array([0, 1, 0, 1])
    """
    _check_chain(start, P, n_steps)
    path = np.empty(n_steps + 1, dtype=np.int64)
    path[0] = rng.choice(len(start), p=start)
    for t in range(n_steps):
        path[t + 1] = rng.choice(len(P), p=P[path[t]])
    return path


def _check_chain(start: np.ndarray, P: np.ndarray, n_steps: int = 0) -> None:
    if np.ndim(start) != 1:
        raise ValueError(f"start must have shape (S,); got {np.shape(start)}")
    if np.shape(P) != (len(start), len(start)):
        raise ValueError(
            f"P must have shape (S, S) with S = {len(start)}; got {np.shape(P)}"
        )
    tolerance = 1e-9 if np.asarray(P).dtype.itemsize > 4 else 1e-5
    for name, rows in (("start", np.atleast_2d(start)), ("each row of P", P)):
        for row in rows:
            if not (row.min() >= 0 and abs(row.sum() - 1) <= tolerance):
                raise ValueError(
                    f"{name} must be a distribution; got {row} with sum {row.sum():.6g}"
                )
    if n_steps < 0:
        raise ValueError(f"n_steps must be at least 0; got {n_steps}")


def _check_ids(ids: np.ndarray, n_states: int) -> None:
    if not np.issubdtype(ids.dtype, np.integer):
        raise TypeError(f"ids must be integers; got dtype {ids.dtype}")
    if ids.ndim != 1 or len(ids) < 2:
        raise ValueError(f"ids must have shape (T,) with T at least 2; got {ids.shape}")
    if not 0 <= ids.min() <= ids.max() < n_states:
        raise ValueError(
            f"ids must lie in 0..{n_states - 1}; got {ids.min()}..{ids.max()}"
        )


def _check_exits(exits: np.ndarray) -> None:
    if (exits == 0).any():
        raise ValueError(
            f"every state must be left at least once; state {int(exits.argmin())} never is"
        )
