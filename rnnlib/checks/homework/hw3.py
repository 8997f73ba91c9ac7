"""Questions of homework 3, Walking back, each with the mistakes that are commonly made in it."""

from types import SimpleNamespace

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.gradcheck import complex_step
from rnnlib.losses import log_softmax

_rng = np.random.default_rng(303)

# 1: not quite sure


def smoothed_loss(o, y, mask, eps):
    """The mean loss of the tokens that count, with smoothed targets, and its gradient at the logits."""
    return _smoothed(o, y, mask, eps)


def _smoothed(o, y, mask, eps, **changes):
    """The loss with some of its lines changed."""
    v = SimpleNamespace(
        o=o, y=y, m=mask[..., None].astype(float), eps=eps, V=o.shape[-1]
    )
    lines = {
        "m": lambda v: v.m,
        "one": lambda v: np.eye(v.V)[v.y],
        "q": lambda v: (1 - v.eps) * v.one + v.eps / v.V,
        "q_back": lambda v: v.q,
        "log_p": lambda v: log_softmax(v.o),
        "p": lambda v: np.exp(v.log_p),
        "n": lambda v: v.m.sum(),
        "n_back": lambda v: v.n,
        "m_back": lambda v: v.m,
        "weight": lambda v: v.m / v.n,
        "loss": lambda v: -(v.weight * v.q * v.log_p).sum(),
        "do": lambda v: v.m_back * (v.p - v.q_back) / v.n_back,
    }
    for name, line in (lines | changes).items():
        setattr(v, name, line(v))
    return v.loss, v.do


def _loss_with(**changes):
    return lambda *given: _smoothed(*given, **changes)


def _plain_log(v):
    e = np.exp(v.o)
    return np.log(e / e.sum(axis=-1, keepdims=True))


def _log_of_softmax(v):
    """The softmax is safe from overflow; its logarithm is taken afterwards."""
    e = np.exp(v.o - v.o.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True))


def _columns(v):
    return v.m / v.m.sum(axis=0) / v.m.shape[1]


def _hours(lengths, eps, V=5, scale=1.0, hole=None):
    T, B = max(lengths), len(lengths)
    mask = np.arange(T)[:, None] < np.array(lengths)
    if hole:
        mask[hole] = False
    o, y = scale * _rng.normal(size=(T, B, V)), _rng.integers(V, size=(T, B))
    y[:2, 0] = 0, 3  # the label of the next hour is another one
    return o, y, mask, eps


# 3 and 4: walks back


def _cell(dh_t, x_t, h_prev, h_t, U, W, k, **changes):
    """The cell that keeps, backwards, with some of its lines changed."""
    v = SimpleNamespace(dh=dh_t, x=x_t, h_prev=h_prev, h=h_t, U=U, W=W, k=k)
    lines = {
        "c": lambda v: v.h - v.k * v.h_prev,
        "slope": lambda v: 1 - v.c**2,
        "da": lambda v: v.dh * v.slope,
        "dx": lambda v: v.da @ v.U,
        "dh_prev": lambda v: v.da @ v.W + v.k * v.dh,
        "dU": lambda v: v.da.T @ v.x,
        "dW": lambda v: v.da.T @ v.h_prev,
        "db": lambda v: v.da.sum(axis=0),
        "dk": lambda v: (v.dh * v.h_prev).sum(axis=0),
    }
    for name, line in (lines | changes).items():
        setattr(v, name, line(v))
    return v.dx, v.dh_prev, v.dU, v.dW, v.db, v.dk


def kept_cell_backward(dh_t, x_t, h_prev, h_t, U, W, k):
    """One step back through h_t = k h_{t-1} + tanh(a_t)."""
    return _cell(dh_t, x_t, h_prev, h_t, U, W, k)


def _cell_with(**changes):
    return lambda *given: _cell(*given, **changes)


def _kept(B, I, H):
    x_t, h_prev, dh_t = (_rng.normal(size=(B, n)) for n in (I, H, H))
    U, W = 0.7 * _rng.normal(size=(H, I)), 0.7 * _rng.normal(size=(H, H))
    k = _rng.uniform(-0.4, 0.9, size=H)
    h_t = k * h_prev + np.tanh(x_t @ U.T + h_prev @ W.T + 0.3 * _rng.normal(size=H))
    return dh_t, x_t, h_prev, h_t, U, W, k


