"""The gradient of an RNN language model, as it is first written, and three rewrites of it.

Chapter 20 shows them, proves them equal to ``model.lm_backward`` and lets ``benchmarks/rewrites.py`` time them. Each
takes the parameters and token ids (T, B), starts from a state of zeros, and returns the loss and the gradients.
"""

import numpy as np

from rnnlib.layers import ReadoutParams, one_hot
from rnnlib.losses import cross_entropy
from rnnlib.model import LMParams, lm_backward, lm_loss
from rnnlib.rnn import RNN, RNNParams


def column_forward(params, inputs, targets):
    """Read one sequence, a column vector at a time."""
    (U, W, b_h), (V, b_y) = params
    xs, hs, ps, loss = {}, {-1: np.zeros((len(W), 1), W.dtype)}, {}, 0.0
    for t in range(len(inputs)):
        xs[t] = np.zeros((len(V), 1), W.dtype)
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(U @ xs[t] + W @ hs[t - 1] + b_h[:, None])
        o = V @ hs[t] + b_y[:, None]
        ps[t] = np.exp(o) / np.sum(np.exp(o))
        loss -= np.log(ps[t][targets[t], 0])
    return loss, (xs, hs, ps)


def column_backward(params, targets, cache, grads):
    """Walk back through one sequence, and add to the gradients in place."""
    (_, W, _), (V, _) = params
    (dU, dW, db_h), (dV, db_y) = grads
    xs, hs, ps = cache
    through = np.zeros_like(hs[-1])
    for t in reversed(range(len(targets))):
        do = ps[t].copy()
        do[targets[t]] -= 1
        da = (V.T @ do + through) * (1 - hs[t] * hs[t])
        dV += do @ hs[t].T
        db_y += do[:, 0]
        dU += da @ xs[t].T
        dW += da @ hs[t - 1].T
        db_h += da[:, 0]
        through = W.T @ da


def columns(params, x, y):
    """Take one sequence after the other."""
    loss, n = 0.0, x.size
    grads = LMParams(*(type(p)(*map(np.zeros_like, p)) for p in params))
    for b in range(x.shape[1]):
        nats, cache = column_forward(params, x[:, b], y[:, b])
        column_backward(params, y[:, b], cache, grads)
        loss += nats
    return loss / n, LMParams(*(type(g)(*(a / n for a in g)) for g in grads))


def rows_forward(params, x, y):
    """Read all sequences at once, a row for each, and keep a dictionary for each step."""
    (U, W, b_h), (V, b_y) = params
    h, steps, loss = np.zeros((x.shape[1], len(W)), W.dtype), [], 0.0
    for x_t, y_t in zip(x, y):
        step = {"x": one_hot(x_t, len(V), W.dtype), "h_prev": h, "y": y_t}
        h = np.tanh(step["x"] @ U.T + h @ W.T + b_h)
        o = h @ V.T + b_y
        e = np.exp(o - o.max(axis=1, keepdims=True))
        step["h"], step["p"] = h, e / e.sum(axis=1, keepdims=True)
        loss -= np.log(step["p"][np.arange(len(y_t)), y_t]).sum()
        steps.append(step)
    return loss / x.size, steps


def rows_step_back(params, step, through, n):
    """Walk one step back; return what goes on to the step before, and the gradients of this step."""
    (U, W, _), (V, _) = params
    do = step["p"].copy()
    do[np.arange(len(do)), step["y"]] -= 1
    do /= n
    da = (do @ V + through) * (1 - step["h"] ** 2)
    found = {"dx": da @ U, "dU": da.T @ step["x"], "dW": da.T @ step["h_prev"]}
    found |= {"db_h": da.sum(axis=0), "dV": do.T @ step["h"]}
    return da @ W, found | {"db_y": do.sum(axis=0)}


def rows(params, x, y):
    """Loop over time, all sequences side by side."""
    loss, steps = rows_forward(params, x, y)
    through, total = np.zeros_like(steps[0]["h"]), None
    for step in reversed(steps):
        through, found = rows_step_back(params, step, through, x.size)
        del found["dx"]  # nobody learns the inputs
        total = {k: total[k] + g for k, g in found.items()} if total else found
    cell = RNNParams(total["dU"], total["dW"], total["db_h"])
    return loss, LMParams(cell, ReadoutParams(total["dV"], total["db_y"]))


def visible(params, x, y):
    """Use the loops that the book shows."""
    state = RNN.zero_state(x.shape[1], params.cell)
    loss, _, cache = lm_loss(RNN, params, x, y, state)
    return loss, lm_backward(cache)


def one_product_each(params, x, y):
    """Leave only the recurrence in the loops."""
    (U, W, b_h), (V, b_y) = params
    (T, B), H, n = x.shape, len(W), x.size
    hot = one_hot(x.ravel(), len(V), W.dtype)
    a = (hot @ U.T + b_h).reshape(T, B, H)
    h = np.zeros((T + 1, B, H), W.dtype)
    for t in range(T):
        h[t + 1] = np.tanh(a[t] + h[t] @ W.T)
    after, before = h[1:].reshape(n, H), h[:-1].reshape(n, H)
    loss, do = cross_entropy(after @ V.T + b_y, y.ravel())
    dh, da = (do @ V).reshape(T, B, H), np.zeros_like(a)
    through = 0
    for t in reversed(range(T)):
        da[t] = (dh[t] + through) * (1 - h[t + 1] ** 2)
        through = da[t] @ W
    da = da.reshape(n, H)
    cell = RNNParams(da.T @ hot, da.T @ before, da.sum(axis=0))
    return loss, LMParams(cell, ReadoutParams(do.T @ after, do.sum(axis=0)))
