"""Exercises of chapter 20, From clear to fast: what must stay equal when a loop becomes a product."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.frugal import frugal

_rng = np.random.default_rng(20)


def weights_at_once(da, h, h_0):
    """dW of a sequence in one product over all T * B rows."""
    before = np.concatenate([h_0[None], h[:-1]])
    return _rows(da).T @ _rows(before)


def sums_by_token(ids, da, n_tokens):
    """The rows of da added up for each token, (K, V): the gradient of a look-up."""
    out = np.zeros((n_tokens, da.shape[1]), da.dtype)
    np.add.at(out, ids, da)
    return out.T


def class_major(o, y):
    """The gradient of the mean loss at logits (V, n)."""
    do = _softmax(o)
    do[y, np.arange(len(y))] -= 1
    return do / len(y)


def mended_states(a, W, h_0):
    """All states of a recurrence, each in its own place."""
    h = np.empty((len(a) + 1, *h_0.shape), h_0.dtype)
    h[0] = h_0
    for t, a_t in enumerate(a):
        np.dot(h[t], W.T, h[t + 1])
        h[t + 1] += a_t
        np.tanh(h[t + 1], h[t + 1])
    return h[1:]


def _rows(a):
    return a.reshape(-1, a.shape[-1])


def _softmax(o, axis=0):
    e = np.exp(o - o.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _walk(T, B, H):
    shapes = (T, B, H), (T, B, H), (B, H)
    return tuple(_rng.normal(size=shape) for shape in shapes)


def _tokens(ids, K, V):
    return np.array(ids), _rng.normal(size=(len(ids), K)), V


def _logits(V, n, scale=1.0):
    y = np.arange(n) * 2 % V
    y[-1] = y[0]
    return scale * _rng.normal(size=(V, n)), y


def _recurrence(T, B, H):
    return (
        _rng.normal(size=(T, B, H)),
        _rng.normal(size=(H, H)) / np.sqrt(H),
        _rng.normal(size=(B, H)),
    )


def _last_row_only(ids, da, n_tokens):
    out = np.zeros((n_tokens, da.shape[1]))
    out[ids] += da
    return out.T


def _first_row_only(ids, da, n_tokens):
    return _last_row_only(ids[::-1], da[::-1], n_tokens)


def _means_by_token(ids, da, n_tokens):
    counts = np.bincount(ids, minlength=n_tokens)
    return sums_by_token(ids, da, n_tokens) / np.maximum(counts, 1)


@np.errstate(all="ignore")
def _no_maximum(o, y):
    e = np.exp(o)
    do = e / e.sum(axis=0)
    do[y, np.arange(len(y))] -= 1
    return do / len(y)


def _along_the_rows(o, y):
    do = _softmax(o, axis=1)
    do[y, np.arange(len(y))] -= 1
    return do / len(y)


def _whole_rows(o, y):
    do = _softmax(o)
    do[y] -= 1
    return do / len(y)


def _states(a, W, h_0, act=np.tanh):
    h, states = h_0, [h_0]
    for a_t in a:
        h = act(h @ W.T + a_t)
        states.append(h)
    return np.array(states)


EXERCISES = {
    "weights_at_once": Exercise(
        solution=weights_at_once,
        cases={
            "4 steps, 3 columns, 5 units": _walk(4, 3, 5),
            "6 steps, 2 columns, 3 units": _walk(6, 2, 3),
            "one column": _walk(5, 1, 4),
            "100 steps, no loop": tuple(frugal(a, 20) for a in _walk(100, 1, 2)),
        },
        wrong={
            "each da_t is paired with h_t: it must be the state before": lambda da, h, h_0: (
                _rows(da).T @ _rows(h)
            ),
            "the first step is missing: its state before is h_0": lambda da, h, h_0: (
                _rows(da[1:]).T @ _rows(h[:-1])
            ),
            "each da_t is paired with the state after the next step": lambda da, h, h_0: (
                _rows(da[:-1]).T @ _rows(h[1:])
            ),
            "the last state has come round to the front, where h_0 belongs": lambda da, h, h_0: (
                _rows(da).T @ _rows(np.roll(h, 1, axis=0))
            ),
            "that is the transpose: row i of dW belongs to da of unit i": lambda *a: (
                weights_at_once(*a).T
            ),
            "that is a mean over the rows: the loss has been averaged already": lambda da, h, h_0: (
                weights_at_once(da, h, h_0) / (len(da) * da.shape[1])
            ),
            "that is the last step alone": lambda da, h, h_0: da[-1].T @ h[-2],
            "that is the first column alone": lambda da, h, h_0: weights_at_once(
                da[:, :1], h[:, :1], h_0[:1]
            ),
        },
        hint="build the array of states before first, (T, B, H); then both arrays become rows in the same order.",
    ),
    "sums_by_token": Exercise(
        solution=sums_by_token,
        cases={
            "tokens that come again": _tokens([2, 0, 2, 3, 2, 0], 4, 5),
            "neighbours alike": _tokens([1, 1, 4, 4, 4], 3, 7),
            "all different": _tokens([3, 0, 1], 2, 4),
        },
        wrong={
            "a token that comes again keeps its last row only: out[ids] += da does not add up": _last_row_only,
            "a token that comes again keeps its first row only": _first_row_only,
            "that is the transpose: a column for each token": lambda *a: (
                sums_by_token(*a).T
            ),
            "that is the mean for each token: a gradient is a sum": _means_by_token,
            "that is divided by the number of rows: the loss has been averaged already": lambda ids, da, V: (
                sums_by_token(ids, da, V) / len(ids)
            ),
            "columns are missing: a token that does not come has a column of zeros": lambda ids, da, V: (
                sums_by_token(ids, da, ids.max() + 1)
            ),
            "that counts the tokens; their rows of da must be added up": lambda ids, da, V: (
                sums_by_token(ids, np.ones_like(da), V)
            ),
            "that takes the running sums, and not the sums": lambda ids, da, V: (
                sums_by_token(ids, np.cumsum(da, axis=0), V)
            ),
        },
        hint="take a token that comes twice, and follow both of its rows.",
    ),
    "class_major": Exercise(
        solution=class_major,
        cases={
            "5 classes, 7 tokens": _logits(5, 7),
            "6 classes, 4 tokens": _logits(6, 4),
            "large logits": _logits(4, 5, scale=1000.0),
        },
        wrong={
            "the sums run along the tokens: the classes are on axis 0": _along_the_rows,
            "exp overflows: subtract the largest logit of each token first": _no_maximum,
            "the 1 of the true class is not taken off": lambda o, y: (
                _softmax(o) / len(y)
            ),
            "do[y] -= 1 takes 1 from whole rows: each token has its own place": _whole_rows,
            "that is the gradient of the sum: divide by the number of tokens": lambda o, y: (
                class_major(o, y) * len(y)
            ),
            "divide by the number of tokens, not of classes": lambda o, y: (
                class_major(o, y) * len(y) / len(o)
            ),
            "the sign is turned round: p minus one at the true class": lambda o, y: (
                -class_major(o, y)
            ),
            "that is the transpose: a row for each class, as in the logits": lambda o, y: (
                class_major(o, y).T
            ),
        },
        hint="chapter 9's gradient, with a column for each token in the place of a row.",
    ),
    "mended_states": Exercise(
        solution=mended_states,
        cases={
            "4 steps, 2 columns, 3 units": _recurrence(4, 2, 3),
            "5 steps, 3 columns, 2 units": _recurrence(5, 3, 2),
            "one column": _recurrence(3, 1, 4),
        },
        wrong={
            "all states are the last one: the same buffer stands in the list T times": lambda a, W, h_0: (
                np.repeat(_states(a, W, h_0)[-1:], len(a), axis=0)
            ),
            "h_0 is among them: T states were asked for": _states,
            "those are the states before each step": lambda a, W, h_0: _states(
                a, W, h_0
            )[:-1],
            "the product is with W: a row of states takes the transpose": lambda a, W, h_0: (
                _states(a, W.T, h_0)[1:]
            ),
            "the tanh is missing": lambda a, W, h_0: _states(a, W, h_0, act=np.copy)[
                1:
            ],
            "each step begins at h_0: it must begin at the state before": lambda a, W, h_0: (
                np.tanh(h_0 @ W.T + a)
            ),
            "only the last state is returned": lambda a, W, h_0: _states(a, W, h_0)[-1],
        },
        hint="how many arrays does the function make, and how many states are there?",
    ),
    "multiplications_by_hand": Exercise(
        solution=64_800,
        wrong={
            "that is the way forward alone": 21_600,
            "one of the three uses of each matrix is missing": 43_200,
            "the one-hot product is in it: a look-up multiplies nothing": 70_400,
            "one-hot products, forwards and backwards, are in it: tokens are looked up and added up": 76_000,
            "that is for one token": 1_620,
            "that is for one sequence": 16_200,
            "each addition is counted too": 129_600,
            "the readout is missing": 48_000,
            "the recurrence is missing": 16_800,
        },
        hint="each matrix is used three times: forwards, for what walks back, and for its own gradient.",
        tolerance=1e-10,
    ),
}
