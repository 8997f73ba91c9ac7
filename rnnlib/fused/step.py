"""Forward pass, loss and backward pass of a language model."""

from typing import Any

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.fused.gru import gru_backward, gru_forward
from rnnlib.fused.lstm import lstm_backward, lstm_forward
from rnnlib.fused.readout import readout_loss_and_grads
from rnnlib.fused.rnn import rnn_backward, rnn_forward
from rnnlib.fused.workspace import Workspace
from rnnlib.gru import GRU
from rnnlib.layers import check_token_ids
from rnnlib.lstm import LSTM
from rnnlib.model import LMParams, check_batch
from rnnlib.rnn import RNN
from rnnlib.tree import Array, Integer, tree_leaves

RECURRENCES = {
    RNN: (rnn_forward, rnn_backward),
    LSTM: (lstm_forward, lstm_backward),
    GRU: (gru_forward, gru_backward),
}


def lm_loss_and_grads(
    cell: Cell,
    params: LMParams,
    inputs: Integer[Array, "T B"],
    targets: Integer[Array, "T B"],
    state: Any,
    mask: Array | None = None,
    workspace: Workspace | None = None,
) -> tuple[np.inexact, Any, LMParams]:
    """Return loss, final state and gradients of ``model.lm_loss``, for RNN, LSTM and GRU.

    Parameters
    ----------
    workspace : give the same one at each step of a run, and no buffer is made twice

    Raises
    ------
    TypeError
        If inputs or targets are not whole numbers, or parameters and state differ in dtype.
    ValueError
        If the cell has no fused form, a shape does not fit, an id lies outside the vocabulary, or no token counts.

    Examples
    --------
    >>> from rnnlib.model import lm_init
    >>> params = lm_init(RNN, 5, 8, rng=np.random.default_rng(0))
    >>> ids = np.array([[0], [1], [2], [3]])
    >>> loss, state, grads = lm_loss_and_grads(RNN, params, ids[:-1], ids[1:], RNN.zero_state(1, params.cell))
    >>> grads.cell.W.shape
    (8, 8)
    """
    if cell not in RECURRENCES:
        raise ValueError(
            "cell must be RNN, LSTM or GRU; got another, which model.lm_loss can take"
        )
    check_batch(cell, params, inputs, targets, state)
    check_token_ids(targets, len(params.readout.V), "targets")
    dtypes = {leaf.dtype for _, leaf in tree_leaves((params, state))}
    if len(dtypes) > 1:
        raise TypeError(
            f"params and state must have one dtype; got {sorted(map(str, dtypes))}"
        )
    ws = Workspace() if workspace is None else workspace
    forward, backward = RECURRENCES[cell]
    x, y = np.ascontiguousarray(inputs), np.ascontiguousarray(targets)
    h, state = forward(x, state, params.cell, ws)
    loss, dh, readout = readout_loss_and_grads(h, y, mask, params.readout, ws)
    return loss, state, LMParams(backward(x, h, dh, params.cell, ws), readout)
