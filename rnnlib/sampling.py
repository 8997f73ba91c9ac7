"""Draw tokens from a model: temperature, top-k, top-p, and ways to stop."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnlib.losses import log_softmax
from rnnlib.tree import Array, Inexact


def temper(
    log_p: Inexact[Array, "... V"], temperature: float
) -> Inexact[Array, "... V"]:
    """Divide log probabilities, or logits, by the temperature and normalise again.

    Below 1 the likely tokens become likelier, above 1 all come closer to equal.

    Raises
    ------
    ValueError
        If the temperature is not above 0.

    Examples
    --------
    >>> np.exp(temper(np.log([0.8, 0.2]), 0.5)).round(3)
    array([0.941, 0.059])
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be a number above 0; got {temperature}")
    return log_softmax(log_p / temperature)


def keep_top_k(log_p: Inexact[Array, "V"], k: int) -> Inexact[Array, "V"]:
    """Forbid all but the k likeliest tokens, of tied ones the first, and normalise again.

    Examples
    --------
    >>> np.exp(keep_top_k(np.log([0.5, 0.3, 0.2]), 2)).round(3)
    array([0.625, 0.375, 0.   ])
    """
    if not 1 <= k <= len(log_p):
        raise ValueError(f"k must lie in 1..{len(log_p)}; got {k}")
    return _keep(log_p, np.argsort(-log_p, kind="stable")[:k])


def keep_top_p(log_p: Inexact[Array, "V"], p: float) -> Inexact[Array, "V"]:
    """Forbid all but the smallest set of likeliest tokens whose probability reaches p (Holtzman et al. 2020).

    Examples
    --------
    >>> np.exp(keep_top_p(np.log([0.5, 0.3, 0.2]), 0.6)).round(3)
    array([0.625, 0.375, 0.   ])
    """
    if not 0 < p <= 1:
        raise ValueError(f"p must lie above 0 and be at most 1; got {p}")
    order = np.argsort(-log_p, kind="stable")
    before = np.append(0, np.cumsum(np.exp(log_p[order]))[:-1])
    return _keep(log_p, order if p == 1 else order[before < p])  # sums are rounded


def _keep(log_p: np.ndarray, kept: np.ndarray) -> np.ndarray:
    allowed = np.full_like(log_p, -np.inf)
    allowed[kept] = log_p[kept]
    return log_softmax(allowed)


def draw(log_p: Inexact[Array, "V"], *, rng: np.random.Generator) -> int:
    """Draw one token: the first whose cumulative probability exceeds a uniform number.

    Examples
    --------
    >>> draw(np.log([0.25, 0.75]), rng=np.random.default_rng(0))
    1
    """
    cumulative = np.cumsum(np.exp(log_p))
    token = np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right")
    return int(min(token, len(log_p) - 1))


def generate(
    step: Callable[[Any, Any], tuple[Any, Any]],
    state: Any,
    prompt: Sequence[int],
    n: int,
    *,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    greedy: bool = False,
    stop: Callable[[list[int], np.ndarray], bool] | None = None,
) -> list[int]:
    """Read a prompt, then write up to n tokens, each drawn from the distribution after all before it.

    Parameters
    ----------
    step : (token (1,), state) -> (log_p (1, V), state): ``lm_step`` with its first two arguments given
    prompt : at least one token
    n : how many to write at most; a predicted length goes here
    stop : called with what was written and the last log_p; True ends the text: an end token, or an output of its own

    Returns
    -------
    list : the tokens written, without the prompt

    Raises
    ------
    ValueError
        If the prompt is empty, n is below 0, or temperature, top_k or top_p are out of their range.

    Examples
    --------
    >>> def next_is_one_more(token, state):
    ...     return np.log(np.eye(4)[(token + 1) % 4] + 1e-300), state
    >>> generate(next_is_one_more, None, [0], 5, rng=np.random.default_rng(0))
    [1, 2, 3, 0, 1]
    """
    if not len(prompt):
        raise ValueError("prompt must hold at least one token; got none")
    if n < 0:
        raise ValueError(f"n must be at least 0; got {n}")
    for token in prompt:
        log_p, state = step(np.array([token]), state)
    written: list[int] = []
    while len(written) < n:
        row = temper(log_p[0], temperature)
        if top_k is not None:
            row = keep_top_k(row, top_k)
        if top_p is not None:
            row = keep_top_p(row, top_p)
        written.append(int(row.argmax()) if greedy else draw(row, rng=rng))
        if stop is not None and stop(written, row):
            break
        log_p, state = step(np.array([written[-1]]), state)
    return written
