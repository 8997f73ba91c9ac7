"""The LSTM over a batch of token ids.

One tanh takes all four gates, since sigmoid(a) = (1 + tanh(a / 2)) / 2: with the rows of i, f and o halved beforehand,
every gate is ``scale * tanh(a) + shift``.
"""

import numpy as np

from rnnlib.fused.tokens import gather, scatter
from rnnlib.fused.workspace import Workspace
from rnnlib.lstm import LSTMParams, LSTMState


def lstm_forward(x, state: LSTMState, params: LSTMParams, ws: Workspace):
    (T, B), H, dtype = x.shape, params.W.shape[1], params.W.dtype
    scale, shift = gate_scale(H, dtype)
    table, W_T = tables(params, scale, ws)
    gather("a", table, x, ws)
    h, c = (ws.array(name, (T + 1, B, H), dtype) for name in ("h", "c"))
    ws.array("tanh_c", (T, B, H), dtype)
    h[0], c[0] = state
    scratch, ig = (ws.array(n, (B, k * H), dtype) for n, k in (("all", 4), ("ig", 1)))
    dot, add, multiply, tanh = np.dot, np.add, np.multiply, np.tanh
    h_t, c_t, tanh_c_t, a_t = (ws.steps(name) for name in ("h", "c", "tanh_c", "a"))
    i, f, g, o = (ws.steps("a", k * H, (k + 1) * H) for k in range(4))
    steps = zip(h_t, h_t[1:], c_t, c_t[1:], tanh_c_t, a_t, i, f, g, o)
    for h_prev, h_next, c_prev, c_next, tanh_c, a, i, f, g, o in steps:
        dot(h_prev, W_T, scratch)
        add(scratch, a, scratch)
        tanh(scratch, scratch)
        multiply(scratch, scale, scratch)
        add(scratch, shift, a)
        multiply(i, g, ig)
        multiply(f, c_prev, c_next)
        add(c_next, ig, c_next)
        tanh(c_next, tanh_c)
        multiply(o, tanh_c, h_next)
    return h, LSTMState(h[-1].copy(), c[-1].copy())


def lstm_backward(x, h, dh, params: LSTMParams, ws: Workspace):
    (T, B), H, dtype = x.shape, params.W.shape[1], h.dtype
    a, c = ws.array("a", (T, B, 4 * H), dtype), ws.array("c", (T + 1, B, H), dtype)
    tanh_c = ws.array("tanh_c", (T, B, H), dtype)
    da = ws.array("da", (T, B, 4 * H), dtype)
    into_c = ws.array("into_c", (T, B, H), dtype)
    i, f, g, o = (a[:, :, k * H : (k + 1) * H] for k in range(4))
    d_i, d_f, d_g, d_o = (da[:, :, k * H : (k + 1) * H] for k in range(4))
    np.multiply(tanh_c, tanh_c, into_c)
    np.subtract(1, into_c, into_c)
    into_c *= o  # how dh reaches dc
    np.subtract(1, a, da)
    da *= a  # the slope of the sigmoids; that of tanh follows
    d_i *= g
    d_f *= c[:-1]
    d_o *= tanh_c
    np.multiply(g, g, d_g)
    np.subtract(1, d_g, d_g)
    d_g *= i
    dnext, dc = np.zeros((B, H), dtype), np.zeros((B, H), dtype)
    scratch = ws.array("ig", (B, H), dtype)
    dot, add, multiply, W = np.dot, np.add, np.multiply, np.ascontiguousarray(params.W)
    parts = [ws.steps(name) for name in ("dh", "da", "into_c")]
    parts.append(ws.steps("a", H, 2 * H))
    parts += [ws.steps("da", k * H, (k + 1) * H) for k in range(4)]
    for dh_t, da_t, into, f, d_i, d_f, d_g, d_o in zip(*map(reversed, parts)):
        add(dnext, dh_t, dnext)
        multiply(dnext, into, scratch)
        add(dc, scratch, dc)
        multiply(d_i, dc, d_i)
        multiply(d_f, dc, d_f)
        multiply(d_g, dc, d_g)
        multiply(d_o, dnext, d_o)
        multiply(dc, f, dc)
        dot(da_t, W, dnext)
    rows, h_prev = da.reshape(T * B, 4 * H), h[:-1].reshape(T * B, H)
    dU = scatter(x, rows, params.U.shape[1])
    return LSTMParams(dU, rows.T @ h_prev, rows.sum(axis=0))


def lstm_stepper(params: LSTMParams, ws: Workspace):
    """Return the step (token, state) -> state for one sequence."""
    H, dtype = params.W.shape[1], params.W.dtype
    scale, shift = gate_scale(H, dtype)
    table, W_T = tables(params, scale, ws)
    a = np.empty(4 * H, dtype)
    i, f, g, o = a.reshape(4, H)

    def step(token, state):
        h, c = state
        np.dot(h, W_T, a)
        np.add(a, table[token], a)
        np.tanh(a, a)
        np.multiply(a, scale, a)
        np.add(a, shift, a)
        c = f * c + i * g
        return LSTMState(o * np.tanh(c), c)

    return step


def gate_scale(H: int, dtype):
    """Return what turns the tanh of all four gates into sigmoids for i, f and o."""
    half = np.repeat([0.5, 0.5, 1, 0.5], H).astype(dtype)
    return half, 1 - half


def tables(params: LSTMParams, scale, ws: Workspace):
    """Return the inputs' part of a, a row for each token, and W transposed; both scaled for the tanh."""
    (K, V), H = params.U.shape, params.W.shape[1]
    table, W_T = (ws.array(n, (r, K), scale.dtype) for n, r in (("U_T", V), ("W_T", H)))
    np.add(params.U.T, params.b_h, table)
    np.multiply(table, scale, table)
    return table, np.multiply(params.W.T, scale, W_T)
