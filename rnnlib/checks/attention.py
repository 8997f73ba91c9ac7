"""Exercises of chapter 21, What came next: the wrong axis, a mask too late, factors of other steps."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.frugal import frugal

_rng = np.random.default_rng(21)


def attend(queries, memory, mask, *, fill=-np.inf, axis=2, factor=1.0, safe=True):
    scores = np.einsum("tbh,sbh->tbs", queries, memory) * factor
    scores = np.where(mask.T[None], scores, fill)
    top = scores.max(axis=axis, keepdims=True) if safe else 0.0
    with np.errstate(all="ignore"):
        weights = np.exp(scores - np.where(np.isfinite(top), top, 0))
        weights = weights / weights.sum(axis=axis, keepdims=True)
    return np.einsum("tbs,sbh->tbh", weights, memory), weights


def _masked_late(queries, memory, mask):
    weights = attend(queries, memory, np.ones_like(mask))[1] * mask.T[None]
    return np.einsum("tbs,sbh->tbh", weights, memory), weights


def _with(**settings):
    return lambda queries, memory, mask: attend(queries, memory, mask, **settings)


def _softmax_back(w, dw):
    return w * (dw - (w * dw).sum(axis=2, keepdims=True))


def attend_backward(dc, q, m, w, *, softmax=None, as_value=1, as_key=1, cross=False):
    dw = np.einsum("tbh,sbh->tbs", dc, m)
    de = (softmax or _softmax_back)(w, dw)
    key = np.einsum("tbs,tbh->sbh", de, dc if cross else q)
    value = np.einsum("tbs,tbh->sbh", w, q if cross else dc)
    return np.einsum("tbs,sbh->tbh", de, m), as_value * value + as_key * key


def _back_with(**settings):
    return lambda *arrays: attend_backward(*arrays, **settings)


def linear_scan(lam, b, early=0, inner=False):
    h, state = np.zeros_like(b), np.zeros_like(b[0])
    for t in range(len(b)):
        factor = lam[max(t - early, 0)]
        state = factor * (state + b[t]) if inner else factor * state + b[t]
        h[t] = state
    return h


def _rounds(lam, b, *, order="b first", last=lambda n, T: n < T, grow=True, most=99):
    n, done = 1, 0
    while last(n, len(b)) and done < most:
        if order == "lam first":
            lam = np.concatenate([lam[:n], lam[n:] * lam[:-n]])
        b = np.concatenate([b[:n], lam[n:] * b[:-n] + b[n:]])
        if order == "b first" and grow:
            lam = np.concatenate([lam[:n], lam[n:] * lam[:-n]])
        n, done = 2 * n, done + 1
    return b


def _earlier_factor(lam, b):
    n = 1
    while n < len(b):
        b = np.concatenate([b[:n], lam[:-n] * b[:-n] + b[n:]])
        lam = np.concatenate([lam[:n], lam[n:] * lam[:-n]])
        n *= 2
    return b


def _by_division(lam, b):
    with np.errstate(all="ignore"):
        product = np.cumprod(lam, axis=0)
        return product * np.cumsum(b / product, axis=0)


def scan_backward(own, lam, h, *, shift=1, before=True, recur=True):
    factor = recur * np.concatenate([lam[shift:], 0 * lam[:shift]])
    dh = _rounds(factor[::-1], own[::-1])[::-1]
    past = np.concatenate([0 * h[:1], h[:-1]]) if before else h
    return dh * past, dh


def _not_reversed(own, lam, h):
    dh = linear_scan(lam, own)
    return dh * np.concatenate([0 * h[:1], h[:-1]]), dh


def _look(T, S, B, H, factor=1.0, padded=True):
    mask = np.ones((S, B), dtype=bool)
    if padded:
        mask[-2:, 0] = False
        mask[-1:, 1] = False
    return factor * _rng.normal(size=(T, B, H)), _rng.normal(size=(S, B, H)), mask


def _look_back(T, S, B, H):
    q, m, mask = _look(T, S, B, H)
    return _rng.normal(size=(T, B, H)), q, m, attend(q, m, mask)[1]


def _line(T, *rest, holes=False):
    lam, b = _rng.uniform(0.3, 1.1, (T, *rest)), _rng.normal(size=(T, *rest))
    if holes:
        lam[2] = lam[5] = 0
    return lam, b


def _line_back(T, *rest):
    lam, b = _line(T, *rest)
    return _rng.normal(size=b.shape), lam, linear_scan(lam, b)


_LINES = {
    "8 steps": _line(8, 2, 3),
    "11 steps": _line(11, 3, 2),
    "1 step": _line(1, 2, 4),
    "factors of zero": _line(9, 2, 3, holes=True),
}
_LONG = {"200 steps, in rounds": tuple(frugal(a, 99) for a in _line(200, 1, 2))}
_SWAPPED = "the factors are updated before b: b must be multiplied by those of before the round"
_SHORT = "a round is missing: go on while n is smaller than the number of steps"
_KEPT = (
    "the factors stay as they were: after a round each stands for twice as many steps"
)

EXERCISES = {
    "attend": Exercise(
        solution=attend,
        cases={
            "padding in two rows": _look(4, 6, 3, 5),
            "no padding": _look(2, 5, 4, 3, padded=False),
            "scores of a thousand": _look(3, 7, 2, 4, factor=900.0),
        },
        wrong={
            "the weights of all queries sum to 1; those of one query should, over s": _with(
                axis=0
            ),
            "the weights of a batch sum to 1; those of one query should, over s": _with(
                axis=1
            ),
            "padding is looked at: nothing is done with the mask": lambda q, m, mask: (
                attend(q, m, np.ones_like(mask))
            ),
            "padding has the score 0, which is a score like others: it must be minus infinity": _with(
                fill=0.0
            ),
            "the mask comes after the softmax: what is left no longer sums to 1": _masked_late,
            "the scores are divided by the root of H: there is no factor in this formula": lambda q, m, mask: (
                attend(q, m, mask, factor=m.shape[2] ** -0.5)
            ),
            "the exponential overflows: take the largest score of each query off first": _with(
                safe=False
            ),
            "the two results have changed places: context, then weights": lambda *a: (
                attend(*a)[::-1]
            ),
            "the weights stand as (B, T, S): (T, B, S) was asked for": lambda *a: (
                attend(*a)[0],
                attend(*a)[1].swapaxes(0, 1),
            ),
        },
        hint="over which axis must the weights sum to 1, and what must the score of padding be for that?",
    ),
    "linear_scan": Exercise(
        solution=_rounds,
        cases=_LINES | _LONG,
        wrong={
            "each b is added, and nothing fades: the factors are missing": lambda lam, b: (
                np.cumsum(b, axis=0)
            ),
            "the factor of step t - 1 stands at step t": lambda lam, b: linear_scan(
                lam, b, early=1
            ),
            "b_t is multiplied by its own factor too: only the state before is": lambda lam, b: (
                linear_scan(lam, b, inner=True)
            ),
            "there is one round: each place has heard only its neighbour": lambda lam, b: (
                _rounds(lam, b, most=1)
            ),
            _SWAPPED: lambda lam, b: _rounds(lam, b, order="lam first"),
            _SHORT: lambda lam, b: _rounds(lam, b, last=lambda n, T: 2 * n < T),
            _KEPT: lambda lam, b: _rounds(lam, b, grow=False),
            "the later stretch's factor multiplies the earlier b, and yours is the earlier one's": _earlier_factor,
            "that divides by a running product, which may be zero": _by_division,
        },
        hint="in a round of distance n, which stretch does the pair at place t stand for, and which at t - n?",
    ),
    "attend_backward": Exercise(
        solution=attend_backward,
        cases={
            "4 queries, 6 states": _look_back(4, 6, 3, 5),
            "5 queries, 3 states": _look_back(5, 4, 2, 3),
        },
        wrong={
            "the memory hears only as what is averaged; the scores used it too": _back_with(
                as_key=0
            ),
            "the memory hears only through the scores; it is what is averaged, too": _back_with(
                as_value=0
            ),
            "the softmax is taken as if each weight had its own score alone": _back_with(
                softmax=lambda w, dw: w * (1 - w) * dw
            ),
            "the softmax backwards takes a mean off, and yours takes nothing off": _back_with(
                softmax=lambda w, dw: w * dw
            ),
            "the mean that is taken off must be weighted with the weights": _back_with(
                softmax=lambda w, dw: w * (dw - dw.mean(axis=2, keepdims=True))
            ),
            "the softmax is passed over: the scores get what the weights got": _back_with(
                softmax=lambda w, dw: dw
            ),
            "in the memory's two terms the query and the gradient have changed places": _back_with(
                cross=True
            ),
            "the two results have changed places: queries, then memory": lambda *a: (
                attend_backward(*a)[::-1]
            ),
        },
        hint="in how many places of the forward formulas does h_s stand?",
    ),
    "scan_backward": Exercise(
        solution=scan_backward,
        cases={
            "8 steps": _line_back(8, 2, 3),
            "11 steps": _line_back(11, 3, 2),
            "3 steps": _line_back(3, 4, 2),
            "200 steps, no loop": tuple(frugal(a, 99) for a in _line_back(200, 1, 2)),
        },
        wrong={
            "nothing is handed back from step to step": lambda *a: scan_backward(
                *a, recur=False
            ),
            "what comes from t + 1 was multiplied by the factor of t + 1, and yours is that of t": lambda *a: (
                scan_backward(*a, shift=0)
            ),
            "the factor multiplied the state before: pair dh_t with h_{t-1}": lambda *a: (
                scan_backward(*a, before=False)
            ),
            "that runs forward: a gradient comes from later steps": _not_reversed,
            "the two results have changed places: lam, then b": lambda *a: (
                scan_backward(*a)[::-1]
            ),
        },
        hint="write down dh_t for a recurrence of three steps: which factor stands beside dh_{t+1}?",
    ),
    "mended_scan": Exercise(
        solution=_rounds,
        cases=_LINES | _LONG,
        wrong={
            "the planted mistake is still there: in which order are the two updated?": lambda lam, b: (
                _rounds(lam, b, order="lam first")
            ),
            _SHORT: lambda lam, b: _rounds(lam, b, last=lambda n, T: 2 * n < T),
            _KEPT: lambda lam, b: _rounds(lam, b, grow=False),
            "there is one round: each place has heard only its neighbour": lambda lam, b: (
                _rounds(lam, b, most=1)
            ),
            "the later stretch's factor multiplies the earlier b, and yours is the earlier one's": _earlier_factor,
        },
        hint="take two steps, then four: at which place is the first wrong number?",
    ),
    "attend_by_hand": Exercise(
        solution=4 / 30 * (1 + 2 * (np.log(2) - (4 * np.log(2) + 25 * np.log(5)) / 30)),
        wrong={
            "that is the weight: a larger h_2 is also looked at more": 4 / 30,
            "that is the second term alone, through the score": 4
            / 30
            * 2
            * (np.log(2) - (4 * np.log(2) + 25 * np.log(5)) / 30),
            "the score's own factor g is missing": 4
            / 30
            * (1 + np.log(2) - (4 * np.log(2) + 25 * np.log(5)) / 30),
            "that is the mean, not its derivative": (4 * np.log(2) + 25 * np.log(5))
            / 30,
            "other weights change too: each weight is not a function of its own score alone": 4
            / 30
            * (1 + 2 * np.log(2) * 26 / 30),
            "that is for g = 1": 2
            / 8
            * (1 + np.log(2) - (2 * np.log(2) + 5 * np.log(5)) / 8),
        },
        hint="the weights first. Then h_2 stands in the formula of c twice, by itself and in a weight.",
        tolerance=1e-2,
    ),
}
