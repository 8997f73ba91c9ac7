"""The loss and gradients of ``model``, the same numbers, fast.

What makes it fast: only the recurrence stays in the loop over time. Everything else, input projection, readout, loss
and all weight gradients, is one operation over all T * B tokens. Buffers are made once and used again.
"""

from typing import Any

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.gru import GRU, GRUParams
from rnnlib.layers import ReadoutParams, check_token_ids
from rnnlib.losses import checked_mask
from rnnlib.lstm import LSTM, LSTMParams, LSTMState
from rnnlib.model import LMParams, check_batch
from rnnlib.rnn import RNN, RNNParams
from rnnlib.tree import Array, Integer, tree_leaves


class Workspace:
    """Buffers by name, made when first asked for, and made again when shape or dtype change.

    One workspace serves one training run; it grows to some T * B * (4 H + V) numbers.
    """

    def __init__(self) -> None:
        self._buffers: dict[str, np.ndarray] = {}
        self._steps: dict[tuple, list[np.ndarray]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return a buffer; what it holds is left from the last use."""
        kept = self._buffers.get(name)
        if kept is None or kept.shape != shape or kept.dtype != dtype:
            self._buffers[name] = np.empty(shape, dtype)
            self._steps = {key: v for key, v in self._steps.items() if key[0] != name}
        return self._buffers[name]

    def steps(
        self, name: str, first: int = 0, last: int | None = None
    ) -> list[np.ndarray]:
        """Return the views of a buffer's steps, or of some of their columns, made once."""
        key = name, first, last
        if key not in self._steps:
            self._steps[key] = [step[:, first:last] for step in self._buffers[name]]
        return self._steps[key]


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
    loss, dh, readout = _readout(h, y, mask, params.readout, ws)
    return loss, state, LMParams(backward(x, h, dh, params.cell, ws), readout)


def _readout(h, y, mask, params: ReadoutParams, ws: Workspace):
    """Logits, loss and their gradients, a row for each class: the maximum over classes then runs along memory."""
    (V, H), n, dtype = params.V.shape, y.size, h.dtype
    rows = h[1:].reshape(n, H)
    o = ws.array("o", (V, n), dtype)
    np.dot(params.V, rows.T, o)
    o += params.b_y[:, None]
    o -= o.max(axis=0)
    places = y.ravel(), np.arange(n)
    true = o[places]
    np.exp(o, o)
    total = o.sum(axis=0)
    losses = np.log(total) - true
    o /= total  # the probabilities
    o[places] -= 1
    n_counted = dtype.type(n)
    if mask is not None:
        counted = checked_mask(mask, y.shape).ravel()
        n_counted = dtype.type(np.count_nonzero(counted))
        losses = np.where(counted, losses, 0)
        o *= counted
    o /= n_counted  # the gradient at the logits
    dh = ws.array("dh", (*y.shape, H), dtype)
    np.dot(o.T, params.V, dh.reshape(n, H))
    return losses.sum() / n_counted, dh, ReadoutParams(o @ rows, o.sum(axis=1))


def _gather(name, table, x, ws: Workspace):
    """Look up the rows of a table (V, K) for all tokens (T, B)."""
    out = ws.array(name, (*x.shape, table.shape[1]), table.dtype)
    return table.take(
        x, axis=0, out=out, mode="clip"
    )  # ids are checked; clip writes at once


def _scatter(x, da, n_tokens):
    """Add up the rows of da (T * B, K) for each token: the gradient of a gather, (K, V)."""
    n, ids = x.size, x.ravel()
    if n_tokens <= 256:
        hot = np.zeros((n, n_tokens), da.dtype)
        hot[np.arange(n), ids] = 1
        return da.T @ hot
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out = np.zeros((n_tokens, da.shape[1]), da.dtype)
    out[found] = np.add.reduceat(da[order], starts, axis=0)
    return out.T


def _rnn_forward(x, state, params: RNNParams, ws: Workspace):
    (T, B), H, dtype = x.shape, len(params.W), params.W.dtype
    _gather("a", params.U.T + params.b_h, x, ws)
    h = ws.array("h", (T + 1, B, H), dtype)
    h[0] = state
    W_T = np.ascontiguousarray(params.W.T)
    scratch = ws.array("scratch", (B, H), dtype)
    dot, add, tanh, h_t = np.dot, np.add, np.tanh, ws.steps("h")
    for t, x_t in enumerate(ws.steps("a")):
        dot(h_t[t], W_T, scratch)
        add(scratch, x_t, scratch)
        tanh(scratch, h_t[t + 1])
    return h, h[-1].copy()


def _rnn_backward(x, h, dh, params: RNNParams, ws: Workspace):
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
    return RNNParams(_scatter(x, da, params.U.shape[1]), da.T @ h_prev, da.sum(axis=0))


def _lstm_forward(x, state: LSTMState, params: LSTMParams, ws: Workspace):
    """Gates stand as i, f, o, g, so that one tanh takes all: sigmoid(a) = (1 + tanh(a / 2)) / 2."""
    (T, B), H, dtype = x.shape, params.W.shape[1], params.W.dtype
    half = np.repeat([0.5, 1.0], [3 * H, H]).astype(dtype)
    table = _swap_last_two(params.U + params.b_h[:, None]).T * half
    _gather("a", np.ascontiguousarray(table), x, ws)
    W_T = np.ascontiguousarray(_swap_last_two(params.W).T * half)
    h, c = (ws.array(name, (T + 1, B, H), dtype) for name in ("h", "c"))
    ws.array("tanh_c", (T, B, H), dtype)
    h[0], c[0] = state
    scratch, ig = (ws.array(n, (B, k * H), dtype) for n, k in (("all", 4), ("ig", 1)))
    dot, add, multiply, tanh = np.dot, np.add, np.multiply, np.tanh
    h_t, c_t, tanh_c_t, a_t = (ws.steps(name) for name in ("h", "c", "tanh_c", "a"))
    i, f, o, g = (ws.steps("a", k * H, (k + 1) * H) for k in range(4))
    gates = ws.steps("a", 0, 3 * H)
    for t in range(T):
        dot(h_t[t], W_T, scratch)
        add(scratch, a_t[t], scratch)
        tanh(scratch, a_t[t])
        add(gates[t], 1, gates[t])
        multiply(gates[t], 0.5, gates[t])
        multiply(i[t], g[t], ig)
        multiply(f[t], c_t[t], c_t[t + 1])
        add(c_t[t + 1], ig, c_t[t + 1])
        tanh(c_t[t + 1], tanh_c_t[t])
        multiply(o[t], tanh_c_t[t], h_t[t + 1])
    return h, LSTMState(h[-1].copy(), c[-1].copy())


def _lstm_backward(x, h, dh, params: LSTMParams, ws: Workspace):
    (T, B), H, dtype = x.shape, params.W.shape[1], h.dtype
    a, c = ws.array("a", (T, B, 4 * H), dtype), ws.array("c", (T + 1, B, H), dtype)
    tanh_c = ws.array("tanh_c", (T, B, H), dtype)
    i, f, o, g = (a[:, :, k * H : (k + 1) * H] for k in range(4))
    da = ws.array("da", (T, B, 4 * H), dtype)
    into_c = ws.array("into_c", (T, B, H), dtype)
    np.multiply(tanh_c, tanh_c, into_c)
    np.subtract(1, into_c, into_c)
    into_c *= o  # how dh reaches dc
    slopes = da[:, :, : 3 * H]
    np.subtract(1, a[:, :, : 3 * H], slopes)
    slopes *= a[:, :, : 3 * H]
    da[:, :, :H] *= g
    da[:, :, H : 2 * H] *= c[:-1]
    da[:, :, 2 * H : 3 * H] *= tanh_c
    np.multiply(g, g, da[:, :, 3 * H :])
    np.subtract(1, da[:, :, 3 * H :], da[:, :, 3 * H :])
    da[:, :, 3 * H :] *= i
    W = _swap_last_two(params.W)
    dnext, dc = np.zeros((B, H), dtype), np.zeros((B, H), dtype)
    scratch = ws.array("ig", (B, H), dtype)
    dot, add, multiply = np.dot, np.add, np.multiply
    dh_t, da_t, into_t = (ws.steps(name) for name in ("dh", "da", "into_c"))
    f_t = ws.steps("a", H, 2 * H)
    d_i, d_f, d_o, d_g = (ws.steps("da", k * H, (k + 1) * H) for k in range(4))
    for t in range(T - 1, -1, -1):
        add(dnext, dh_t[t], dnext)
        multiply(dnext, into_t[t], scratch)
        add(dc, scratch, dc)
        multiply(d_i[t], dc, d_i[t])
        multiply(d_f[t], dc, d_f[t])
        multiply(d_g[t], dc, d_g[t])
        multiply(d_o[t], dnext, d_o[t])
        multiply(dc, f_t[t], dc)
        dot(da_t[t], W, dnext)
    rows, h_prev = da.reshape(T * B, 4 * H), h[:-1].reshape(T * B, H)
    grads = _scatter(x, rows, params.U.shape[1]), rows.T @ h_prev, rows.sum(axis=0)
    return LSTMParams(*map(_swap_last_two, grads))


def _swap_last_two(stacked: np.ndarray) -> np.ndarray:
    """Bring gates i, f, g, o into the order i, f, o, g, or back."""
    n = len(stacked) // 4
    return np.concatenate([stacked[: 2 * n], stacked[3 * n :], stacked[2 * n : 3 * n]])


def _gru_forward(x, state, params: GRUParams, ws: Workspace):
    (T, B), H, dtype = x.shape, params.W.shape[1], params.W.dtype
    half = np.repeat([0.5, 1.0], [2 * H, H]).astype(dtype)
    b = params.b_x.copy()
    b[: 2 * H] += params.b_h[: 2 * H]
    table = np.ascontiguousarray(((params.U + b[:, None]) * half[:, None]).T)
    _gather("a", table, x, ws)
    W_T = np.ascontiguousarray((params.W * half[:, None]).T)
    b_n = params.b_h[2 * H :]
    h = ws.array("h", (T + 1, B, H), dtype)
    ws.array("m", (T, B, 3 * H), dtype)
    h[0] = state
    scratch = ws.array("ig", (B, H), dtype)
    dot, add, multiply, tanh, subtract = (
        np.dot,
        np.add,
        np.multiply,
        np.tanh,
        np.subtract,
    )
    h_t, m_t = ws.steps("h"), ws.steps("m")
    r, z, n = (ws.steps("a", k * H, (k + 1) * H) for k in range(3))
    gates, m_rz, m_n = (
        ws.steps("a", 0, 2 * H),
        ws.steps("m", 0, 2 * H),
        ws.steps("m", 2 * H),
    )
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


def _gru_backward(x, h, dh, params: GRUParams, ws: Workspace):
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
    dU = _scatter(x, rows, params.U.shape[1])
    return GRUParams(dU, back.T @ h_prev, rows.sum(axis=0), back.sum(axis=0))


RECURRENCES = {
    RNN: (_rnn_forward, _rnn_backward),
    LSTM: (_lstm_forward, _lstm_backward),
    GRU: (_gru_forward, _gru_backward),
}
