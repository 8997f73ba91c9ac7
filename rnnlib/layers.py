"""What stands before and after a recurrent cell: one-hot, embedding, dense layer, readout, dropout."""

from typing import Any, NamedTuple

import numpy as np

from rnnlib.rnn import check_sizes
from rnnlib.tree import Array, Inexact, Integer


class ReadoutParams(NamedTuple):
    """``V`` (O, H) hidden to output, ``b_y`` (O,)."""

    V: Inexact[Array, "O H"]
    b_y: Inexact[Array, "O"]


def readout_init(
    n_hidden: int, n_out: int, *, rng: np.random.Generator
) -> ReadoutParams:
    """Draw V and b_y uniformly between -1/sqrt(H) and 1/sqrt(H).

    Examples
    --------
    >>> readout_init(4, 7, rng=np.random.default_rng(0)).V.shape
    (7, 4)
    """
    check_sizes(n_hidden=n_hidden, n_out=n_out)
    bound = 1 / np.sqrt(n_hidden)
    return ReadoutParams(
        rng.uniform(-bound, bound, (n_out, n_hidden)),
        rng.uniform(-bound, bound, n_out),
    )


def readout_forward(
    h: Inexact[Array, "... H"], params: ReadoutParams
) -> tuple[Inexact[Array, "... O"], tuple]:
    """Return the logits o = V h + b_y, for any leading shape."""
    return h @ params.V.T + params.b_y, (h, params)


def readout_backward(
    do: Inexact[Array, "... O"], cache: tuple
) -> tuple[Inexact[Array, "... H"], ReadoutParams]:
    """Return dh and the gradients of V and b_y, added up over all leading axes."""
    h, params = cache
    rows = do.reshape(-1, do.shape[-1])
    grads = ReadoutParams(rows.T @ h.reshape(-1, h.shape[-1]), rows.sum(axis=0))
    return do @ params.V, grads


class DenseParams(NamedTuple):
    """``U`` (H, I) input to output, ``b_h`` (H,)."""

    U: Inexact[Array, "H I"]
    b_h: Inexact[Array, "H"]


def dense_init(n_in: int, n_out: int, *, rng: np.random.Generator) -> DenseParams:
    """Draw U and b_h uniformly between -1/sqrt(I) and 1/sqrt(I).

    Examples
    --------
    >>> dense_init(4, 7, rng=np.random.default_rng(0)).U.shape
    (7, 4)
    """
    check_sizes(n_in=n_in, n_out=n_out)
    bound = 1 / np.sqrt(n_in)
    shapes = (n_out, n_in), (n_out,)
    return DenseParams(*(rng.uniform(-bound, bound, shape) for shape in shapes))


def dense_forward(
    x: Inexact[Array, "... I"], params: DenseParams
) -> tuple[Inexact[Array, "... H"], tuple]:
    """Return tanh(U x + b_h), for any leading shape: a layer without recurrence."""
    h = np.tanh(x @ params.U.T + params.b_h)
    return h, (x, h, params)


def dense_backward(
    dh: Inexact[Array, "... H"], cache: tuple
) -> tuple[Inexact[Array, "... I"], DenseParams]:
    """Return dx and the gradients of U and b_h, added up over all leading axes."""
    x, h, params = cache
    da = dh * (1 - h**2)
    rows = da.reshape(-1, da.shape[-1])
    grads = DenseParams(rows.T @ x.reshape(-1, x.shape[-1]), rows.sum(axis=0))
    return da @ params.U, grads


def one_hot(
    ids: Integer[Array, "..."], n: int, dtype: Any = np.float64
) -> Inexact[Array, "... n"]:
    """Return a row of zeros with a 1 at the id, for each id.

    Raises
    ------
    TypeError
        If the ids are not whole numbers.
    ValueError
        If an id lies outside 0..n - 1.

    Examples
    --------
    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    return np.eye(n, dtype=dtype)[check_token_ids(ids, n)]


def embed_forward(
    ids: Integer[Array, "..."], E: Inexact[Array, "V D"]
) -> tuple[Inexact[Array, "... D"], tuple]:
    """Return row ids of the table E: the same as one_hot(ids) @ E, without the product.

    Raises
    ------
    TypeError
        If the ids are not whole numbers.
    ValueError
        If an id lies outside the table.

    Examples
    --------
    >>> embed_forward(np.array([1, 1]), np.array([[1.0, 2.0], [3.0, 4.0]]))[0]
    array([[3., 4.],
           [3., 4.]])
    """
    return E[check_token_ids(ids, len(E))], (ids, E)


def embed_backward(dx: Inexact[Array, "... D"], cache: tuple) -> Inexact[Array, "V D"]:
    """Return the gradient of the table: the sum of dx over all places where a row was used."""
    ids, E = cache
    dE = np.zeros_like(E)
    np.add.at(dE, ids, dx)
    return dE


def dropout_forward(
    x: Inexact[Array, "..."], keep: float, *, rng: np.random.Generator
) -> tuple[Inexact[Array, "..."], Inexact[Array, "..."]]:
    """Set each number to 0 with probability 1 - keep and divide the others by keep; return that and the factors.

    Raises
    ------
    ValueError
        If keep is not above 0 and at most 1.

    Examples
    --------
    >>> dropout_forward(np.ones(4), 0.5, rng=np.random.default_rng(1))[0]
    array([0., 0., 2., 0.])
    """
    if not 0 < keep <= 1:
        raise ValueError(f"keep must lie above 0 and be at most 1; got {keep}")
    if not np.issubdtype(x.dtype, np.inexact):
        raise TypeError(f"x must be floating point; got dtype {x.dtype}")
    factors = (rng.random(x.shape) < keep).astype(x.real.dtype) / x.real.dtype.type(
        keep
    )
    return x * factors, factors


def dropout_backward(
    dy: Inexact[Array, "..."], factors: Inexact[Array, "..."]
) -> Inexact[Array, "..."]:
    """Return dx: the gradient passes where the number passed, by the same factor."""
    return dy * factors


def check_token_ids(ids: Any, n: int, name: str = "ids") -> np.ndarray:
    """Return ids as an array, or say what is wrong with them."""
    ids = np.asarray(ids)
    if not np.issubdtype(ids.dtype, np.integer):
        raise TypeError(f"{name} must be whole numbers; got dtype {ids.dtype}")
    if ids.size and not 0 <= ids.min() <= ids.max() < n:
        raise ValueError(f"{name} must lie in 0..{n - 1}; got {ids.min()}..{ids.max()}")
    return ids