def _walk(own, x, mask, h_0, h, U, W, **changes):
    """All steps back with a mask, with some of the rules changed."""
    rules = {
        "hear": lambda v: v.own + v.through,
        "slope": lambda v: 1 - v.h**2,
        "da": lambda v: v.dh * v.slope * v.m,
        "told": lambda v: v.da,
        "through": lambda v: v.da @ v.W + (1 - v.m) * v.dh,
        "before": lambda h_0, h: np.concatenate([h_0[None], h[:-1]]),
        "add": lambda total, new: total + new,
        "end": lambda v: v.through,
        "scale": lambda v: 1.0,
    } | changes
    before = rules["before"](h_0, h)
    v = SimpleNamespace(W=W, through=np.zeros_like(h_0), mask=mask, T=len(x))
    dx, sums = np.zeros_like(x), (np.zeros_like(U), np.zeros_like(W), np.zeros(len(W)))
    for v.t in reversed(range(len(x))):
        v.own, v.h, v.before, v.m = own[v.t], h[v.t], before[v.t], mask[v.t][:, None]
        for name, target in (("hear", "dh"), ("slope", "slope"), ("da", "da")):
            setattr(v, target, rules[name](v))
        told = rules["told"](v)
        dx[v.t], v.through = told @ U, rules["through"](v)
        new = told.T @ x[v.t], told.T @ v.before, told.sum(axis=0)
        sums = [rules["add"](total, part) for total, part in zip(sums, new)]
    return dx, rules["end"](v), *(rules["scale"](v) * total for total in sums)


def _waits(v):
    return v.m * (v.da @ v.W) + (1 - v.m) * v.dh


def paused_backward(own, x, mask, h_0, h, U, W):
    """All steps back through a cell whose state waits where the mask is False."""
    return _walk(own, x, mask, h_0, h, U, W)


def _walk_with(**changes):
    return lambda *given: _walk(*given, **changes)


def _masked_as(change):
    return lambda own, x, mask, *rest: _walk(own, x, change(mask), *rest)


def _draw(mask, I=3, H=5):
    """own, x, mask, h_0, h, U, W of a network that waits at pauses; what stands there in x is not small."""
    mask = np.array(mask, dtype=bool).T
    T, B = mask.shape
    x, own = _rng.normal(size=(T, B, I)), _rng.normal(size=(T, B, H))
    h_0, U, W = (
        _rng.uniform(-1, 1, size=(B, H)),
        0.7 * _rng.normal(size=(H, I)),
        0.7 * _rng.normal(size=(H, H)),
    )
    x = np.where(mask[..., None], x, 2.0 + x)
    h, h_t = [], h_0
    for x_t, real in zip(x, mask):
        h_t = np.where(real[:, None], np.tanh(x_t @ U.T + h_t @ W.T), h_t)
        h.append(h_t)
    return own, x, mask, h_0, np.array(h), U, W


# 5: the warden's walk


def walked_back(own, x, h_0, h, U, W):
    """All steps back through the plain cell."""
    return _plain(own, x, h_0, h, U, W)


def _plain(own, x, h_0, h, U, W, **changes):
    mask = np.ones(own.shape[:2], dtype=bool)
    return _walk(own, x, mask, h_0, h, U, W, **changes)


def _plain_with(bias=lambda db, T, B: db, **changes):
    def wrong(own, x, *rest):
        *found, db = _plain(own, x, *rest, **changes)
        return *found, bias(db, *own.shape[:2])

    return wrong


def _averaged(db, T, B):
    return db / B


def _own_handed_on(v):
    return (v.own * v.slope) @ v.W


faulty_walk = _plain_with(bias=_averaged, through=_own_handed_on)


def _without_mask(case):
    own, x, _, h_0, h, U, W = case
    return own, x, h_0, h, U, W


# 6: gentle with large errors


def gentle(e):
    """The value and the slopes of the sum of e^2 / (1 + |e|)."""
    size = np.abs(e)
    return np.sum(e**2 / (1 + size)), e * (2 + size) / (1 + size) ** 2


def _slopes_of(f):
    return lambda e: (f(e), complex_step(f, e))


