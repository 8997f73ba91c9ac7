"""Ways back through a recurrent network with rules that can be exchanged, and other ways to slopes, right and wrong."""

from types import SimpleNamespace

import numpy as np


def draw(rng, T, B, I, H, start=1.0):
    """own, x, h_0, h, U, W of a network of T steps; start = 0 begins at zero."""
    own, x = rng.normal(size=(T, B, H)), rng.normal(size=(T, B, I))
    h_0 = start * rng.uniform(-1, 1, size=(B, H))
    U, W = 0.7 * rng.normal(size=(H, I)), 0.7 * rng.normal(size=(H, H))
    h, h_t = [], h_0
    for x_t in x:
        h_t = np.tanh(x_t @ U.T + h_t @ W.T)
        h.append(h_t)
    return own, x, h_0, np.array(h), U, W


def last_only(own, *rest):
    return np.where(np.arange(len(own))[:, None, None] == len(own) - 1, own, 0), *rest


def _cell(dh_t, x_t, h_prev, h_t, U, W, **changes):
    """The cell backwards, with some of its lines changed."""
    v = SimpleNamespace(dh=dh_t, x=x_t, h_prev=h_prev, h=h_t, U=U, W=W)
    lines = {
        "slope": lambda v: 1 - v.h**2,
        "da": lambda v: v.dh * v.slope,
        "dx": lambda v: v.da @ v.U,
        "dh_prev": lambda v: v.da @ v.W,
        "dU": lambda v: v.da.T @ v.x,
        "dW": lambda v: v.da.T @ v.h_prev,
        "db": lambda v: v.da.sum(axis=0),
    }
    for name, line in (lines | changes).items():
        setattr(v, name, line(v))
    return v.dx, v.dh_prev, v.dU, v.dW, v.db


def rnn_cell_backward(dh_t, x_t, h_prev, h_t, U, W):
    """One step back."""
    return _cell(dh_t, x_t, h_prev, h_t, U, W)


def cell_with(**changes):
    return lambda *arguments: _cell(*arguments, **changes)


def _walk(
    own,
    x,
    h_0,
    h,
    U,
    W,
    hear=None,
    before=None,
    add=True,
    end=None,
    keep=False,
    **changes,
):
    """The sequence backwards, with some of its rules changed."""
    hear = hear or (lambda own_t, through, last: own_t + through)
    before = np.concatenate([h_0[None], h[:-1]]) if before is None else before(h_0, h)
    dx, through, sums = [None] * len(x), np.zeros_like(h_0), (0.0, 0.0, 0.0)
    for t in reversed(range(len(x))):
        dh_t = hear(own[t], through, t == len(x) - 1)
        dx[t], back, *grads = _cell(dh_t, x[t], before[t], h[t], U, W, **changes)
        through = keep * through + back
        sums = [add * total + grad for total, grad in zip(sums, grads)]
    return np.array(dx), through if end is None else end(dh_t), *sums


def rnn_backward(own, x, h_0, h, U, W):
    """All steps back."""
    return _walk(own, x, h_0, h, U, W)


def walk_with(**changes):
    return lambda *arguments: _walk(*arguments, **changes)


def forwards(own, x, h_0, h, U, W):
    """From the first step to the last: what a step hands on goes the wrong way."""
    before = np.concatenate([h_0[None], h[:-1]])
    dx, through, sums = [], np.zeros_like(h_0), (0.0, 0.0, 0.0)
    for t in range(len(x)):
        dx_t, through, *grads = _cell(own[t] + through, x[t], before[t], h[t], U, W)
        dx.append(dx_t)
        sums = [total + grad for total, grad in zip(sums, grads)]
    return np.array(dx), through, *sums


def learned_start(own, h, W, sum_up=lambda dh_0: dh_0.sum(axis=0), stop=0, **changes):
    """The gradient of one h_0 that all sequences share."""
    through = np.zeros_like(own[0])
    for t in reversed(range(stop, len(h))):
        da_t = (own[t] + through) * changes.get("slope", lambda t: 1 - h[t] ** 2)(t)
        through = da_t @ (W.T if "turned" in changes else W)
    return sum_up(own[0] + through if stop else through)


def start_with(**changes):
    return lambda own, h, W: learned_start(own, h, W, **changes)


def overwritten(place):
    """One of the five is that of the first step, where the sum over the steps should stand."""

    def wrong(*arguments):
        found = list(rnn_backward(*arguments))
        found[place] = _walk(*arguments, add=False)[place]
        return tuple(found)

    return wrong


def dx_reversed(*arguments):
    dx, *rest = rnn_backward(*arguments)
    return dx[::-1], *rest


def central_difference(f, x, eps):
    """Move one number at a time, up and down."""
    return slopes(
        f, x, lambda moved, _: (moved(eps) - moved(-eps)) / (2 * eps), np.zeros(x.shape)
    )


def slopes(f, x, slope, out):
    x = x.copy()
    for place in np.ndindex(x.shape):

        def moved(step, place=place):
            before = x[place]
            x[place] = before + step
            value = f(x)
            x[place] = before
            return value

        out[place] = slope(moved, f)
    return out


def left_moved(f, x, eps):
    """Each number stays at x - eps after its turn."""
    x, out = x.copy(), np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        x[place] += eps
        up = f(x)
        x[place] -= 2 * eps
        out[place] = (up - f(x)) / (2 * eps)
    return out


def one_sided(f, x, step):
    return slopes(
        f, x, lambda moved, _: (moved(step) - moved(0)) / step, np.zeros(x.shape)
    )


def all_at_once(f, x, eps):
    return np.full(x.shape, (f(x + eps) - f(x - eps)) / (2 * eps))


def averaged_over_time(own, *rest):
    dx, dh_0, *grads = rnn_backward(own, *rest)
    return dx, dh_0, *(grad / len(own) for grad in grads)


def take_rule(G, ids, n_rows):
    """The gradient of the table: what each of its rows was told, added up."""
    dE = np.zeros((n_rows, G.shape[-1]))
    np.add.at(dE, ids, G)
    return dE


def last_wins(G, ids, n_rows):
    dE = np.zeros((n_rows, G.shape[-1]))
    for place in np.ndindex(ids.shape):
        dE[ids[place]] = G[place]
    return dE


def uses(ids, n_rows):
    return np.maximum(np.bincount(ids.ravel(), minlength=n_rows), 1)[:, None]


def linear_slope(w, u, x, h_0, lowered=1, first=1):
    """dh_T/dw of h_t = w h_{t-1} + u x_t."""
    T = len(x)
    paths = [(T - i) * w ** (T - i - lowered) * u * x[i - 1] for i in range(first, T)]
    return T * w ** (T - lowered) * h_0 + sum(paths)


def linear_states(w, u, x, h_0):
    h = [h_0]
    for x_t in x:
        h.append(w * h[-1] + u * x_t)
    return h
