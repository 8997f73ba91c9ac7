"""Exercises of chapter 9, Output and loss, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.losses import cross_entropy, log_softmax

_rng = np.random.default_rng(9)
_o = _rng.normal(size=(4, 3, 6))  # T, B, V: all different
_y = _rng.integers(0, 6, size=(4, 3))
_mask = np.arange(4)[:, None] < np.array([4, 2, 1])  # 7 of 12 count
_o_full, _y_full = _rng.normal(size=(3, 2, 5)), _rng.integers(0, 5, size=(3, 2))
_all = np.ones((3, 2), dtype=bool)
_large = np.array([[1000.0, 998.5, 996.0], [-3.0, 900.0, 899.2]])
_apart = np.array([[1000.0, 998.5, 1001.0], [-1000.0, -1002.0, -1000.4]])
_small = np.array([[0.0, -800.0, 3.0], [2.0, 1.0, 0.5], [-900.0, 5.0, 4.0]])
_row = np.array([0.3, -1.2, 2.0, 0.9])
_ids = _rng.integers(0, 6, size=(5, 3))  # 0 is an id like any other
_ids[1:, 1:] = [[3, 4], [0, 0], [2, 0], [0, 0]]  # a real 0, then padding
_lengths = np.array([5, 4, 2])

_ROWS = {
    "four steps, three columns": (_o,),
    "one row": (_row,),
    "logits of a thousand": (_large,),
    "rows far apart": (_apart,),
    "tiny probabilities": (_small,),
}


def softmax(o):
    """The distribution of each row."""
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def logit_gradient(o, y, mask):
    """The gradient of the mean loss of the tokens that count."""
    return cross_entropy(o, y, mask)[1]


def masked_mean_loss(o, y, mask):
    """The mean loss of the tokens that count, in nats."""
    return cross_entropy(o, y, mask)[0]


def readout(h, V, b_y):
    """The logits of each state."""
    return h @ V.T + b_y


def sentence_loss(o, ids, lengths):
    """The mean loss over the real labels of padded columns."""
    mask = np.arange(len(o))[:, None] < lengths - 1
    return masked_mean_loss(o, ids[1:], mask)


def squared_gradient(o, y):
    """The gradient of the sum of (p - y)^2 of each row."""
    p, error = softmax(o), _error(o, y)
    return 2 * p * (error - (p * error).sum(axis=-1, keepdims=True))


def _error(o, y):
    return softmax(o) - np.eye(o.shape[-1])[y]


def _losses(o, y):
    return -np.take_along_axis(log_softmax(o), y[..., None], axis=-1)[..., 0]


def _summed(axis):
    """Take off each row's maximum, and divide by a sum that is not the row's."""

    def wrong(o):
        e = np.exp(o - o.max(axis=-1, keepdims=True))
        return e / e.sum(axis=axis)

    return wrong


def _over(axis):
    """Softmax over another axis, or over the whole array."""

    def wrong(o):
        e = np.exp(o - o.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    return wrong


def _one_shift(o):
    e = np.exp(o - o.max())
    return e / e.sum(axis=-1, keepdims=True)


def _flat(both):
    """keepdims forgotten, in the sum only or in the maximum too."""

    def wrong(o):
        e = np.exp(o - o.max(axis=-1, keepdims=not both))
        return e / e.sum(axis=-1)

    return wrong


def _no_shift(o):
    return np.exp(o) / np.exp(o).sum(axis=-1, keepdims=True)


def _maximum_lost(o):
    shifted = o - o.max(axis=-1, keepdims=True)
    return o - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _scaled(by):
    """The right sum over the tokens that count, divided by something else."""

    def wrong(o, y, mask):
        return mask[..., None] * _error(o, y) / by(o, mask)

    return wrong


def _only_true(o, y, mask):
    return logit_gradient(o, y, mask) * np.eye(o.shape[-1])[y]


def _axis_0(o, y, mask):
    do = (_over(0)(o) - np.eye(o.shape[-1])[y]) / mask.sum()
    return mask[..., None] * do


def _sum_over(by):
    return lambda o, y, mask: (_losses(o, y) * mask).sum() / by(o, mask)


_DIVISORS = {
    "that is for the sum: divide by the number of tokens that count": lambda o, m: 1,
    "divided by all places, padding too": lambda o, mask: mask.size,
    "divided by T only": lambda o, mask: len(o),
    "divided by B only": lambda o, mask: o.shape[1],
    "divided by V": lambda o, mask: o.shape[2],
}


def _labels(counted, divided):
    """A loss that takes length - counted labels of each column, and divides by length - divided of each."""

    def wrong(o, ids, lengths):
        t = np.arange(len(o))[:, None] + 0 * ids[1:]
        nats = _losses(o, ids[1:])[t < lengths - counted].sum()
        return nats / (t < lengths - divided).sum()

    return wrong


EXERCISES = {
    "softmax": Exercise(
        solution=softmax,
        cases=_ROWS,
        wrong={
            "exp overflows, and inf / inf is nan: take the row's largest logit off first": _no_shift,
            "one shift for all rows: a row far below the largest becomes 0 / 0": _one_shift,
            "the sum runs over the first axis, not over the tokens": _over(0),
            "the whole array sums to 1; each row should": _over(None),
            "the maximum is each row's own, but the sum runs over the first axis": _summed(
                0
            ),
            "the maximum is each row's own, but the whole array sums to 1": _summed(
                None
            ),
            "those are their logarithms": log_softmax,
            "each logit has its own sigmoid: they do not sum to 1": lambda o: (
                1 / (1 + np.exp(-o))
            ),
            "keepdims=True is missing: one row's sum divides a column of others": _flat(
                both=True
            ),
            "keepdims=True is missing in the sum": _flat(both=False),
        },
        hint="e = np.exp(o - the row's maximum); divide by the row's sum; keepdims=True.",
    ),
    "log_softmax": Exercise(
        solution=log_softmax,
        cases=_ROWS,
        wrong={
            "a probability became 0 before its logarithm was taken: log(softmax)": lambda o: (
                np.log(softmax(o))
            ),
            "exp overflows: take the row's largest logit off first": lambda o: (
                o - np.log(np.exp(o).sum(axis=-1, keepdims=True))
            ),
            "the maximum was taken off inside the sum, and not put back": _maximum_lost,
            "the sign is turned: those are the surprises": lambda o: -log_softmax(o),
            "those are the probabilities": softmax,
            "those are bits": lambda o: log_softmax(o) / np.log(2),
            **{
                f"ln(p + {eps}) cannot fall below ln {eps}: take ln(p) on paper": lambda o, eps=eps: (
                    np.log(softmax(o) + eps)
                )
                for eps in (1e-8, 1e-9, 1e-10, 1e-12)
            },
        },
        hint="s = o - the row's maximum; then s - log(sum(exp(s))).",
    ),
    "logit_gradient": Exercise(
        solution=logit_gradient,
        cases={
            "7 of 12 tokens count": (_o, _y, _mask),
            "all of them count": (_o_full, _y_full, _all),
        },
        wrong={
            "the sign is turned: that is y - p": lambda *a: -logit_gradient(*a),
            "only the true token has a gradient; each of the others has p": _only_true,
            "that is p: 1 must come off at the true token": lambda o, y, mask: (
                mask[..., None] * softmax(o) / mask.sum()
            ),
            **{words: _scaled(by) for words, by in _DIVISORS.items()},
            "the mask is in the number and not in the gradient": lambda o, y, mask: (
                _error(o, y) / mask.sum()
            ),
            "each sequence counts alike, long or short": _scaled(
                lambda o, mask: mask.sum(axis=0)[:, None] * mask.shape[1]
            ),
            "the softmax runs over time": _axis_0,
        },
        hint="(p - onehot(y)) where the mask is True, 0 elsewhere, all divided by mask.sum().",
    ),
    "gradient_by_hand": Exercise(
        solution=np.array([1 / 8, -3 / 4, 5 / 8]),
        wrong={
            "the sign is turned: that is y - p": np.array([-1, 6, -5]) / 8,
            "right at the true token only; the others have p": np.array([0, -6, 0]) / 8,
            "those are the probabilities; where is the target?": np.array([1, 2, 5])
            / 8,
            "1 was taken off at every token": np.array([-7, -6, -3]) / 8,
            "divided by 3: this is one token, so N is 1": np.array([1, -6, 5]) / 24,
        },
        hint="the exponentials are 1, 2 and 5.",
        tolerance=1e-3,
    ),
    "readout": Exercise(
        solution=readout,
        cases={
            "T = 4, B = 3, H = 2, O = 6": tuple(
                _rng.normal(size=shape) for shape in ((4, 3, 2), (6, 2), 6)
            ),
            "one state": (_row, _rng.normal(size=(5, 4)), _rng.normal(size=5)),
            "as many outputs as states": tuple(
                _rng.normal(size=shape) for shape in ((2, 3, 4), (4, 4), 4)
            ),
        },
        wrong={
            "V must be transposed: each row of V belongs to one output": lambda h, V, b_y: (
                h @ V + b_y
            ),
            "the bias is missing": lambda h, V, b_y: h @ V.T,
            "the logits went through tanh; they may have any size": lambda h, V, b_y: (
                np.tanh(readout(h, V, b_y))
            ),
            "those are probabilities; the logits were asked for": lambda h, V, b_y: (
                softmax(readout(h, V, b_y))
            ),
            "only the last step was read out": lambda h, V, b_y: readout(h, V, b_y)[-1],
        },
        hint="for one column V @ h + b_y; for rows the product is h @ V.T.",
    ),
    "masked_mean_loss": Exercise(
        solution=masked_mean_loss,
        cases={
            "7 of 12 tokens count": (_o, _y, _mask),
            "all of them count": (_o_full, _y_full, _all),
            "logits of a thousand": (1000 * _o, _y, _mask),
        },
        wrong={
            **{words: _sum_over(by) for words, by in _DIVISORS.items()},
            "the mask was not used": lambda o, y, mask: _losses(o, y).mean(),
            "each sequence counts alike, long or short": lambda o, y, mask: np.mean(
                (_losses(o, y) * mask).sum(axis=0) / mask.sum(axis=0)
            ),
            "those are bits": lambda *a: masked_mean_loss(*a) / np.log(2),
            "softmax came before the logarithm: it overflows, or gives log 0": lambda o, y, m: (
                -np.log(np.take_along_axis(_no_shift(o), y[..., None], 2))[m].mean()
            ),
        },
        hint="log-sum-exp of each row minus its true logit; add up where mask; divide by mask.sum().",
    ),
    "sentence_loss": Exercise(
        solution=sentence_loss,
        cases={
            "lengths 5, 4 and 2": (_rng.normal(size=(4, 3, 6)), _ids, _lengths),
            "two lengths alike": (
                _rng.normal(size=(4, 3, 6)),
                _ids[:, ::-1],
                np.array([2, 4, 4]),
            ),
        },
        wrong={
            "it still does what it did": _labels(0, -np.inf),
            "divided by the labels that count; but still one too many in each column": _labels(
                0, 0
            ),
            "the mask is right now; the sum is still divided by all places": _labels(
                1, -np.inf
            ),
            "masked by the id: a real 0 is lost": lambda o, ids, lengths: np.mean(
                _losses(o, ids[1:])[ids[1:] != 0]
            ),
            "divided by the number of ids: each column has one label less": lambda o, ids, lengths: (
                sentence_loss(o, ids, lengths) * (lengths - 1).sum() / lengths.sum()
            ),
            "no mask at all": _labels(-np.inf, -np.inf),
        },
        hint="n ids give n - 1 labels; count them, and divide by their number.",
    ),
    "squared_gradient": Exercise(
        solution=squared_gradient,
        cases={
            "five tokens": (_rng.normal(size=(3, 5)), np.array([4, 0, 2])),
            "confident": (5 * _rng.normal(size=(4, 3)), np.array([1, 2, 2, 0])),
        },
        wrong={
            "that is the gradient at the probabilities; go on to the logits": lambda o, y: (
                2 * _error(o, y)
            ),
            "each probability depends on every logit: the sum over the others is missing": lambda o, y: (
                2 * softmax(o) * (1 - softmax(o)) * _error(o, y)
            ),
            "the sign is turned": lambda o, y: -squared_gradient(o, y),
            "the factor 2 of the square is missing": lambda *a: (
                squared_gradient(*a) / 2
            ),
            "divided by the number of rows: no mean was asked for": lambda o, y: (
                squared_gradient(o, y) / len(o)
            ),
            "that is the gradient of the cross-entropy": _error,
        },
        hint="with e = p - y: 2 p (e - the row's sum of p e).",
    ),
}