_ONES = (1, 1, 1, 1)
_TURNED = "W for W^T: W goes back the wrong way round; writing vectors as rows turns it once, and once is enough"
_DONE = "nothing has changed: at which T does the figure say that the first array goes wrong?"
_BETWEEN = {
    _TURNED: dict(through=lambda v: v.da @ v.W.T + (1 - v.m) * v.dh),
    "dW pairs da_t with the state before the step; yours has h_t in its place": dict(
        before=lambda h_0, h: h
    ),
    "the slope is that of this step's tanh, 1 - h_t**2; yours is taken at the state before": dict(
        slope=lambda v: 1 - v.before**2
    ),
    "the slope of tanh is missing: 1 - h_t**2 belongs between dh_t and da_t": dict(
        slope=lambda v: 1.0
    ),
    "one step only: what a step hands back is never added to the own term before it": dict(
        hear=lambda v: v.own
    ),
    "the own terms are left out at all steps but the last": dict(
        hear=lambda v: v.own if v.t == v.T - 1 else v.through
    ),
    "the sum over time is missing: each step's gradient overwrites that of the step after": dict(
        add=lambda total, new: new
    ),
    "the state before the first step is h_0, and in yours it is zero": dict(
        before=lambda h_0, h: np.concatenate([0 * h_0[None], h[:-1]])
    ),
    "h[t - 1] at t = 0 is the last state; before the first step comes h_0": dict(
        before=lambda h_0, h: np.roll(h, 1, axis=0)
    ),
    "what is handed back as dh_0 is dh_1: the first step itself is missing": dict(
        end=lambda v: v.dh
    ),
}

