"""Right answers to the exercises of chapter 17."""

from math import comb

import numpy as np


def step_by_step(x, h_0, params):
    h, output = list(h_0), []
    for x_t in x:
        for k, (U, W, b_h) in enumerate(params):
            h[k] = np.tanh(U @ x_t.T + W @ h[k].T + b_h[:, None]).T
            x_t = h[k]
        output.append(h[-1])
    return np.array(output), np.array(h)


def from_both_ends(x, h_0, forwards, backwards):
    T, B, H = len(x), len(h_0[0]), len(forwards[2])
    output = np.zeros((T, B, 2 * H))
    h, g = h_0
    for t in range(T):
        U, W, b_h = forwards
        output[t, :, :H] = h = np.tanh(x[t] @ U.T + h @ W.T + b_h)
        U, W, b_h = backwards
        s = T - 1 - t
        output[s, :, H:] = g = np.tanh(x[s] @ U.T + g @ W.T + b_h)
    return output, np.stack([output[-1, :, :H], output[0, :, H:]])


def row_by_row(output, lengths):
    H = output.shape[2] // 2
    return np.array(
        [
            np.append(output[n - 1, b, :H], output[0, b, H:])
            for b, n in enumerate(lengths)
        ]
    )


def as_a_dictionary(n_in, n_hidden, n_layers, bidirectional):
    shapes, reads = {}, n_in
    for layer in range(n_layers):
        for end in ["", "_reverse"] if bidirectional else [""]:
            name = f"l{layer}{end}"
            shapes["weight_ih_" + name] = (n_hidden, reads)
            shapes["weight_hh_" + name] = (n_hidden, n_hidden)
            shapes["bias_ih_" + name] = shapes["bias_hh_" + name] = (n_hidden,)
        reads = n_hidden * (1 + bidirectional)
    return shapes


def each_row_alone(x, mask, forwards, backwards):
    T, B, _ = x.shape
    H = len(forwards[2])
    output = np.zeros((T, B, 2 * H))
    for b in range(B):
        n = mask[:, b].sum()
        for half, params, order in (
            (slice(0, H), forwards, range(n)),
            (slice(H, None), backwards, range(n - 1, -1, -1)),
        ):
            (U, W, b_h), h = params, np.zeros(H)
            for t in order:
                output[t, b, half] = h = np.tanh(U @ x[t, b] + W @ h + b_h)
    return output


def by_inclusion_and_exclusion(n_layers, lag):
    """Ways to write m - L as a sum of `lag` numbers from 1 to L."""
    counts = np.zeros(n_layers * (lag + 1) + 1, dtype=int)
    for m in range(len(counts)):
        rest = m - n_layers - lag
        if lag == 0:
            counts[m] = rest == 0
        else:
            counts[m] = sum(
                (-1) ** j * comb(lag, j) * comb(rest - j * n_layers + lag - 1, lag - 1)
                for j in range(lag + 1)
                if rest - j * n_layers >= 0
            )
    return counts


ANSWERS = [
    ("stacked_forward", step_by_step),
    ("bidirectional_forward", from_both_ends),
    ("summary_of", row_by_row),
    ("parameter_shapes", as_a_dictionary),
    ("mended_both_ways", each_row_alone),
    ("paths_by_length", by_inclusion_and_exclusion),
    ("parameters_by_hand", 312),
]
ARRAYS = ["summary_of", "mended_both_ways", "paths_by_length"]
NUMBERS = []
