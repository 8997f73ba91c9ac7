"""Attention: each step of the decoder looks at all states of the encoder, and takes their weighted mean."""

from typing import Any

import numpy as np

from rnnlib.tree import Array, Bool, Inexact


def attend(
    queries: Inexact[Array, "T B H"],
    memory: Inexact[Array, "S B H"],
    mask: Bool[Array, "S B"],
) -> tuple[Inexact[Array, "T B H"], Inexact[Array, "T B S"], tuple]:
    """Return for each query the mean of the memory under weights softmax_s(query . memory_s) (Luong et al. 2015, dot).

    Padding, where ``mask`` is False, has weight 0.

    Returns
    -------
    context, weights, cache

    Raises
    ------
    ValueError
        If the shapes do not fit, or a row has no step that counts.

    Examples
    --------
    >>> memory = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    >>> context, weights, _ = attend(np.array([[[9.0, 0.0]]]), memory, np.ones((2, 1), dtype=bool))
    >>> weights.round(3)
    array([[[1., 0.]]])
    """
    _check(queries, memory, mask)
    q, m = queries.swapaxes(0, 1), memory.swapaxes(0, 1)  # (B, T, H), (B, S, H)
    scores = q @ m.swapaxes(1, 2)
    scores = np.where(mask.T[:, None, :], scores, -np.inf)
    weights = np.exp(scores - scores.real.max(axis=2, keepdims=True))
    weights = weights / weights.sum(axis=2, keepdims=True)
    return (weights @ m).swapaxes(0, 1), weights.swapaxes(0, 1), (q, m, weights)


def attend_backward(
    dcontext: Inexact[Array, "T B H"], cache: tuple
) -> tuple[Inexact[Array, "T B H"], Inexact[Array, "S B H"]]:
    """Return the gradients with respect to the queries and to the memory, which was used twice."""
    q, m, weights = cache
    dc = dcontext.swapaxes(0, 1)
    dweights = dc @ m.swapaxes(1, 2)
    mean = (weights * dweights).sum(axis=2, keepdims=True)
    dscores = weights * (dweights - mean)  # the softmax backwards
    dmemory = weights.swapaxes(1, 2) @ dc + dscores.swapaxes(1, 2) @ q
    return (dscores @ m).swapaxes(0, 1), dmemory.swapaxes(0, 1)


def _check(queries: Any, memory: Any, mask: Any) -> None:
    shapes = np.shape(queries), np.shape(memory), np.shape(mask)
    if len(shapes[0]) != 3 or len(shapes[1]) != 3 or shapes[0][1:] != shapes[1][1:]:
        raise ValueError(
            f"queries must have shape (T, B, H) and memory (S, B, H); got {shapes[0]} and {shapes[1]}"
        )
    if shapes[2] != shapes[1][:2] or np.asarray(mask).dtype != bool:
        raise ValueError(
            f"mask must be boolean with shape (S, B) = {shapes[1][:2]}; got {np.asarray(mask).dtype} {shapes[2]}"
        )
    if not np.asarray(mask).any(axis=0).all():
        raise ValueError("mask must leave each row a step that counts; one has none")
