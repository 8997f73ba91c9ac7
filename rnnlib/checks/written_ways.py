"""Ways to write, to score and to hand back in chapter 16: the right ones, and those that learners take."""

from collections import Counter
from functools import partial

import numpy as np

from rnnlib.losses import log_softmax


def writer(seed: int, n_tokens: int = 5, n_hidden: int = 4):
    """Return a step function (token, state) -> (log_p, state) of a small random network, and its first state."""
    rng = np.random.default_rng(seed)
    E = rng.normal(size=(n_tokens, n_hidden))
    W = rng.normal(size=(n_hidden, n_hidden))
    V = 1.5 * rng.normal(size=(n_tokens, n_hidden))

    def step(token, state):
        state = np.tanh(E[token] + W @ state)
        return log_softmax(V @ state), state

    return step, rng.normal(size=n_hidden)


def tree(token, state):
    """Return the log probabilities of a small language: 0 start, 1 stop, 2 and 3 words; the state is what was said."""
    said = (*state, token)
    chances = {
        (0,): [0.0, 0.0, 0.6, 0.4],
        (0, 2): [0.0, 0.1, 0.5, 0.4],
        (0, 3): [0.0, 0.9, 0.1, 0.0],
    }.get(said, [0.0, 0.8, 0.2, 0.0])
    with np.errstate(divide="ignore"):
        return np.log(chances), said


def spoken(said, chances):
    """Return the log probabilities of the next word, and what was said; what is not listed stops."""
    with np.errstate(divide="ignore"):
        return np.log(chances.get(said, [0.0, 1.0, 0.0, 0.0])), said


def promising(token, state):
    """A language with a likely beginning of three words, when two targets are finished already."""
    chances = {(0,): [0.0, 0.4, 0.6, 0.0], (0, 2): [0.0, 0.1, 0.05, 0.85]}
    return spoken((*state, token), chances)


def misleading(token, state):
    """The same, but that beginning leads to nothing sure."""
    chances = {
        (0,): [0.0, 0.4, 0.6, 0.0],
        (0, 2): [0.0, 0.1, 0.05, 0.85],
        (0, 2, 3): [0.0, 0.4, 0.3, 0.3],
    }
    return spoken((*state, token), chances)


def read_at_end(h, lengths):
    return h[lengths - 1, np.arange(len(lengths))]


def bridge_backward(dx, n_embed):
    return dx[:, :, n_embed:].sum(axis=0)


def write_greedy(step, state, start, stop, max_steps):
    written, token = [], start
    for _ in range(max_steps):
        log_p, state = step(token, state)
        token = int(np.argmax(log_p))
        if token == stop:
            break
        written.append(token)
    return written


def without_state(step, state, start, stop, max_steps):
    return write_greedy(
        lambda token, _: (step(token, state)[0], None), state, start, stop, max_steps
    )


def always_start(step, state, start, stop, max_steps):
    return write_greedy(
        lambda _, state: step(start, state), state, start, stop, max_steps
    )


def with_stop(step, state, start, stop, max_steps):
    short = write_greedy(step, state, start, stop, max_steps)
    return short if len(short) == max_steps else [*short, stop]


def never_stop(step, state, start, stop, max_steps):
    return write_greedy(step, state, start, -1, max_steps)


def beams(
    step,
    state,
    start,
    stop,
    max_steps,
    width,
    *,
    power=0,
    lost=False,
    last=False,
    late=False,
    endless=False,
    thrown=False,
    shrinking=False,
):
    """Beam search, and ways to spoil it."""
    alive, finished = [(0.0, [], start, state)], []
    for _ in range(max_steps):
        grown = []
        for total, ids, token, before in alive:
            log_p, after = step(token, before)
            grown += [
                ((0 if last else total) + log_p[v], ids, v, after)
                for v in range(len(log_p))
            ]
        grown.sort(key=lambda g: -g[0])
        grown = grown[: width - shrinking * len(finished)]
        if lost:  # the states stay in their rows while the beginnings move
            grown = [
                (*g[:3], grown[min(i, len(alive) - 1)][3]) for i, g in enumerate(grown)
            ]
        finished += [(total, ids) for total, ids, v, _ in grown if v == stop]
        alive = [
            (total, [*ids, v], v, after) for total, ids, v, after in grown if v != stop
        ]
        if not alive or (len(finished) >= width and not endless):
            alive = alive if late else []
            break
    if not thrown:
        finished += [(total, ids) for total, ids, *_ in alive]
    return max(finished, key=lambda f: f[0] / (len(f[1]) + 1) ** power)[1]


def write_beam(step, state, start, stop, max_steps, width):
    return beams(step, state, start, stop, max_steps, width)


def first_finished(step, state, start, stop, max_steps, width):
    """Stop as soon as one target is finished."""
    for steps in range(1, max_steps + 1):
        alive, found = [(0.0, [], start, state)], None
        for _ in range(steps):
            grown = []
            for total, ids, token, before in alive:
                log_p, after = step(token, before)
                grown += [(total + log_p[v], ids, v, after) for v in range(len(log_p))]
            grown = sorted(grown, key=lambda g: -g[0])[:width]
            done = [ids for _, ids, v, _ in grown if v == stop]
            if done:
                return done[0]
            alive = [(total, [*ids, v], v, after) for total, ids, v, after in grown]
            found = alive[0][1]
    return found


def greedy_each(step, state, start, stop, max_steps, width):
    """Take the likeliest first tokens, and go on from each greedily."""
    log_p, after = step(start, state)
    best = (-np.inf, [])
    for first in np.argsort(-log_p, kind="stable")[:width]:
        if first == stop:
            best = max(best, (log_p[first], []))
            continue
        rest = write_greedy(step, after, int(first), stop, max_steps - 1)
        total, state_now, token = log_p[first], after, int(first)
        ends = [stop] if len(rest) < max_steps - 1 else []
        for v in [*rest, *ends]:
            scores, state_now = step(token, state_now)
            total, token = total + scores[v], v
        best = max(best, (total, [int(first), *rest]))
    return best[1]


def edit_distance(a, b, replace=1, insert=1):
    row = [j * insert for j in range(len(b) + 1)]
    for i, x in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            ways = row[j] + 1, row[j - 1] + insert, last + replace * (x != y)
            last, row[j] = row[j], min(ways)
    return row[-1]


def place_by_place(a, b):
    return sum(x != y for x, y in zip(a, b)) + abs(len(a) - len(b))


def without_borders(a, b):
    """Begin the table's first row and column with zeros."""
    row = [0] * (len(b) + 1)
    for x in a:
        last, row[0] = row[0], 0
        for j, y in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def grams(tokens, n):
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def clipped_matches(candidate, reference, n):
    mine, theirs = grams(candidate, n), grams(reference, n)
    return [sum((mine & theirs).values()), sum(mine.values())]


def unclipped(candidate, reference, n):
    mine, theirs = grams(candidate, n), grams(reference, n)
    return [sum(mine[g] for g in mine if g in theirs), sum(mine.values())]


def as_sets(candidate, reference, n):
    mine, theirs = grams(candidate, n), grams(reference, n)
    return [len(set(mine) & set(theirs)), len(mine)]


def turn_round(ids, lengths):
    turned = ids.copy()
    for b, n in enumerate(lengths):
        turned[:n, b] = ids[:n, b][::-1]
    return turned


def one_off(ids, lengths, by):
    """Turn one step too few or too many of each row."""
    return turn_round(ids, np.clip(lengths + by, 1, len(ids)))


too_few, too_many = partial(one_off, by=-1), partial(one_off, by=1)
