"""Questions of homework 4, A training that diverges, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib.checks.core import Exercise

# 1. A cut at each page


def page_flow(pages, k):
    """Cut at the first step of each page, and after each k steps of a page."""
    flow, since = np.ones(len(pages)), 0
    for t in range(1, len(pages)):
        since = since + 1 if pages[t] == pages[t - 1] else 0
        if since % k == 0:
            flow[t] = 0
    return flow


def _new_page(pages):
    return np.concatenate([[False], pages[1:] != pages[:-1]])


def _flow_of(cuts):
    return np.where(cuts, 0.0, 1.0)


def _global_segments(pages, k):
    t = np.arange(len(pages))
    return (t > 0) & (t % k == 0)


def _moved(by):
    def flow(pages, k):
        right = page_flow(pages, k)
        moved = np.ones_like(right)
        for t in np.flatnonzero(right == 0):
            if 0 <= t + by < len(right):
                moved[t + by] = 0
        return moved

    return flow


def _only_upwards(pages, k):
    rises = np.concatenate([[0], np.cumsum(np.diff(pages) > 0)])
    return page_flow(rises, k)


def _short_first(pages, k):
    """Count the first step of a page as one that a segment has already had."""
    flow, since = np.ones(len(pages)), 1
    for t in range(1, len(pages)):
        new = pages[t] != pages[t - 1]
        since = 1 if new else since + 1
        if new or since % k == 0:
            flow[t] = 0
    return flow


def _never_reset(pages, k, at_border):
    """Go on counting over the borders of pages; ``at_border`` says what a page's first hour adds."""
    flow, since = np.ones(len(pages)), 0
    for t in range(1, len(pages)):
        new = pages[t] != pages[t - 1]
        since += at_border if new else 1
        if new:
            flow[t] = 0
        elif since >= k:
            flow[t], since = 0, 0
    return flow


def _first_too(pages, k):
    return np.concatenate([[0.0], page_flow(pages, k)[1:]])


PAGES = np.array([3, 3, 3, 3, 3, 1, 1, 1, 7, 7, 7, 7, 7, 7, 7, 2])
UNEVEN = np.array([4, 4, 9, 9, 9, 9, 9, 5, 5, 5, 6, 6, 6, 6])
ONE_PAGE = np.full(11, 8)

# 2. A threshold that follows


def _leaves(tree):
    if isinstance(tree, tuple | list):
        return [leaf for branch in tree for leaf in _leaves(branch)]
    return [tree]


def _scaled(tree, factor):
    if isinstance(tree, tuple | list):
        return tuple(_scaled(branch, factor) for branch in tree)
    return tree * factor


def _norm(tree):
    return np.sqrt(sum(np.sum(leaf**2) for leaf in _leaves(tree)))


def _finite(tree):
    return all(np.isfinite(leaf).all() for leaf in _leaves(tree))


def clip_by_recent(run, factor, n_recent):
    """Clip each gradient at factor times the median of the last norms before it."""
    return _recent(run, factor, n_recent)


@np.errstate(all="ignore")
def _recent(run, factor, n_recent, *, middle=np.median, after=False, own=False,
            always=False, skip=True, per_array=False, infinite=False,
            by_steps=False, shown_after=False, skips_counted=False, waits=False):  # fmt: skip
    clipped, norms, memory, n_clipped = [], [], [], 0
    for grads in run:
        norm = _norm(grads)
        if skip and not _finite(grads):
            clipped.append(None)
            norms.append(np.nan)
            memory += [np.inf] if infinite else [None] if by_steps else []
            n_clipped += skips_counted
            continue
        seen = [*memory, norm] if own else memory
        seen = [n for n in seen[-n_recent:] if n is not None]
        enough = len(seen) >= (n_recent if waits else 1)
        limit = factor * middle(seen) if enough else np.inf
        over = norm > limit or (always and enough)
        if per_array:
            grads = tuple(_each_alone(branch, limit) for branch in grads)
        elif over:
            grads = _scaled(grads, limit / norm)
        n_clipped += bool(over)
        clipped.append(grads)
        short = limit if over else norm
        memory.append(short if after else norm)
        norms.append(short if shown_after else norm)
    return clipped, np.array(norms), n_clipped


def _each_alone(tree, limit):
    if isinstance(tree, tuple):
        return tuple(_each_alone(branch, limit) for branch in tree)
    return tree * min(1.0, limit / _norm(tree))


