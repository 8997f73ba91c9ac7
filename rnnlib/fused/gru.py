"""The GRU over a batch of token ids, its tanh taken as the LSTM's is, for the gates alone."""

import numpy as np

from rnnlib.fused.tokens import gather, scatter
from rnnlib.fused.workspace import Workspace
from rnnlib.gru import GRUParams


def gru_forward(x, state, params: GRUParams, ws: Workspace):
    (T, B), H, dtype = x.shape, params.W.shape[1], params.W.dtype
    table, W_T = tables(params, ws)
    gather("a", table, x, ws)
    b_n = params.b_h[2 * H :]
    h = ws.array("h", (T + 1, B, H), dtype)
    ws.array("m", (T, B, 3 * H), dtype)
    h[0] = state
    scratch = ws.array("ig", (B, H), dtype)
    dot, add, multiply, subtract = np.dot, np.add, np.multiply, np.subtract
    tanh = np.tanh
    h_t, m_t = ws.steps("h"), ws.steps("m")
    r, z, n = (ws.steps("a", k * H, (k + 1) * H) for k in range(3))
    gates, m_rz = ws.steps("a", 0, 2 * H), ws.steps("m", 0, 2 * H)
    m_n = ws.steps("m", 2 * H)
    for t in range(T):
        dot(h_t[t], W_T, m_t[t])
        add(m_n[t], b_n, m_n[t])
        add(gates[t], m_rz[t], gates[t])
        tanh(gates[t], gates[t])
        add(gates[t], 1, gates[t])
        multiply(gates[t], 0.5, gates[t])
        multiply(r[t], m_n[t], scratch)
        add(n[t], scratch, n[t])
        tanh(n[t], n[t])
        subtract(h_t[t], n[t], scratch)  # h = n + z (h_prev - n)
        multiply(scratch, z[t], scratch)
        add(n[t], scratch, h_t[t + 1])
    return h, h[-1].copy()


def gru_backward(x, h, dh, params: GRUParams, ws: Workspace):
    (T, B), H, dtype = x.shape, params.W.shape[1], h.dtype
    a, m = ws.array("a", (T, B, 3 * H), dtype), ws.array("m", (T, B, 3 * H), dtype)
    r, z, n = (a[:, :, k * H : (k + 1) * H] for k in range(3))
    m_n = m[:, :, 2 * H :]
    ds = ws.array("ds", (T, B, 3 * H), dtype)
    into_n = ds[:, :, 2 * H :]  # (1 - z) (1 - n^2)
    np.multiply(n, n, into_n)
    np.subtract(1, into_n, into_n)
    into_n *= 1 - z
    np.multiply(1 - r, r, ds[:, :, :H])
    ds[:, :, :H] *= m_n
    ds[:, :, :H] *= into_n
    np.subtract(h[:-1], n, ds[:, :, H : 2 * H])
    ds[:, :, H : 2 * H] *= z * (1 - z)
    dm = m  # its last third is read above, and overwritten step by step
    W = np.ascontiguousarray(params.W)
    dnext = np.zeros((B, H), dtype)
    scratch = ws.array("ig", (B, H), dtype)
    dot, add, multiply = np.dot, np.add, np.multiply
    dh_t, dm_t = ws.steps("dh"), ws.steps("m")
    ds_rz, dm_rz = ws.steps("ds", 0, 2 * H), ws.steps("m", 0, 2 * H)
    d_r, d_z, d_n = (ws.steps("ds", k * H, (k + 1) * H) for k in range(3))
    dm_n, r_t, z_t = ws.steps("m", 2 * H), ws.steps("a", 0, H), ws.steps("a", H, 2 * H)
    for t in range(T - 1, -1, -1):
        add(dnext, dh_t[t], dnext)
        for d in (d_r[t], d_z[t], d_n[t]):
            multiply(d, dnext, d)
        dm_rz[t][...] = ds_rz[t]
        multiply(d_n[t], r_t[t], dm_n[t])
        multiply(dnext, z_t[t], scratch)
        dot(dm_t[t], W, dnext)
        add(dnext, scratch, dnext)
    rows, back = ds.reshape(T * B, 3 * H), dm.reshape(T * B, 3 * H)
    h_prev = h[:-1].reshape(T * B, H)
    dU = scatter(x, rows, params.U.shape[1])
    return GRUParams(dU, back.T @ h_prev, rows.sum(axis=0), back.sum(axis=0))


def gru_stepper(params: GRUParams, ws: Workspace):
    """Return the step (token, state) -> state for one sequence."""
    H, dtype = params.W.shape[1], params.W.dtype
    table, W_T = tables(params, ws)
    m, b_n = np.empty(3 * H, dtype), params.b_h[2 * H :]

    def step(token, h):
        np.dot(h, W_T, m)
        r, z = ((np.tanh(table[token, : 2 * H] + m[: 2 * H]) + 1) / 2).reshape(2, H)
        n = np.tanh(table[token, 2 * H :] + r * (m[2 * H :] + b_n))
        return n + z * (h - n)

    return step


def tables(params: GRUParams, ws: Workspace):
    """Return the inputs' part of a, a row for each token, and W transposed; both halved for the gates."""
    (K, V), H, dtype = params.U.shape, params.W.shape[1], params.W.dtype
    table, W_T = (ws.array(n, (r, K), dtype) for n, r in (("U_T", V), ("W_T", H)))
    half = np.repeat([0.5, 1.0], [2 * H, H]).astype(dtype)
    b = params.b_x.copy()
    b[: 2 * H] += params.b_h[: 2 * H]
    np.add(params.U.T, b, table)
    np.multiply(table, half, table)
    return table, np.multiply(params.W.T, half, W_T)
