"""Text drawn one token at a time, with nothing in the loop that could be done before it."""

from typing import Any

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.fused.gru import gru_stepper
from rnnlib.fused.lstm import lstm_stepper
from rnnlib.fused.rnn import rnn_stepper
from rnnlib.fused.workspace import Workspace
from rnnlib.gru import GRU
from rnnlib.layers import check_token_ids
from rnnlib.lstm import LSTM
from rnnlib.model import LMParams, check_state
from rnnlib.rnn import RNN
from rnnlib.tree import Array, Integer, tree_map

STEPPERS = {RNN: rnn_stepper, LSTM: lstm_stepper, GRU: gru_stepper}


def draw_tokens(
    cell: Cell,
    params: LMParams,
    token: int,
    state: Any,
    n: int,
    *,
    rng: np.random.Generator,
    temperature: float = 1.0,
) -> tuple[Integer[Array, "n"], Any]:
    """Read a token, then draw n tokens, each after all before it: what ``sampling.generate`` draws from the same rng.

    Parameters
    ----------
    state : that of one sequence, leaves (1, H)

    Returns
    -------
    ids, state : the tokens drawn; the state before the last of them is read

    Raises
    ------
    ValueError
        If the cell has no fused form, the state does not fit, the token lies outside the vocabulary, n is below 0, or
        the temperature is not above 0.

    Examples
    --------
    >>> from rnnlib.model import lm_init
    >>> params = lm_init(RNN, 5, 8, rng=np.random.default_rng(0))
    >>> ids, state = draw_tokens(RNN, params, 0, RNN.zero_state(1, params.cell), 6, rng=np.random.default_rng(0))
    >>> ids.shape, state.shape
    ((6,), (1, 8))
    """
    if cell not in STEPPERS:
        raise ValueError(
            "cell must be RNN, LSTM or GRU; got another, which sampling.generate can take"
        )
    if n < 0:
        raise ValueError(f"n must be at least 0; got {n}")
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be a number above 0; got {temperature}")
    V, dtype = params.readout.V.shape[0], params.readout.V.dtype
    check_token_ids(token, V, "token")
    check_state(cell, params, state, 1)
    step = STEPPERS[cell](params.cell, Workspace())
    state = tree_map(lambda leaf: leaf[0], state)
    V_T = np.ascontiguousarray(params.readout.V.T / dtype.type(temperature))
    b_y = params.readout.b_y / dtype.type(temperature)
    ids, o = np.empty(n, np.int64), np.empty(V, dtype)
    dot, add, subtract, exp = np.dot, np.add, np.subtract, np.exp
    largest, cumulate, last = np.maximum.reduce, np.add.accumulate, V - 1
    for k, u in enumerate(rng.random(n).tolist()):
        state = step(token, state)
        h = state[0] if cell is LSTM else state
        dot(h, V_T, o)
        add(o, b_y, o)
        subtract(o, largest(o), o)
        exp(o, o)
        cumulate(o, out=o)
        token = min(int(o.searchsorted(u * o[last], "right")), last)
        ids[k] = token
    return ids, tree_map(lambda leaf: leaf[None], state)