def _with(**how):
    return lambda *given: _recent(*given, **how)


def _dropped(nones, nans):
    """Leave the skipped steps out of the list, of the norms, or of both."""

    def recent(run, factor, n_recent):
        clipped, norms, n_clipped = _recent(run, factor, n_recent)
        if nones:
            clipped = [grads for grads in clipped if grads is not None]
        return clipped, norms[~np.isnan(norms)] if nans else norms, n_clipped

    return recent


def _ever(run, factor, n_recent):
    return _recent(run, factor, len(run))


def _run(seed, sizes, broken=()):
    """Gradients of the given norms, each a tree of three arrays; some have a number that is not finite."""
    rng, run = np.random.default_rng(seed), []
    for size in sizes:
        tree = (
            rng.normal(size=(2, 3)),
            (2 * rng.normal(size=4), 0.3 * rng.normal(size=(3, 1))),
        )
        run.append(_scaled(tree, size / _norm(tree)))
    for step, number in broken:
        run[step][1][0][1] = number
    return run


LONG_RUN = _run(0, (2, 3, 7, 1.5, 4, 30, 2.5, 9, 1, 5), [(4, np.inf), (7, np.nan)])
EARLY = _run(1, (5, 4, 9, 3, 20, 6), [(0, np.nan), (3, -np.inf)])
CALM = _run(2, (1.0, 1.3, 1.1, 6, 0.7, 5, 1.2, 8))

# 3. Decay beside the gradient


def decayed_step(params, grads, means, squares, t, rate, decay):
    """A step of Adam; matrices also lose a share of themselves."""
    return _adamw(params, grads, means, squares, t, rate, decay)


DECAYS = {
    False: lambda theta: theta.ndim > 1,
    True: lambda theta: True,
    "only": lambda theta: theta.ndim == 1,
}


def _adamw(params, grads, means, squares, t, rate, decay, *, coupled=False,
           biases=False, by_rate=True, corrected=True, late=0, sign=1,
           moved=False, under=False, kept_corrected=False, rooted=True):  # fmt: skip
    out = [], [], []
    for theta, g, m, s in zip(params, grads, means, squares):
        share = decay if DECAYS[biases](theta) else 0.0
        if coupled:
            g, share = g + share * theta, 0.0
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        mean, square = m, s
        if corrected == "square":
            square = s / (1 - 0.999**t)
        elif corrected:
            mean, square = m / (1 - 0.9 ** (t + late)), s / (1 - 0.999 ** (t + late))
        root = np.sqrt(square + 1e-8) if under else np.sqrt(square) + 1e-8
        step = rate * mean / (root if rooted else square + 1e-8)
        loss = sign * (rate if by_rate else 1.0) * share
        theta = (theta - step) * (1 - loss) if moved else theta - step - loss * theta
        for column, array in zip(
            out, (theta, mean if kept_corrected else m, square if kept_corrected else s)
        ):
            column.append(array)
    return out


def _how(**how):
    return lambda *given: _adamw(*given, **how)


def _moments(seed, t, rate, decay, size=1.0):
    rng = np.random.default_rng(seed)
    shapes = (3, 4), (4,), (2, 3)
    params, grads, means, squares = (
        [rng.normal(size=shape) for shape in shapes] for _ in range(4)
    )
    grads = [size * g for g in grads]
    means = [0.3 * size * m for m in means]
    squares = [0.1 * size**2 * s**2 for s in squares]
    return params, grads, means, squares, t, rate, decay


# 4. The keeper's loop


def train_sluice(loss_and_grads, params, zero, windows, rate, max_norm, n_epochs):
    """Descend with the state carried through each epoch and the gradient clipped."""
    return _trained(
        loss_and_grads, params, zero, windows, rate, max_norm, n_epochs, "epoch"
    )


def _trained(loss_and_grads, params, zero, windows, rate, max_norm, n_epochs,
             fresh, clip="norm"):  # fmt: skip
    losses, norms, state = [], [], zero
    for _ in range(n_epochs):
        state = zero if fresh != "never" else state
        for x, y in windows:
            given = zero if fresh == "window" else state
            loss, state, grads = loss_and_grads(params, x, y, given)
            norm = _norm(grads)
            grads = CLIPS[clip](grads, norm, max_norm)
            params = tuple(p - rate * g for p, g in zip(params, grads))
            losses.append(loss)
            norms.append(_norm(grads) if clip == "shown" else norm)
    return params, np.array(losses), np.array(norms)


