"""Carry parameters and data to and from PyTorch, and from notes that write columns. Imports neither."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnlib.gru import GRUParams
from rnnlib.lstm import LSTMParams
from rnnlib.rnn import RNNParams
from rnnlib.tree import Array, Inexact

CellParams = RNNParams | LSTMParams | GRUParams


def to_torch(
    params: CellParams, layer: int = 0, *, reverse: bool = False
) -> dict[str, Array]:
    """Name the parameters as ``torch.nn.RNN``, ``LSTM`` or ``GRU`` does: a dictionary of copies.

    PyTorch keeps two biases. Of an RNN and an LSTM only their sum counts: ours is the first, the second is zero. The
    names of the backward direction of a bidirectional layer end in ``_reverse``.

    Examples
    --------
    >>> params = RNNParams(np.ones((2, 3)), np.ones((2, 2)), np.ones(2))
    >>> list(to_torch(params)), to_torch(params)["bias_hh_l0"]
    (['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0'], array([0., 0.]))
    """
    arrays = tuple(params)
    if not isinstance(params, GRUParams):
        arrays += (np.zeros_like(params.b_h),)
    return {name: array.copy() for name, array in zip(_names(layer, reverse), arrays)}


def from_torch(
    kind: type, state: Mapping[str, Any], layer: int = 0, *, reverse: bool = False
) -> CellParams:
    """Make ``RNNParams``, ``LSTMParams`` or ``GRUParams`` from a state dict of tensors or arrays.

    Raises
    ------
    KeyError
        If a name is missing.
    ValueError
        If the shapes are not those of the kind.

    Examples
    --------
    >>> params = RNNParams(np.ones((2, 3)), np.ones((2, 2)), np.ones(2))
    >>> from_torch(RNNParams, to_torch(params)).b_h
    array([1., 1.])
    """
    names = _names(layer, reverse)
    missing = [name for name in names if name not in state]
    if missing:
        raise KeyError(f"state must hold {list(names)}; missing {missing}")
    U, W, b_x, b_h = (np.array(state[name]) for name in names)
    gates = {RNNParams: 1, LSTMParams: 4, GRUParams: 3}[kind]
    n = len(U)
    if W.shape != (n, n // gates) or b_x.shape != (n,) or b_h.shape != (n,):
        raise ValueError(
            f"{kind.__name__} must have {gates} blocks of rows; got weights {U.shape} and {W.shape}"
        )
    return kind(U, W, b_x, b_h) if kind is GRUParams else kind(U, W, b_x + b_h)


def from_columns(x: Inexact[Array, "I B T"]) -> Inexact[Array, "T B I"]:
    """Turn data of column notes, (n_x, m, T_x), into ours: (T, B, I). Weights are shaped alike in both.

    Examples
    --------
    >>> from_columns(np.zeros((3, 10, 4))).shape
    (4, 10, 3)
    """
    return np.ascontiguousarray(x.transpose(2, 1, 0))


def to_columns(x: Inexact[Array, "T B I"]) -> Inexact[Array, "I B T"]:
    """Turn (T, B, I) into (n_x, m, T_x), as column notes have it.

    Examples
    --------
    >>> to_columns(np.zeros((4, 10, 3))).shape
    (3, 10, 4)
    """
    return np.ascontiguousarray(x.transpose(2, 1, 0))


def _names(layer: int, reverse: bool) -> tuple[str, ...]:
    kinds = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
    end = "_reverse" if reverse else ""
    return tuple(f"{kind}_l{layer}{end}" for kind in kinds)
