"""Right answers to the questions of homework 6."""

import numpy as np

from rnnlib.bptt import unroll_forward
from rnnlib.esn import esn_states, esn_step, ridge_fit
from rnnlib.lstm import LSTM, LSTMState, lstm_cell_forward


def logistic(a):
    return 1 / (1 + np.exp(-a))


def by_einsum(x_t, h_prev, c_prev, U, W, p, b_h):
    H = len(p)
    a = np.einsum("ki,bi->bk", U, x_t) + np.einsum("kh,bh->bk", W, h_prev) + b_h
    f = logistic(a[:, :H] + c_prev * p)
    c_t = np.tanh(a[:, H : 2 * H]) + f * (c_prev - np.tanh(a[:, H : 2 * H]))
    return logistic(a[:, 2 * H :]) * c_t, c_t


def row_by_row(x_t, h_prev, c_prev, U, W, p, b_h):
    h, c = [], []
    for x, before, memory in zip(x_t, h_prev, c_prev):
        a_f, a_g, a_o = np.split(U @ x + W @ before + b_h, 3)
        f, o = logistic(a_f + p * memory), logistic(a_o)
        c.append(f * memory + (1 - f) * np.tanh(a_g))
        h.append(o * c[-1])
    return [np.array(h), np.array(c)]


def with_names(dh_t, dc_t, c_prev, f, g, o, c_t, p):
    dc = dh_t * o + dc_t
    i, di = 1 - f, dc * g
    df = dc * c_prev - di
    da_f, da_g, da_o = df * f * i, dc * i * (1 - g * g), dh_t * c_t * (o - o * o)
    dp = np.einsum("bh,bh->h", da_f, c_prev)
    return np.hstack([da_f, da_g, da_o]), dc * f + da_f * p, dp


def back_row_by_row(dh_t, dc_t, c_prev, f, g, o, c_t, p):
    rows, before, dp = [], [], np.zeros_like(p)
    for k in range(len(dh_t)):
        dc = dc_t[k] + dh_t[k] * o[k]
        da_f = dc * (c_prev[k] - g[k]) * f[k] * (1 - f[k])
        da_o = dh_t[k] * c_t[k] * o[k] * (1 - o[k])
        rows.append(np.r_[da_f, dc * (1 - f[k]) * (1 - g[k] ** 2), da_o])
        before.append(dc * f[k] + p * da_f)
        dp += da_f * c_prev[k]
    return np.stack(rows), np.stack(before), dp


def by_halving(share, n, every, pull):
    low, high = -50.0, 50.0
    while high - low > 1e-9:
        b, left = (low + high) / 2, 1.0
        for t in range(1, n + 1):
            left *= logistic(b - pull * (t % every == 0))
        low, high = (b, high) if left < share else (low, b)
    return low


def by_newton(share, n, every, pull):
    pulls = np.where(np.arange(1, n + 1) % every == 0, pull, 0.0)
    b = -10.0  # left of the root, where the logarithm is steep: Newton cannot overshoot
    for _ in range(200):
        off = -np.logaddexp(0, pulls - b).sum() - np.log(share)
        b -= off / logistic(pulls - b).sum()
    return np.float64(b)


def by_equations(params, x, y, washout, n_fit, n_choose, ridges):
    h, states = np.zeros(len(params.W)), []
    for x_t in x:
        h = esn_step(params, np.array([x_t]), h, np.zeros(0))
        states.append(np.append(h, 1.0))
    S, known = np.array(states), n_fit + n_choose

    def solve(rows, ridge):
        A = S[rows].T @ S[rows] + ridge * np.eye(S.shape[1])
        return np.linalg.solve(A, S[rows].T @ y[rows])

    def error(ridge):
        v = solve(slice(washout, n_fit), ridge)
        return sum((S[t] @ v - y[t]) ** 2 for t in range(n_fit, known))

    best = min(ridges, key=error)
    return best, S[known:] @ solve(slice(washout, known), best)


def by_package(params, x, y, washout, n_fit, n_choose, ridges):
    s = np.hstack([esn_states(params, x[:, None]), np.ones((len(x), 1))])
    end, y = n_fit + n_choose, y[:, None]
    best, least = None, np.inf
    for ridge in ridges:
        V = ridge_fit(s[:n_fit], y[:n_fit], ridge=ridge, washout=washout)
        error = np.mean((s[n_fit:end] @ V.T - y[n_fit:end]) ** 2)
        if error < least:
            best, least = ridge, error
    V = ridge_fit(s[:end], y[:end], ridge=best, washout=washout)
    return [best, (s[end:] @ V.T).ravel()]


def at_once(x, params, length):
    return unroll_forward(LSTM, x, LSTM.zero_state(x.shape[1], params), params)[0]


def window_by_window(x, params, length):
    state, outputs = LSTM.zero_state(x.shape[1], params), []
    for begin in range(0, len(x), length):
        h, state, _ = unroll_forward(LSTM, x[begin : begin + length], state, params)
        outputs.append(h)
    return np.concatenate(outputs)


def two_arrays(x, params, length):
    h, c = LSTM.zero_state(x.shape[1], params)
    for x_t in x:
        (h, c), _ = lstm_cell_forward(x_t, LSTMState(h, c), params)
        yield h


ANSWERS: list = [
    ("slate_step", by_einsum),
    ("slate_step", row_by_row),
    ("slate_step_back", with_names),
    ("slate_step_back", back_row_by_row),
    ("bias_with_pulls", by_halving),
    ("bias_with_pulls", by_newton),
    ("pond_readout", by_equations),
    ("pond_readout", by_package),
    ("bell_in_windows", at_once),
    ("bell_in_windows", window_by_window),
    ("bell_in_windows", two_arrays),
]
ARRAYS: list[str] = ["bell_in_windows"]
NUMBERS: list[str] = ["bias_with_pulls"]
