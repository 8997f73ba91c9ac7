"""From scores to log probabilities, loss and its gradient; nats, bits and perplexity."""

import math

import numpy as np

from rnnlib.tree import Array, Inexact, Integer


def log_softmax(o: Inexact[Array, "... V"]) -> Inexact[Array, "... V"]:
    """Return log softmax over the last axis: o - log sum exp o, safe for logits of any size.

    The largest logit is subtracted first, which changes nothing but keeps exp from overflowing. The shift is by the
    real part, so that a complex step passes through.

    Raises
    ------
    TypeError
        If the logits are whole numbers.

    Examples
    --------
    >>> np.exp(log_softmax(np.array([1e4, 1e4, 0.0])))
    array([0.5, 0.5, 0. ])
    """
    o = np.asarray(o)
    if not np.issubdtype(o.dtype, np.inexact):
        raise TypeError(f"o must be floating point; got dtype {o.dtype}")
    if o.ndim < 1 or not o.shape[-1]:
        raise ValueError(f"o must have shape (..., V) with V at least 1; got {o.shape}")
    shifted = o - o.real.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(
    o: Inexact[Array, "... V"],
    y: Integer[Array, "..."],
    mask: Array | None = None,
) -> tuple[np.inexact, Inexact[Array, "... V"]]:
    """Return the mean of -log p[y] over the tokens that count, in nats, and its gradient with respect to the logits.

    With p = softmax(o) and N tokens that count, do = (p - onehot(y)) / N, and 0 where the mask is.

    Parameters
    ----------
    o : logits, in any leading shape, such as (T, B, V)
    y : the true tokens, in the leading shape of ``o``
    mask : True where a token counts, False at padding; all count when left out

    Returns
    -------
    loss : a scalar of the logits' dtype, nats per token
    do : the gradient, in the shape of ``o``

    Raises
    ------
    TypeError
        If ``y`` are not whole numbers or the logits are.
    ValueError
        If the shapes do not fit, a token lies outside 0..V - 1, or no token counts.

    Examples
    --------
    >>> loss, do = cross_entropy(np.zeros((2, 4)), np.array([3, 0]), mask=np.array([True, False]))
    >>> round(float(loss), 4), do
    (1.3863, array([[ 0.25,  0.25,  0.25, -0.75],
           [ 0.  ,  0.  ,  0.  ,  0.  ]]))
    """
    log_p = log_softmax(o)
    y = _checked_targets(y, log_p.shape)
    mask = checked_mask(mask, y.shape)
    n = log_p.real.dtype.type(mask.sum())
    loss = -np.where(mask, _at(log_p, y), 0).sum() / n
    do = np.ascontiguousarray(np.exp(log_p))
    rows = do.reshape(-1, do.shape[-1])
    rows[np.arange(len(rows)), y.ravel()] -= 1
    return loss, np.where(mask[..., None], do / n, 0)


def perplexity(nats: float | np.inexact | Array) -> np.floating | Array:
    """Return exp(nats): how many equally likely tokens would be as hard to guess. The mean comes first, exp last.

    Examples
    --------
    >>> perplexity(np.log(8.0)).round(6), perplexity(np.inf)
    (np.float64(8.0), np.float64(inf))
    """
    with np.errstate(over="ignore"):
        return np.exp(nats)


def bits(nats: float | np.inexact | Array) -> np.floating | Array:
    """Return nats / ln 2: the same amount of information in bits.

    Examples
    --------
    >>> bits(np.log(8.0)).round(6)
    np.float64(3.0)
    """
    return np.divide(nats, math.log(2))


def _at(log_p: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]


def _checked_targets(y: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    y = np.asarray(y)
    if not np.issubdtype(y.dtype, np.integer):
        raise TypeError(f"y must be whole numbers; got dtype {y.dtype}")
    if y.shape != shape[:-1]:
        raise ValueError(
            f"y must have the leading shape of o, {shape[:-1]}; got {y.shape}"
        )
    if y.size and not 0 <= y.min() <= y.max() < shape[-1]:
        raise ValueError(
            f"y must lie in 0..{shape[-1] - 1}, padding too; got {y.min()}..{y.max()}"
        )
    return y


def checked_mask(mask: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.ones(shape, dtype=bool) if mask is None else np.asarray(mask)
    if mask.shape != shape:
        raise ValueError(f"mask must have the shape of y, {shape}; got {mask.shape}")
    if not np.isin(mask, (0, 1)).all():
        raise ValueError("mask must hold True and False, or 1 and 0, only")
    if not mask.any():
        raise ValueError(
            f"mask must leave a token that counts; got none of {mask.size}"
        )
    return mask.astype(bool)
