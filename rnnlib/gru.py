"""The gated recurrent unit (Cho et al. 2014), with the reset after the matrix product, as PyTorch has it."""

from typing import NamedTuple

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.lstm import sigmoid
from rnnlib.rnn import check_sizes
from rnnlib.tree import Array, Inexact


class GRUParams(NamedTuple):
    """``U`` (3H, I), ``W`` (3H, H), ``b_x`` (3H,), ``b_h`` (3H,): parts stacked on the first axis in the order r, z, n.

    For r and z only the sum of the two biases matters. For the candidate n they differ, since r multiplies the second.
    """

    U: Inexact[Array, "3H I"]
    W: Inexact[Array, "3H H"]
    b_x: Inexact[Array, "3H"]
    b_h: Inexact[Array, "3H"]


class GRUCache(NamedTuple):
    """What the way back needs of one step."""

    x_t: Inexact[Array, "B I"]
    h_prev: Inexact[Array, "B H"]
    gates: tuple
    recurrent: Inexact[Array, "B H"]
    params: GRUParams


def gru_init(n_in: int, n_hidden: int, *, rng: np.random.Generator) -> GRUParams:
    """Draw all parameters uniformly between -1/sqrt(H) and 1/sqrt(H), as PyTorch does.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> gru_init(3, 4, rng=np.random.default_rng(0)).W.shape
    (12, 4)
    """
    check_sizes(n_in=n_in, n_hidden=n_hidden)
    bound, n = 1 / np.sqrt(n_hidden), 3 * n_hidden
    shapes = (n, n_in), (n, n_hidden), (n,), (n,)
    return GRUParams(*(rng.uniform(-bound, bound, shape) for shape in shapes))


def gru_zero_state(n_batch: int, params: GRUParams) -> Inexact[Array, "B H"]:
    """Return a hidden state of zeros in the parameters' dtype."""
    return np.zeros((n_batch, params.W.shape[1]), dtype=params.W.dtype)


def gru_cell_forward(
    x_t: Inexact[Array, "B I"], h_prev: Inexact[Array, "B H"], params: GRUParams
) -> tuple[Inexact[Array, "B H"], GRUCache]:
    """Take one step: h_t = (1 - z) n + z h_{t-1}.

    With s = U x_t + b_x and m = W h_{t-1} + b_h, each in three parts:
    r = sigmoid(s_r + m_r), z = sigmoid(s_z + m_z), n = tanh(s_n + r m_n).
    """
    s_r, s_z, s_n = np.split(x_t @ params.U.T + params.b_x, 3, axis=1)
    m_r, m_z, m_n = np.split(h_prev @ params.W.T + params.b_h, 3, axis=1)
    r, z = sigmoid(s_r + m_r), sigmoid(s_z + m_z)
    n = np.tanh(s_n + r * m_n)
    return (1 - z) * n + z * h_prev, GRUCache(x_t, h_prev, (r, z, n), m_n, params)


def gru_cell_backward(
    dh_t: Inexact[Array, "B H"], cache: GRUCache
) -> tuple[Inexact[Array, "B I"], Inexact[Array, "B H"], GRUParams]:
    """Walk one step back. dh_t is the total gradient: from this step's output, and through the next step's state."""
    x_t, h_prev, (r, z, n), m_n, params = cache
    da_n = dh_t * (1 - z) * (1 - n**2)
    da_z = dh_t * (h_prev - n) * z * (1 - z)
    da_r = da_n * m_n * r * (1 - r)
    ds = np.concatenate([da_r, da_z, da_n], axis=1)
    dm = np.concatenate([da_r, da_z, da_n * r], axis=1)
    grads = GRUParams(ds.T @ x_t, dm.T @ h_prev, ds.sum(axis=0), dm.sum(axis=0))
    return ds @ params.U, dm @ params.W + dh_t * z, grads


def _forward(x_t, state, params):
    h_t, cache = gru_cell_forward(x_t, state, params)
    return h_t, h_t, cache


def _backward(dh_t, dstate, cache):
    return gru_cell_backward(dh_t + dstate, cache)


GRU = Cell(gru_init, gru_zero_state, _forward, _backward)