EXERCISES: dict[str, Exercise] = {
    "smoothed_loss": Exercise(
        solution=smoothed_loss,
        cases={
            "seven of twelve count": _hours((4, 3, 1), 0.1, hole=(1, 1)),
            "all count": _hours((3, 3), 0.3, V=4),
            "eps = 0": _hours((2, 4, 3), 0.0, V=6),
            "logits of a thousand": _hours((3, 3), 0.2, scale=1000.0),
        },
        wrong={
            "eps was not divided by V: the targets of an hour must sum to 1": _loss_with(
                q=lambda v: (1 - v.eps) * v.one + v.eps
            ),
            "eps went to the other levels alone: here each of the V gets a share, the true one too": _loss_with(
                q=lambda v: (1 - v.eps) * v.one + v.eps / (v.V - 1) * (1 - v.one)
            ),
            "the true level kept all of its 1: the targets of an hour sum to 1 + eps": _loss_with(
                q=lambda v: v.one + v.eps / v.V
            ),
            "the true level lost eps and got no share back: the targets sum to less than 1": _loss_with(
                q=lambda v: np.where(v.one == 1, 1 - v.eps, v.eps / v.V)
            ),
            "each level has a share of eps / (V - 1): with V of them the targets sum to more than 1": _loss_with(
                q=lambda v: (1 - v.eps) * v.one + v.eps / (v.V - 1)
            ),
            "eps is the wrong way round: the true level has nearly all": _loss_with(
                q=lambda v: v.eps * v.one + (1 - v.eps) / v.V
            ),
            "the loss is smoothed, and the gradient is that of the unsmoothed one": _loss_with(
                q_back=lambda v: v.one
            ),
            "the gradient is smoothed, and the loss still looks at the true level alone": _loss_with(
                loss=lambda v: -(v.weight * v.one * v.log_p).sum()
            ),
            "mean over all places: the count in the denominator must leave the padding out": _loss_with(
                n=lambda v: v.m.size
            ),
            "that is the sum; the mean was asked for": _loss_with(n=lambda v: 1.0),
            "the loss is a mean, and its gradient was not divided by N": _loss_with(
                n_back=lambda v: 1.0
            ),
            "the gradient is divided by all places, padding too; the loss is not": _loss_with(
                n_back=lambda v: v.m.size
            ),
            "the gradient stands first: the loss, then its gradient": lambda *given: (
                smoothed_loss(*given)[::-1]
            ),
            "unmasked padding: the mask is in the loss, and not in the gradient": _loss_with(
                m_back=lambda v: 1.0
            ),
            "unmasked padding: the mask is not used at all": _loss_with(
                m=lambda v: np.ones_like(v.m)
            ),
            "unmasked padding: the mask is in the gradient, and not in the loss": _loss_with(
                loss=lambda v: -(v.q * v.log_p).sum() / v.n
            ),
            "unmasked padding: the loss is a mean over all places, and the gradient is not": _loss_with(
                loss=lambda v: -(v.q * v.log_p).sum() / v.m.size
            ),
            "the mask was read as lengths; hours are missing in the middle, too": _loss_with(
                m=lambda v: (
                    np.arange(len(v.m))[:, None] < v.m[..., 0].sum(axis=0)
                ).astype(float)[..., None]
            ),
            "the written level's part alone is in the loss; the share of eps at all V levels is missing": _loss_with(
                loss=lambda v: -(v.weight * (1 - v.eps) * v.one * v.log_p).sum()
            ),
            "that is a mean over the hours of each column, and then over columns": _loss_with(
                weight=_columns, do=lambda v: _columns(v) * (v.p - v.q)
            ),
            "off by one: those are the labels of the next hour": _loss_with(
                one=lambda v: np.eye(v.V)[np.roll(v.y, -1, axis=0)]
            ),
            "only the true level has a gradient in yours; every logit has one": _loss_with(
                do=lambda v: v.m * (v.p - v.q) * v.one / v.n
            ),
            "the sign of the gradient is turned": _loss_with(
                do=lambda v: v.m * (v.q - v.p) / v.n
            ),
            "the loss is in bits; nats are asked for": _loss_with(
                loss=lambda v: -(v.weight * v.q * v.log_p).sum() / np.log(2)
            ),
            "right for small logits; large ones overflow, or make a probability of 0": _loss_with(
                log_p=_plain_log
            ),
            "the softmax is safe, and its logarithm is not: a probability of 0 has none": _loss_with(
                log_p=_log_of_softmax
            ),
        },
        hint="write down the V targets of one hour, and their sum. Where are mask and count in the loss, where in do?",
    ),
    "kept_cell_backward": Exercise(
        solution=kept_cell_backward,
        cases={
            "two rows": _kept(2, 3, 5),
            "I = H": _kept(3, 4, 4),
            "one row": _kept(1, 2, 3),
        },
        wrong={
            "the slope of tanh is 1 - tanh(a_t)**2, and here h_t is more than tanh(a_t)": _cell_with(
                slope=lambda v: 1 - v.h**2
            ),
            "that is the cell of chapter 10: k stands in dk, and neither in the slope nor in dh_prev": _cell_with(
                slope=lambda v: 1 - v.h**2, dh_prev=lambda v: v.da @ v.W
            ),
            "tanh was taken twice: what is left of h_t has been through it already": _cell_with(
                slope=lambda v: 1 - np.tanh(v.c) ** 2
            ),
            "k times the state *before* was added to the tanh; yours takes k times h_t away": _cell_with(
                c=lambda v: v.h - v.k * v.h
            ),
            "the square is missing in the slope of tanh": _cell_with(
                slope=lambda v: 1 - v.c
            ),
            "db_h and dk have changed places: db_h comes first": lambda *given: (
                *kept_cell_backward(*given)[:4],
                *kept_cell_backward(*given)[:3:-1],
            ),
            "the slope is taken at the state before: 1 - h_prev**2": _cell_with(
                slope=lambda v: 1 - v.h_prev**2
            ),
            "the slope of tanh is missing": _cell_with(slope=lambda v: 1.0),
            "the slope of tanh is 1 - tanh**2, and yours is one over it": _cell_with(
                slope=lambda v: 1 / (1 - v.c**2)
            ),
            "h_prev reaches h_t on two ways, and the direct one is missing in dh_prev": _cell_with(
                dh_prev=lambda v: v.da @ v.W
            ),
            "the direct way does not pass through tanh: no slope belongs to k times dh_t": _cell_with(
                dh_prev=lambda v: v.da @ v.W + v.k * v.da
            ),
            "the direct way is in dh_prev, but without its factor k": _cell_with(
                dh_prev=lambda v: v.da @ v.W + v.dh
            ),
            _TURNED: _cell_with(dh_prev=lambda v: v.da @ v.W.T + v.k * v.dh),
            "the slope is missing on the way to h_prev: through W goes da_t, not dh_t": _cell_with(
                dh_prev=lambda v: v.dh @ v.W + v.k * v.dh
            ),
            "dW pairs da_t with the state before the step; yours has h_t in its place": _cell_with(
                dW=lambda v: v.da.T @ v.h
            ),
            "tanh(a_t) is not h_t - h_prev: the cell keeps a share of h_prev, not all of it": _cell_with(
                c=lambda v: v.h - v.h_prev
            ),
            "dU is transposed; only with I = H does its shape fit": _cell_with(
                dU=lambda v: v.x.T @ v.da
            ),
            "db_h is averaged over the rows: add them up": _cell_with(
                db=lambda v: v.da.mean(axis=0)
            ),
            "dk is averaged over the rows: add them up": _cell_with(
                dk=lambda v: (v.dh * v.h_prev).mean(axis=0)
            ),
            "dW is transposed; its sizes fit both ways": _cell_with(
                dW=lambda v: v.h_prev.T @ v.da
            ),
            "dk is made of dh_t: k acts outside of tanh, so no slope": _cell_with(
                dk=lambda v: (v.da * v.h_prev).sum(axis=0)
            ),
            "dk pairs dh_t with h_t; k multiplies the state before": _cell_with(
                dk=lambda v: (v.dh * v.h).sum(axis=0)
            ),
            "dk: product after the sums over the rows; multiply row by row, then add up": _cell_with(
                dk=lambda v: v.dh.sum(axis=0) * v.h_prev.sum(axis=0)
            ),
            "db_h: product after the sums over the rows; multiply row by row, then add up": _cell_with(
                db=lambda v: v.dh.sum(axis=0) * v.slope.sum(axis=0)
            ),
            "dk still has a row for each sequence: all of them use the same k": _cell_with(
                dk=lambda v: v.dh * v.h_prev
            ),
            "db_h and dk are averaged over the rows: add them up, as the products do for dU and dW": _cell_with(
                db=lambda v: v.da.mean(axis=0),
                dk=lambda v: (v.dh * v.h_prev).mean(axis=0),
            ),
        },
        hint="draw who hears h_prev and who hears a_t. Then hold each of the six against a complex step.",
    ),
    "paused_backward": Exercise(
        solution=paused_backward,
        cases={
            "pauses at the end": _draw([_ONES, (1, 1, 0, 0)]),
            "pauses anywhere": _draw(
                [(0, 1, 1, 0, 1), (1, 0, 0, 1, 1), (1, 1, 0, 1, 0)]
            ),
            "no pause": _draw([_ONES, _ONES], I=2, H=3),
        },
        wrong={
            "the mask is not used: the pauses are walked like steps": _masked_as(
                np.ones_like
            ),
            "the gradient ends at a pause: what a waiting state is told never reaches the step before": _walk_with(
                through=lambda v: v.da @ v.W
            ),
            "at a pause the own term alone is handed back; what had come from later is lost": _walk_with(
                through=lambda v: v.da @ v.W + (1 - v.m) * v.own
            ),
            "the mask is in dx alone: everything else was walked as if nobody had paused": lambda own, x, mask, *rest: (
                _walk(own, x, np.ones_like(mask), *rest)[0] * mask[..., None],
                *_walk(own, x, np.ones_like(mask), *rest)[1:],
            ),
            "a waiting state's own term is lost: it has a loss of its own, like any other": _walk_with(
                hear=lambda v: v.own * v.m + v.through
            ),
            "at a pause the gradient went through W and the slope; the state had waited there": _walk_with(
                da=lambda v: v.dh * v.slope,
                told=lambda v: v.da * v.m,
                through=lambda v: v.da @ v.W,
            ),
            "the pauses are in the parameters' gradients: x at a pause was not read": _walk_with(
                da=lambda v: v.dh * v.slope,
                through=_waits,
            ),
            "the pauses are in dx: x at a pause was not read, so its gradient is 0": lambda *given: (
                _walk_with(da=lambda v: v.dh * v.slope, through=_waits)(*given)[0],
                *paused_backward(*given)[1:],
            ),
            "the mask is the wrong way round": _masked_as(np.logical_not),
            "all columns wait when one of them does: a row of the mask has B entries": _masked_as(
                lambda mask: np.repeat(
                    mask.all(axis=1, keepdims=True), mask.shape[1], axis=1
                )
            ),
            "what goes through the cell and what waits are both passed on at every step": _walk_with(
                through=lambda v: v.da @ v.W + v.dh
            ),
            "the parameters' gradients are averaged over the steps that count; they are sums": _walk_with(
                scale=lambda v: 1 / v.mask.sum()
            ),
            **{words: _walk_with(**change) for words, change in _BETWEEN.items()},
        },
        hint="at a pause h_t is h_{t-1}: what is its derivative? One row may wait while another steps.",
    ),
    "walked_back": Exercise(
        solution=walked_back,
        cases={
            "five steps, three rows": _without_mask(_draw([(1,) * 5] * 3, I=2, H=4)),
            "three steps, one row": _without_mask(_draw([(1,) * 3])),
            "two steps, four rows": _without_mask(_draw([(1,) * 2] * 4)),
            "one step": _without_mask(_draw([(1,)] * 2)),
        },
        wrong={
            _DONE: faulty_walk,
            "the steps are joined right now; one array is still wrong when there are several rows": _plain_with(
                bias=_averaged
            ),
            "the batch is right now; from three steps on something is still lost between the steps": _plain_with(
                through=_own_handed_on
            ),
            "db_h is averaged over the steps now; it was over the rows before": _plain_with(
                bias=lambda db, T, B: db / T
            ),
            "db_h is averaged over steps and rows now": _plain_with(
                bias=lambda db, T, B: db / T / B
            ),
            "what is handed back has lost its slope: through W goes da_t, not dh_t": _plain_with(
                through=lambda v: v.dh @ v.W
            ),
            "what is handed back has the slope twice": _plain_with(
                through=lambda v: (v.da * v.slope) @ v.W
            ),
            **{words: _plain_with(**change) for words, change in _BETWEEN.items()},
        },
        hint="which arrays are right at T = 2 and wrong at T = 3? What has a share of B - 1 in B to do with a batch?",
    ),
    "gentle_loss": Exercise(
        solution=gentle,
        cases={
            "both signs": (np.array([[0.5, -1.5, 2.0], [-0.2, 3.0, -4.0]]),),
            "below zero": (np.array([-0.7, -2.5]),),
            "above zero": (np.array([0.3, 6.0, 1.1]),),
            "an error of zero": (np.array([1.2, 0.0, -0.8]),),
        },
        wrong={
            "the value is right; in the slopes |e| counts as a constant: its imaginary part has been lost": lambda e: (
                gentle(e)[0],
                2 * e / (1 + np.abs(e)),
            ),
            "in the slopes |e| counts twice: as a sign, a complex e / |e| moves with e": lambda e: (
                gentle(e)[0],
                2 * e / (1 + np.abs(e)) ** 2,
            ),
            "an error of 0 was divided by its own size, and 0/0 is no number": _slopes_of(
                lambda e: np.sum(e**2 / (1 + e * (e.real / np.abs(e.real))))
            ),
            "the bars are gone: below zero that is another function": _slopes_of(
                lambda e: np.sum(e**2 / (1 + e))
            ),
            "the sign is turned where e is above zero; it is below that |e| is -e": _slopes_of(
                lambda e: np.sum(e**2 / (1 + np.where(e.real > 0, -e, e)))
            ),
            "below zero the whole term has changed its sign; only |e| should": _slopes_of(
                lambda e: np.sum(
                    np.where(e.real < 0, -1, 1)
                    * e**2
                    / (1 + np.where(e.real < 0, -e, e))
                )
            ),
            "e**2 stands below as well: there it is |e|": _slopes_of(
                lambda e: np.sum(e**2 / (1 + e**2))
            ),
            "the square above is missing": _slopes_of(
                lambda e: np.sum(
                    np.where(e.real < 0, -e, e) / (1 + np.where(e.real < 0, -e, e))
                )
            ),
            "that is the mean; the sum is asked for": lambda e: tuple(
                part / e.size for part in gentle(e)
            ),
        },
        hint="which of abs, max, sqrt and where keep an imaginary part? Try each on -2 + 1e-30j.",
    ),
}
