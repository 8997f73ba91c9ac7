"""The plain RNN over a batch of token ids: only the recurrence is in the loop."""

import numpy as np

from rnnlib.fused.tokens import gather, scatter
from rnnlib.fused.workspace import Workspace
from rnnlib.rnn import RNNParams


def rnn_forward(x, state, params: RNNParams, ws: Workspace):
    (T, B), H, dtype = x.shape, len(params.W), params.W.dtype
    table, W_T = tables(params, ws)
    gather("a", table, x, ws)
    h = ws.array("h", (T + 1, B, H), dtype)
    h[0] = state
    scratch = ws.array("scratch", (B, H), dtype)
    dot, add, tanh, h_t = np.dot, np.add, np.tanh, ws.steps("h")
    for t, x_t in enumerate(ws.steps("a")):
        dot(h_t[t], W_T, scratch)
        add(scratch, x_t, scratch)
        tanh(scratch, h_t[t + 1])
    return h, h[-1].copy()


def rnn_backward(x, h, dh, params: RNNParams, ws: Workspace):
    (T, B), H, dtype = x.shape, len(params.W), h.dtype
    slope = ws.array("slope", (T, B, H), dtype)
    np.multiply(h[1:], h[1:], slope)
    np.subtract(1, slope, slope)  # tanh' = 1 - tanh^2
    scratch = ws.array("scratch", (B, H), dtype)
    dot, add, multiply, W = np.dot, np.add, np.multiply, np.ascontiguousarray(params.W)
    dh_t, da_t = ws.steps("dh"), ws.steps("slope")
    multiply(dh_t[-1], da_t[-1], da_t[-1])
    for t in range(T - 2, -1, -1):
        dot(da_t[t + 1], W, scratch)
        add(scratch, dh_t[t], scratch)
        multiply(scratch, da_t[t], da_t[t])
    da = slope.reshape(T * B, H)
    h_prev = h[:-1].reshape(T * B, H)
    return RNNParams(scatter(x, da, params.U.shape[1]), da.T @ h_prev, da.sum(axis=0))


def rnn_stepper(params: RNNParams, ws: Workspace):
    """Return the step (token, state) -> state for one sequence."""
    table, W_T = tables(params, ws)
    dot, add, tanh = np.dot, np.add, np.tanh

    def step(token, h):
        h = dot(h, W_T)
        add(h, table[token], h)
        return tanh(h, h)

    return step


def tables(params: RNNParams, ws: Workspace):
    """Return the inputs' part of a, a row for each token, and W transposed, both whole in memory."""
    (H, V), dtype = params.U.shape, params.W.dtype
    table, W_T = (ws.array(n, (r, H), dtype) for n, r in (("U_T", V), ("W_T", H)))
    W_T[...] = params.W.T
    return np.add(params.U.T, params.b_h, table), W_T