def _by_norm(grads, norm, max_norm):
    return _scaled(grads, min(1.0, max_norm / norm))


CLIPS = {
    "norm": _by_norm,
    "none": lambda grads, norm, max_norm: grads,
    "always": lambda grads, norm, max_norm: _scaled(grads, max_norm / norm),
    "value": lambda grads, norm, max_norm: tuple(
        np.clip(g, -max_norm, max_norm) for g in grads
    ),
    "each": lambda grads, norm, max_norm: _each_alone(grads, max_norm),
    "shown": _by_norm,
}


def _loop(fresh, clip="norm"):
    return lambda *given: _trained(*given, fresh, clip)


def _toy(params, x, y, state):
    """A linear cell and its squared error: loss, state after the window, gradients of W and b."""
    W, b = params
    states, loss = [state], 0.0
    for x_t, y_t in zip(x, y):
        states.append(W @ states[-1] + b + x_t)
        loss += np.sum((states[-1] - y_t) ** 2) / len(x)
    dW, db, dh = np.zeros_like(W), np.zeros_like(b), np.zeros_like(b)
    for t in reversed(range(len(x))):
        dh = dh + 2 * (states[t + 1] - y[t]) / len(x)
        dW, db, dh = dW + np.outer(dh, states[t]), db + dh, W.T @ dh
    return loss, states[-1], (dW, db)


def _sluice(seed, n_windows, T, H, rate, max_norm, n_epochs):
    rng = np.random.default_rng(seed)
    params = 0.5 * rng.normal(size=(H, H)), rng.normal(size=H)
    windows = [tuple(rng.normal(size=(2, T, H))) for _ in range(n_windows)]
    return _toy, params, 0.2 * rng.normal(size=H), windows, rate, max_norm, n_epochs


# 5. The price of a reset


def reset_price(k, p):
    """Nats per hour that no model can save when its state is reset every k hours."""
    return np.log(2) * np.mean((1 - p) ** np.arange(1, k + 1))


NAT = np.log(2)


def _price(first=1, unit=NAT, how=np.mean, flip=False):
    def price(k, p):
        unknown = (1 - p) ** np.arange(first, first + k)
        return unit * how(1 - unknown if flip else unknown)

    return price


# 6. The largest rate

T_CLIFF, W_TRUE, W_START = 10, 0.9, 1.2
PLAIN, CLIPPED = 2.0**-9, 2.0**-3  # of 2^0 .. 2^-15, with 2,000 steps
CURVATURE = (T_CLIFF * W_TRUE ** (T_CLIFF - 1)) ** 2
LIMIT = 2 / CURVATURE
START_CURVATURE = (
    T_CLIFF
    * W_START ** (T_CLIFF - 2)
    * ((2 * T_CLIFF - 1) * W_START**T_CLIFF - (T_CLIFF - 1) * W_TRUE**T_CLIFF)
)

