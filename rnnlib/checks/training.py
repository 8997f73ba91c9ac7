"""Exercises of chapter 13, Training a language model."""

import numpy as np

from rnnlib.checks.core import Exercise

_rng = np.random.default_rng(13)

_theta = [_rng.normal(size=(3, 2)), _rng.normal(size=4)]
_large = [_rng.normal(size=(3, 2)) * 3, _rng.normal(size=4) * 0.2]
_small = [_rng.normal(size=(3, 2)) * 0.1, _rng.normal(size=4) * 0.1]
_lone = [np.array([0.3, -4.0, 1.2])]

_falling = 3.3 - np.linspace(0, 1.1, 9) + _rng.normal(size=9) * 0.2
_two = np.array([2.0, 4.0])

_bumpy = np.array([2.9, 2.4, 2.5, 2.3, 2.35, 2.31, 2.4, 1.9, 1.8])
_steady = np.array([2.9, 2.5, 2.2, 2.1])
_turning = np.array([2.6, 2.2, 2.0, 2.1, 2.05, 2.02, 2.2])
_rough = np.array([2.0, 2.1, 2.05, 1.9, 2.0, 1.95, 1.97, 1.5])

_moving = [_rng.normal(size=2), _rng.normal(size=3)]


def training_step(params, grads, rate, max_norm):
    """Clip the list of gradients by the norm of all of them together, and step against it."""
    norm = _norm(grads)
    scale = min(1.0, max_norm / norm)
    return [theta - rate * scale * g for theta, g in zip(params, grads)]


def smoothed(losses, keep, start):
    """The running mean after each loss."""
    return _running(losses, keep, start)


def rate_at(step, n_steps, peak, warm):
    """Up to the peak in ``warm`` steps, then down to zero in a straight line."""
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (n_steps - step) / (n_steps - warm)


