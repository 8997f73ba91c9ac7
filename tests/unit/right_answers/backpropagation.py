"""Right answers to the exercises of chapter 10."""

import numpy as np


def by_einsum(dh_t, x_t, h_prev, h_t, U, W):
    da_t = dh_t - dh_t * h_t * h_t
    dU, dW = (np.einsum("bi,bj->ij", da_t, into) for into in (x_t, h_prev))
    return np.dot(da_t, U), np.dot(W.T, da_t.T).T, dU, dW, np.ones(len(da_t)) @ da_t


def by_sums_over_all(own, x, h_0, h, U, W):
    da, through = np.zeros_like(h), np.zeros_like(h_0)
    for t in range(len(h) - 1, -1, -1):
        da[t] = (own[t] + through) * (1 - h[t] ** 2)
        through = da[t] @ W
    before = np.concatenate([h_0[None], h[:-1]])
    dU, dW = (np.einsum("tbi,tbj->ij", da, into) for into in (x, before))
    return da @ U, through, dU, dW, da.sum(axis=(0, 1))


def by_paths(own, h, W):
    dh_0 = np.zeros(len(W))
    for t in range(len(h)):
        for b in range(h.shape[1]):
            row = own[t, b]
            for i in range(t, -1, -1):
                row = row @ (np.diag(1 - h[i, b] ** 2) @ W)
            dh_0 = dh_0 + row
    return dh_0


def by_one_hot(G, ids, n_rows):
    hot = np.eye(n_rows)[ids]
    return np.tensordot(hot, G, axes=(range(ids.ndim), range(ids.ndim)))


def by_recursion(w, u, x, h_0):
    h, z = h_0, 0.0
    for x_t in x:
        h, z = w * h + u * x_t, h + w * z
    return z


def by_flat_index(f, x, eps):
    rows = eps * np.eye(x.size).reshape(x.size, *x.shape)
    pairs = [(f(x + row) - f(x - row)) / (2 * eps) for row in rows]
    return np.reshape(pairs, x.shape)


ANSWERS = [
    ("rnn_cell_backward", by_einsum),
    ("rnn_backward", by_sums_over_all),
    ("mended_backward", by_sums_over_all),
    ("learned_start", by_paths),
    ("take_rule", by_one_hot),
    ("linear_slope", by_recursion),
    ("central_difference", by_flat_index),
    ("symptoms", 41532),
    ("symptoms", "4 1 5 3 2"),
]
ARRAYS = ["learned_start", "take_rule", "central_difference"]
NUMBERS = ["linear_slope"]
