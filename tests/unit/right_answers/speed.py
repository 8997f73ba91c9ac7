"""Right answers to the exercises of chapter 20."""

import numpy as np


def by_einsum(da, h, h_0):
    return np.einsum("tbi,tbj->ij", da, np.vstack([h_0[None], h])[:-1])


def by_one_hot_rows(ids, da, n_tokens):
    return da.T @ np.eye(n_tokens)[ids]


def by_sorting(ids, da, n_tokens):
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out = np.zeros((n_tokens, da.shape[1]))
    out[found] = np.add.reduceat(da[order], starts, axis=0)
    return out.T


def by_rows_and_back(o, y):
    shifted = o.T - o.T.max(axis=1, keepdims=True)
    p = np.exp(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
    return ((p - np.eye(len(o))[y]) / len(y)).T


def by_copies(a, W, h_0):
    scratch, states = h_0.copy(), []
    for a_t in a:
        scratch = np.tanh(scratch @ W.T + a_t)
        states.append(scratch.copy())
    return states


ANSWERS = [
    ("weights_at_once", by_einsum),
    ("sums_by_token", by_one_hot_rows),
    ("sums_by_token", by_sorting),
    ("class_major", by_rows_and_back),
    ("mended_states", by_copies),
    ("multiplications_by_hand", 64800.0),
]
ARRAYS = ["weights_at_once", "sums_by_token", "class_major", "mended_states"]
NUMBERS = []
