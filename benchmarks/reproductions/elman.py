"""The gradient of Elman (1990), one step back: a batch of steps that know nothing of each other, so all at once."""

from typing import Any

import numpy as np

from rnnlib.fused import Workspace
from rnnlib.fused.step import RECURRENCES
from rnnlib.layers import one_hot, readout_backward, readout_forward
from rnnlib.losses import cross_entropy
from rnnlib.model import LMParams
from rnnlib.rnn import RNN, RNNCache, rnn_cell_backward


def one_step_back(
    params: LMParams, x: np.ndarray, y: np.ndarray, state: Any, mask: Any = None
) -> tuple[float, np.ndarray, LMParams]:
    """Return loss, last state and gradients; what came from the step before counts as an input."""
    h, state = RECURRENCES[RNN][0](x, state, params.cell, Workspace())
    o, kept = readout_forward(h[1:], params.readout)
    loss, do = cross_entropy(o, y, mask)
    dh, readout = readout_backward(do, kept)
    n_in = params.cell.U.shape[1]
    rows = (one_hot(x, n_in), h[:-1], h[1:])
    cache = RNNCache(*(row.reshape(-1, row.shape[-1]) for row in rows), params.cell)
    cell = rnn_cell_backward(dh.reshape(-1, dh.shape[-1]), cache)[2]
    return float(loss), state, LMParams(cell, readout)