EXERCISES: dict[str, Exercise] = {
    "page_flow": Exercise(
        solution=page_flow,
        cases={
            "four pages, k = 3": (PAGES, 3),
            "five pages, k = 2": (UNEVEN, 2),
            "one page, k = 4": (ONE_PAGE, 4),
            "pages shorter than k": (PAGES, 6),
        },
        wrong={
            "the segments are counted from the first step of all; each page begins its own count": lambda pages, k: (
                _flow_of(_global_segments(pages, k) | _new_page(pages))
            ),
            "the cuts between pages are there; inside a long page nothing is cut": lambda pages, k: (
                _flow_of(_new_page(pages))
            ),
            "segments of k steps, and the pages were not looked at": lambda pages, k: (
                _flow_of(_global_segments(pages, k))
            ),
            "segments from the first step of each page, and no cut between the pages": lambda pages, k: (
                np.where(_new_page(pages), 1.0, page_flow(pages, k))
            ),
            "each cut lies a step too early: flow[t] is a factor on what step t hands to step t - 1": _moved(
                -1
            ),
            "each cut lies a step too late: flow[t] is a factor on what step t hands to step t - 1": _moved(
                1
            ),
            "0 and 1 have changed places: a cut is where nothing passes": lambda pages, k: (
                1 - page_flow(pages, k)
            ),
            "the count of hours is not set back to 0 at a page's first hour": lambda pages, k: (
                _never_reset(pages, k, 1)
            ),
            "at a page's first hour the count stays where it was; it begins anew there": lambda pages, k: (
                _never_reset(pages, k, 0)
            ),
            "flow[0] is cut: before the first step there is no step to protect": _first_too,
            "a cut was made only where the page number rises; pages may be bound in any order": _only_upwards,
            "the first segment of each page has k - 1 steps: a page's own first hour is its hour 0": _short_first,
            "the segments inside a page have k + 1 steps": lambda pages, k: page_flow(
                pages, k + 1
            ),
        },
        hint="write down a row of page numbers, and below it how many steps of its page lie before each step. At which "
        "of these counts is there a cut?",
    ),
    "clip_by_recent": Exercise(
        solution=clip_by_recent,
        cases={
            "ten steps, two not finite": (LONG_RUN, 1.5, 3),
            "the first is not finite": (EARLY, 1.2, 2),
            "all finite": (CALM, 2.0, 4),
        },
        wrong={
            "each array has a norm and a factor of its own; the norm of a gradient is that of all its arrays": _with(
                per_array=True
            ),
            "the memory holds the norms after clipping; the threshold should follow what the gradients were": _with(
                after=True
            ),
            "a step's own norm is among those that make its threshold; only the steps before it count": _with(
                own=True
            ),
            "the mean of the last norms was taken; the median was asked for": _with(
                middle=np.mean
            ),
            "the threshold is made of all norms so far; only the last n_recent count": _ever,
            "short gradients were made longer: every one now has the length of the threshold": _with(
                always=True
            ),
            "a gradient that is not finite was used and remembered; it is to be skipped": _with(
                skip=False
            ),
            "a skipped gradient left its norm in the memory": _with(infinite=True),
            "a skipped step takes a place among the last n_recent; the last n_recent finite ones count": _with(
                by_steps=True
            ),
            "the norms are those after clipping; those before were asked for": _with(
                shown_after=True
            ),
            "norms were overwritten by clipping: both the memory and what is returned should hold those before": _with(
                after=True, shown_after=True
            ),
            "the skipped steps left no None: every step has a place in the list": _dropped(
                True, False
            ),
            "the skipped steps left no nan: every step has a place among the norms": _dropped(
                False, True
            ),
            "the skipped steps are in neither the list nor the norms; every step has a place in both": _dropped(
                True, True
            ),
            "nothing is clipped before there are n_recent norms; fewer are enough, take those that there are": _with(
                waits=True
            ),
            "of an even number of norms the upper middle one was taken; the median lies between the two": _with(
                middle=lambda norms: sorted(norms)[len(norms) // 2]
            ),
            "of an even number of norms the lower middle one was taken; the median lies between the two": _with(
                middle=lambda norms: sorted(norms)[(len(norms) - 1) // 2]
            ),
            "the skipped steps are counted as clipped": _with(skips_counted=True),
        },
        hint="one list of norms is carried through the loop. What enters it, when, and what is read from it?",
    ),
    "decayed_step": Exercise(
        solution=decayed_step,
        cases={
            "step 3": _moments(0, 3, 0.05, 0.2),
            "the first step": _moments(1, 1, 0.1, 0.5),
            "small gradients": _moments(2, 7, 0.02, 0.3, size=1e-4),
        },
        wrong={
            "the decay was added to the gradient, and went through Adam's memory; it stands beside": _how(
                coupled=True
            ),
            "the decay was added to the gradient, the biases' too; it stands beside, for matrices": _how(
                coupled=True, biases=True
            ),
            "the biases decay too; only arrays with two axes should": _how(biases=True),
            "the biases decay and the matrices do not; it should be the other way round": _how(
                biases="only"
            ),
            "the mean of the gradients is not corrected for its start at zero": _how(
                corrected="square"
            ),
            "the share that is lost is rate * decay; the rate is missing": _how(
                by_rate=False
            ),
            "the sign of the decay: the matrices grow": _how(sign=-1),
            "the decay takes its share after the step; it is a share of what was there before": _how(
                moved=True
            ),
            "the running means are not corrected for their start at zero": _how(
                corrected=False
            ),
            "the correction is one step late; the first step has t = 1": _how(late=1),
            "the small number stands under the root; here it stands beside": _how(
                under=True
            ),
            "the root is missing: the step is divided by the mean square": _how(
                rooted=False
            ),
            "the corrected means were returned; the memory holds those before the correction": _how(
                kept_corrected=True
            ),
        },
        hint="two things move an array: Adam's direction, and its own decay. Which of the two does the memory see?",
    ),
    "train_sluice": Exercise(
        solution=train_sluice,
        cases={
            "three windows, two epochs": _sluice(0, 3, 4, 2, 0.2, 0.8, 2),
            "four windows, three epochs": _sluice(1, 4, 3, 3, 0.1, 0.5, 3),
            "a high threshold": _sluice(2, 3, 3, 2, 0.02, 50.0, 2),
        },
        wrong={
            "nothing has changed: those are the numbers of the loop as Ruben left it": _loop(
                "window", "none"
            ),
            "the gradient is clipped now; the second fault is still there: which state is each window given?": _loop(
                "window"
            ),
            "the state is right now; the steps are as long as before: what is done with the result of clipping?": _loop(
                "epoch", "none"
            ),
            "clipped and carried, but the last state of an epoch goes into the next, where it does not belong": _loop(
                "never"
            ),
            "carried on even from epoch to epoch, and the steps are still as long as before": _loop(
                "never", "none"
            ),
            "the state is right; the gradient is now always rescaled, short ones too": _loop(
                "epoch", "always"
            ),
            "the gradient is now always rescaled, short ones too; and the state has not been mended": _loop(
                "window", "always"
            ),
            "the state is right; each number was cut on its own, which turns the gradient": _loop(
                "epoch", "value"
            ),
            "the state is right; each array was clipped by a norm of its own": _loop(
                "epoch", "each"
            ),
            "the loop is mended; the norms are now those after clipping, and the log needs those before": _loop(
                "epoch", "shown"
            ),
        },
        hint="there are two faults. For each name in the loop, ask when it gets its value, and who reads it.",
    ),
    "reset_price": Exercise(
        solution=reset_price,
        cases={
            "k = 12, p = 0.05": (12, 0.05),
            "k = 3, p = 0.4": (3, 0.4),
            "k = 1, p = 0.25": (1, 0.25),
        },
        wrong={
            "hour t has read t entries, its own among them; yours has read t - 1": _price(
                first=0
            ),
            "that is in bits; nats were asked for": _price(unit=1.0),
            "that is for the whole window; the price of an hour in the mean was asked for": _price(
                how=np.sum
            ),
            "that is the last hour of a window; the earlier ones cost more": _price(
                how=lambda unknown: unknown[-1]
            ),
            "that is for the hours that do know; they cost nothing": _price(flip=True),
            "that is a share of hours, each counted as a half; an hour that must guess costs ln 2": _price(
                unit=0.5
            ),
            "p and 1 - p have changed places": lambda k, p: reset_price(k, 1 - p),
        },
        hint="when does hour t of a window not know, and what does it then pay? Then the mean over t = 1, ..., k.",
    ),
    "largest_rates": Exercise(
        solution=[PLAIN, CLIPPED, LIMIT],
        wrong={
            "plain and clipped have changed places": [CLIPPED, PLAIN, LIMIT],
            "those are the smallest rates that fail; the largest that end right were asked for": [
                2 * PLAIN,
                2 * CLIPPED,
                LIMIT,
            ],
            "the first two are right; the third is 1 over the curvature: at that rate one step lands at the bottom": [
                PLAIN,
                CLIPPED,
                LIMIT / 2,
            ],
            "the first two are right; the third is the curvature itself": [
                PLAIN,
                CLIPPED,
                CURVATURE,
            ],
            "the first two are right; the third is the limit at the start, not at the bottom": [
                PLAIN,
                CLIPPED,
                2 / START_CURVATURE,
            ],
            "the first two are right; the third need not be one of RATES: it follows from the curvature": [
                PLAIN,
                CLIPPED,
                CLIPPED,
            ],
            "plain and clipped are the same: max_norm was not handed on": [
                PLAIN,
                PLAIN,
                LIMIT,
            ],
        },
        hint="try every rate of RATES with each of the two settings. For the third, see what chapter 13 says of a rate "
        "and the curvature of a valley.",
        tolerance=5e-4,
    ),
}