def early_stop(losses, patience):
    """The epoch to keep, and the epoch after which the run stops."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return best, epoch
    return best, len(losses) - 1


def carried_perplexity(read, batches):
    """The perplexity of a text read in batches, the state of each carried into the next."""
    losses, _ = _read_all(read, batches)
    return np.exp(np.concatenate(losses).mean())


def with_momentum(gradient, theta, rate, decay, n_steps):
    """Momentum from a velocity of zero; the parameters after the last step."""
    v = np.zeros_like(theta)
    for _ in range(n_steps):
        v = decay * v + gradient(theta)
        theta = theta - rate * v
    return theta


def _norm(grads):
    return np.sqrt(sum(np.sum(g * g) for g in grads))


def _each_clipped(params, grads, rate, max_norm):
    return [
        training_step([theta], [g], rate, max_norm)[0]
        for theta, g in zip(params, grads)
    ]


def _without_root(params, grads, rate, max_norm):
    scale = min(1.0, max_norm / _norm(grads) ** 2)
    return [theta - rate * scale * g for theta, g in zip(params, grads)]


def _of_the_step(params, grads, rate, max_norm):
    return training_step(params, [rate * g for g in grads], 1.0, max_norm)


def _always_scaled(params, grads, rate, max_norm):
    scale = max_norm / _norm(grads)
    return [theta - rate * scale * g for theta, g in zip(params, grads)]


def _running(losses, keep, s):
    out = []
    for loss in losses:
        s = keep * s + (1 - keep) * loss
        out.append(s)
    return np.array(out)


def _means(losses):
    return np.cumsum(losses) / np.arange(1, len(losses) + 1)


def _rises(losses, patience):
    """Count rises in a row, not epochs without a new best."""
    best, rises = 0, 0
    for epoch in range(1, len(losses)):
        rises = rises + 1 if losses[epoch] > losses[epoch - 1] else 0
        if losses[epoch] < losses[best]:
            best = epoch
        if rises >= patience:
            return best, epoch
    return best, len(losses) - 1


def _all_misses(losses, patience):
    """Count every epoch without a new best, also those before the last best."""
    best, misses = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        else:
            misses += 1
        if misses >= patience:
            return best, epoch
    return best, len(losses) - 1


def _read_all(read, batches, state=None):
    losses = []
    for x, y in batches:
        nats, state = read(x, y, state)
        losses.append(np.ravel(nats))
    return losses, state


def _each_alone(read, batches):
    return [np.ravel(read(x, y, None)[0]) for x, y in batches]


def _two_rounds(read, batches):
    """The state left at the end of the text is carried to its beginning."""
    _, state = _read_all(read, batches)
    return np.exp(np.concatenate(_read_all(read, batches, state)[0]).mean())


def _first_state(read, batches):
    losses, state = _read_all(read, batches[:1])
    losses += [np.ravel(read(x, y, state)[0]) for x, y in batches[1:]]
    return np.exp(np.concatenate(losses).mean())


def _reader(x, y, state):
    """A model of a toy: how surprised it is depends on all that its column has read."""
    state = np.zeros(x.shape[1]) if state is None else state
    nats = []
    for x_t, y_t in zip(x, y):
        state = 0.6 * state + x_t
        nats.append(0.5 + (y_t - 0.4 * state) ** 2)
    return np.array(nats), state


def _text(*sizes):
    return [
        (_rng.integers(4, size=(n, 3)), _rng.integers(4, size=(n, 3))) for n in sizes
    ]


def _valley(theta):
    """The gradient of a long valley: one direction is much steeper than the others."""
    return np.array([5.0, 1.0, 0.3])[: len(theta)] * theta


def _remade(gradient, theta, rate, decay, n_steps):
    for _ in range(n_steps):
        theta = theta - rate * gradient(theta)
    return theta


def _momentum(gradient, theta, n_steps, after, move):
    """Momentum with another rule: ``after(v, g)`` is the new velocity, ``move(v_old, v_new)`` what is taken."""
    v = np.zeros_like(theta)
    for _ in range(n_steps):
        old, v = v, after(v, gradient(theta))
        theta = theta - move(old, v)
    return theta


def _frozen(gradient, theta, rate, decay, n_steps):
    g = gradient(theta)
    return with_momentum(lambda _: g, theta, rate, decay, n_steps)


EXERCISES: dict[str, Exercise] = {
    "training_step": Exercise(
        solution=training_step,
        cases={
            "a large gradient": (_theta, _large, 0.1, 1.0),
            "a small gradient": (_theta, _small, 0.5, 5.0),
            "one array": ([np.array([1.0, 2.0, -1.0])], _lone, 0.3, 0.5),
        },
        wrong={
            "the step goes with the gradient: the loss would rise": lambda p, g, r, m: (
                training_step(p, g, -r, m)
            ),
            "each array was clipped by its own norm; one norm is over all of them": _each_clipped,
            "each number was cut by itself: the direction has changed": lambda p, g, r, m: [
                theta - r * np.clip(d, -m, m) for theta, d in zip(p, g)
            ],
            "nothing was clipped": lambda p, g, r, m: training_step(p, g, r, np.inf),
            "small gradients were made longer; only long ones are rescaled": _always_scaled,
            "the rate is missing": lambda p, g, r, m: training_step(p, g, 1.0, m),
            "the step was clipped, rate and all; clip the gradient": _of_the_step,
            "the norm is a root: that is the sum of squares": _without_root,
        },
        hint="norm = sqrt of the sum of all squares of all arrays; scale = min(1, max_norm / norm).",
    ),
    "smoothed": Exercise(
        solution=smoothed,
        cases={
            "nine losses": (_falling, 0.9, 3.3),
            "two losses": (_two, 0.75, 5.0),
            "hardly smoothed": (_falling[:4], 0.2, 2.0),
        },
        wrong={
            "the two weights have changed places": lambda x, k, s: _running(
                x, 1 - k, s
            ),
            "the start is missing: it began at zero": lambda x, k, s: _running(
                x, k, 0.0
            ),
            "the start is missing: it began at the first loss": lambda x, k, s: (
                _running(x, k, x[0])
            ),
            "the value was noted before its loss was mixed in": lambda x, k, s: (
                np.append(s, _running(x, k, s)[:-1])
            ),
            "the new loss has its full weight: times 1 - keep": lambda x, k, s: (
                _running(np.asarray(x) / (1 - k), k, s)
            ),
            "that is the mean of all losses so far": lambda x, k, s: _means(x),
        },
        hint="s = keep * s + (1 - keep) * loss, noted after each loss.",
    ),
    "rate_at": Exercise(
        solution=rate_at,
        cases={
            "the first step": (0, 90, 0.02, 8),
            "on the way up": (5, 90, 0.02, 8),
            "the last step of the rise": (7, 90, 0.02, 8),
            "the first step of the fall": (8, 90, 0.02, 8),
            "on the way down": (61, 90, 0.02, 8),
            "the last step": (89, 90, 0.02, 8),
        },
        wrong={
            "the rise begins at a rate of zero: the first step does nothing": lambda t, n, p, w: (
                p * t / w if t < w else rate_at(t, n, p, w)
            ),
            "there is no rise": lambda t, n, p, w: p * (n - t) / n,
            "the rate never falls": lambda t, n, p, w: min(p, p * (t + 1) / w),
            "the fall is reckoned from step 0: the rate jumps where the rise ends": lambda t, n, p, w: (
                rate_at(t, n, p, w) if t < w else p * (n - t) / n
            ),
            "the fall takes n_steps steps after the rise, and is not over at the end": lambda t, n, p, w: (
                rate_at(t, n, p, w) if t < w else p * (1 - (t - w) / n)
            ),
            "the fall is a cosine; a straight line was asked for": lambda t, n, p, w: (
                rate_at(t, n, p, w)
                if t < w
                else p * (1 + np.cos(np.pi * (t - w) / (n - w))) / 2
            ),
        },
        hint="two cases: step < warm, and the rest, in which n_steps - warm steps go from the peak to zero.",
    ),
    "early_stop": Exercise(
        solution=early_stop,
        cases={
            "a bump, then a stop": (_bumpy, 3),
            "no stop at all": (_steady, 2),
            "not a rise in a row": (_turning, 3),
            "misses before a new best": (_rough, 4),
            "little patience": (_bumpy, 1),
        },
        wrong={
            "the last epoch was kept; keep the best": lambda x, p: (
                early_stop(x, p)[1],
                early_stop(x, p)[1],
            ),
            "it stopped one epoch too late": lambda x, p: early_stop(x, p + 1),
            "it counts rises in a row; count epochs without a new best": _rises,
            "the count is not set back to zero by a new best": _all_misses,
            "it looks at epochs after the stop, which were never trained": lambda x, p: (
                int(np.argmin(x)),
                early_stop(x, p)[1],
            ),
            "it never stops": lambda x, p: (int(np.argmin(x)), len(x) - 1),
            "the two numbers have changed places": lambda x, p: early_stop(x, p)[::-1],
            "epochs are counted from 0": lambda x, p: tuple(
                e + 1 for e in early_stop(x, p)
            ),
        },
        hint="keep the number of the best epoch; stop as soon as epoch - best reaches the patience.",
    ),
    "n_parameters": Exercise(
        solution=7712,
        wrong={
            "the bias of the output layer is missing": 7712 - 40,
            "the bias of the hidden layer is missing": 7712 - 56,
            "both biases are missing": 7712 - 96,
            "the output layer is missing": 2240 + 3136 + 56,
            "the matrix from hidden to hidden is missing": 7712 - 3136,
            "two biases in the hidden layer, as PyTorch keeps them; here it has one": 7712
            + 56,
            "the input matrix is missing: reading a row of U is multiplying by it": 7712
            - 2240,
        },
        hint="three matrices and two biases.",
    ),
    "carried_perplexity": Exercise(
        solution=carried_perplexity,
        cases={
            "three batches": (_reader, _text(4, 4, 4)),
            "a short last batch": (_reader, _text(5, 5, 2)),
            "one batch": (_reader, _text(4)),
        },
        wrong={
            "the state was reset at each batch": lambda read, b: np.exp(
                np.concatenate(_each_alone(read, b)).mean()
            ),
            "the state after the first batch was used for all the others": _first_state,
            "each batch counted alike, whatever its size": lambda read, b: np.exp(
                np.mean([nats.mean() for nats in _read_all(read, b)[0]])
            ),
            "that is the mean of the batches' perplexities: average first, exp last": lambda read, b: (
                np.mean([np.exp(nats.mean()) for nats in _read_all(read, b)[0]])
            ),
            "the exponential is missing": lambda read, b: np.concatenate(
                _read_all(read, b)[0]
            ).mean(),
            "only the last batch was scored": lambda read, b: np.exp(
                _read_all(read, b)[0][-1].mean()
            ),
            "the state at the end of the text was carried to its beginning": _two_rounds,
        },
        hint="begin with None, hand on the state that read returns, put all losses in one row.",
    ),
    "with_momentum": Exercise(
        solution=with_momentum,
        cases={
            "two parameters": (_valley, _moving[0], 0.05, 0.9, 6),
            "three parameters": (_valley, _moving[1], 0.1, 0.5, 4),
            "one step": (_valley, _moving[1], 0.1, 0.9, 1),
        },
        wrong={
            "the velocity is made anew at each step: that is plain gradient descent": _remade,
            "the velocity never fades: the decay is missing": lambda f, x, r, d, n: (
                with_momentum(f, x, r, 1.0, n)
            ),
            "the gradient has the weight 1 - decay; here it has its full weight": lambda f, x, r, d, n: (
                with_momentum(f, x, r * (1 - d), d, n)
            ),
            "the velocity of the step before was used": lambda f, x, r, d, n: _momentum(
                f, x, n, lambda v, g: d * v + g, lambda old, new: r * old
            ),
            "the step goes with the gradient": lambda f, x, r, d, n: with_momentum(
                f, x, -r, d, n
            ),
            "one step too many": lambda f, x, r, d, n: with_momentum(f, x, r, d, n + 1),
            "the gradient was asked for once, before the loop": _frozen,
        },
        hint="what must survive from one step to the next? Make it before the loop.",
    ),
}
