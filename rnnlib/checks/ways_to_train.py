"""Right and wrong ways to step, to smooth, to stop and to score: what the exercises of chapter 13 ask for."""

import numpy as np


def training_step(params, grads, rate, max_norm):
    """Clip the list of gradients by the norm of all of them together, and step against it."""
    scale = min(1.0, max_norm / length(grads))
    return [theta - rate * scale * g for theta, g in zip(params, grads)]


def smoothed(losses, keep, start):
    """The running mean after each loss."""
    return running(losses, keep, start)


def rate_at(step, n_steps, peak, warm):
    """Up to the peak in ``warm`` steps, then down to zero in a straight line."""
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (n_steps - step) / (n_steps - warm)


def rising_too_long(step, n_steps, peak, warm):
    if step <= warm:
        return peak * (step + 1) / warm
    return rate_at(step, n_steps, peak, warm)


def zero_at_the_last(step, n_steps, peak, warm):
    if step < warm:
        return rate_at(step, n_steps, peak, warm)
    return peak * (n_steps - 1 - step) / (n_steps - 1 - warm)


def later_of_two(losses, patience):
    """A loss as low as the best one counts as a new best."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss <= losses[best]:
            best = epoch
        if epoch >= best + patience:
            return best, epoch
    return best, len(losses) - 1


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
    losses, _ = read_all(read, batches)
    return np.exp(np.concatenate(losses).mean())


def with_momentum(gradient, theta, rate, decay, n_steps):
    """Momentum from a velocity of zero; the parameters after the last step."""
    v = np.zeros_like(theta)
    for _ in range(n_steps):
        v = decay * v + gradient(theta)
        theta = theta - rate * v
    return theta


def length(grads):
    return np.sqrt(sum(np.sum(g * g) for g in grads))


def each_clipped(params, grads, rate, max_norm):
    return [
        training_step([theta], [g], rate, max_norm)[0]
        for theta, g in zip(params, grads)
    ]


def without_root(params, grads, rate, max_norm):
    scale = min(1.0, max_norm / length(grads) ** 2)
    return [theta - rate * scale * g for theta, g in zip(params, grads)]


def of_the_step(params, grads, rate, max_norm):
    return training_step(params, [rate * g for g in grads], 1.0, max_norm)


def always_scaled(params, grads, rate, max_norm):
    scale = max_norm / length(grads)
    return [theta - rate * scale * g for theta, g in zip(params, grads)]


def running(losses, keep, s):
    out = []
    for loss in losses:
        s = keep * s + (1 - keep) * loss
        out.append(s)
    return np.array(out)


def means(losses):
    return np.cumsum(losses) / np.arange(1, len(losses) + 1)


def rises(losses, patience):
    """Count rises in a row, not epochs without a new best."""
    best, rises = 0, 0
    for epoch in range(1, len(losses)):
        rises = rises + 1 if losses[epoch] > losses[epoch - 1] else 0
        if losses[epoch] < losses[best]:
            best = epoch
        if rises >= patience:
            return best, epoch
    return best, len(losses) - 1


def all_misses(losses, patience):
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


def read_all(read, batches, state=None):
    losses = []
    for x, y in batches:
        nats, state = read(x, y, state)
        losses.append(np.ravel(nats))
    return losses, state


def each_alone(read, batches):
    return [np.ravel(read(x, y, None)[0]) for x, y in batches]


def two_rounds(read, batches):
    """The state left at the end of the text is carried to its beginning."""
    _, state = read_all(read, batches)
    return np.exp(np.concatenate(read_all(read, batches, state)[0]).mean())


def first_state(read, batches):
    losses, state = read_all(read, batches[:1])
    losses += [np.ravel(read(x, y, state)[0]) for x, y in batches[1:]]
    return np.exp(np.concatenate(losses).mean())


def reader(x, y, state):
    """A model of a toy: how surprised it is depends on all that its column has read."""
    state = np.zeros(x.shape[1]) if state is None else state
    nats = []
    for x_t, y_t in zip(x, y):
        state = 0.6 * state + x_t
        nats.append(0.5 + (y_t - 0.4 * state) ** 2)
    return np.array(nats), state


def valley(theta):
    """The gradient of a long valley: one direction is much steeper than the others."""
    return np.array([5.0, 1.0, 0.3])[: len(theta)] * theta


def remade(gradient, theta, rate, decay, n_steps):
    for _ in range(n_steps):
        theta = theta - rate * gradient(theta)
    return theta


def momentum(gradient, theta, n_steps, after, move):
    """Momentum with another rule: ``after(v, g)`` is the new velocity, ``move(v_old, v_new)`` what is taken."""
    v = np.zeros_like(theta)
    for _ in range(n_steps):
        old, v = v, after(v, gradient(theta))
        theta = theta - move(old, v)
    return theta


def frozen(gradient, theta, rate, decay, n_steps):
    g = gradient(theta)
    return with_momentum(lambda _: g, theta, rate, decay, n_steps)
