"""Questions of homework 5, From one sequence to another, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib.checks.core import Exercise

# 1. What is fed, what is wanted


def lesson(ids, lengths, begin, end):
    """Fed: begin and all but the last row. Wanted: the ids. What counts: as many as each column is long."""
    return _moved_on(ids, begin), ids.copy(), _counting(ids, lengths)


def _moved_on(ids, begin):
    return np.concatenate([np.full_like(ids[:1], begin), ids[:-1]])


def _written_over(ids, begin):
    fed = ids.copy()
    fed[0] = begin
    return fed


def _ahead(ids, end):
    return np.concatenate([ids[1:], np.full_like(ids[:1], end)])


def _counting(ids, lengths):
    return np.arange(len(ids))[:, None] < lengths


def _lesson(fed, mask):
    def wrong(ids, lengths, begin, end):
        return FED[fed](ids, begin, end), ids.copy(), MASKS[mask](ids, lengths, end)

    return wrong


FED = {
    "right": lambda ids, begin, end: _moved_on(ids, begin),
    "over": lambda ids, begin, end: _written_over(ids, begin),
    "ahead": lambda ids, begin, end: _ahead(ids, end),
    "ahead, begin": lambda ids, begin, end: _written_over(_ahead(ids, end), begin),
    "rolled ahead": lambda ids, begin, end: _written_over(
        np.roll(ids, -1, axis=0), begin
    ),
    "same": lambda ids, begin, end: ids.copy(),
    "rolled": lambda ids, begin, end: np.roll(ids, 1, axis=0),
}
MASKS = {
    "right": lambda ids, lengths, end: _counting(ids, lengths),
    "no end": lambda ids, lengths, end: ids != end,
    "all": lambda ids, lengths, end: np.ones(ids.shape, dtype=bool),
    "one more": lambda ids, lengths, end: _counting(ids, lengths + 1),
}


def _both_moved(ids, lengths, begin, end):
    return _moved_on(ids, begin), _ahead(ids, end), _counting(ids, lengths)


def _wanted_moved(ids, lengths, begin, end):
    return _written_over(ids, begin), _ahead(ids, end), _counting(ids, lengths)


def _columns(seed, lengths, n_tokens, begin, end):
    rng = np.random.default_rng(seed)
    lengths = np.array(lengths)
    ids = np.full((lengths.max(), len(lengths)), end)
    for b, n in enumerate(lengths):
        ids[: n - 1, b] = rng.integers(2, n_tokens, size=n - 1)
    return ids, lengths, begin, end


# 2. Every order counts alike


def order_loss(o, wanted, lengths):
    """The mean over orders of each order's mean nats per token, and its gradient."""
    return _weighted(o, wanted, lengths)


def _each_order(mask, lengths):
    return mask / lengths / len(lengths)


def _weighted(o, wanted, lengths, weights=_each_order, others=None, way="whole",
              bare=False):  # fmt: skip
    mask = np.arange(len(o))[:, None] < lengths
    top = o if bare else o - o.max(axis=2, keepdims=True)
    log_p = top - np.log(np.exp(top).sum(axis=2, keepdims=True))
    y = np.eye(o.shape[2])[wanted]
    loss = -(weights(mask, lengths) * (log_p * y).sum(axis=2)).sum()
    do = {
        "whole": np.exp(log_p) - y,
        "true only": (np.exp(log_p) - 1) * y,
        "turned": y - np.exp(log_p),
    }[way]
    return loss, do * (others or weights)(mask, lengths)[:, :, None]


def _loss(**how):
    return lambda *given: _weighted(*given, **how)


def _logits(seed, lengths, V, size=2):
    rng = np.random.default_rng(seed)
    lengths = np.array(lengths)
    shape = lengths.max(), len(lengths)
    return size * rng.normal(size=(*shape, V)), rng.integers(V, size=shape), lengths


# 3. Back over a bridge


def bridge_gradients(dg_0, dx, g_0, c, M, n_embed):
    """The context is heard twice: through the bridge, and beside each token."""
    return _bridge(dg_0, dx, g_0, c, M, n_embed)


def _bridge(dg_0, dx, g_0, c, M, n_embed, *, state=True, steps=True, slope=True,
            how=np.sum, take=slice(None), mean=False, first=False, turned=False,
            bare_bias=False, bare_context=False, bare_M=False, mean_M=False,
            twice=False):  # fmt: skip
    g_0 = np.tanh(g_0) if twice else g_0
    da = dg_0 * (1 - g_0**2) if slope else dg_0
    shown = dx[:, :, : c.shape[1]] if first else dx[:, :, n_embed:]
    dc = how(shown[take], axis=0) if steps else np.zeros_like(c)
    dc = dc + (dg_0 if bare_context else da) @ M if state else dc
    dM = c.T @ da if turned else (dg_0 if bare_M else da).T @ c
    dM = dM / len(c) if mean_M else dM
    db = (dg_0 if bare_bias else da).sum(axis=0)
    return dc, dM, db / len(c) if mean else db


def _crossed(**how):
    return lambda *given: _bridge(*given, **how)


def _over(seed, T, B, D, H, K):
    rng = np.random.default_rng(seed)
    shapes = (B, K), (T, B, D + H), (B, H), (K, H)
    dg_0, dx, c, M = (rng.normal(size=shape) for shape in shapes)
    return dg_0, dx, np.tanh(c @ M.T + rng.normal(size=K)), c, M, D


# 4. Until all have ended


def write_all(step, state, begin, end, max_steps):
    """Greedy for a batch; a row that has ended leaves it."""
    return _written(step, state, begin, end, max_steps)


def _written(step, state, begin, end, max_steps, *, keep_end=False, first=False,
             together=False, stuck=False, packed=None, same_token=False,
             stops="ended", ended_by_place=False):  # fmt: skip
    n = len(state)
    rows, tokens = np.arange(n), np.full(n, begin)
    written, ended = [[begin] if first else [] for _ in range(n)], np.zeros(n, bool)
    for _ in range(max_steps):
        fed = np.full(len(rows), begin) if same_token else tokens
        log_p, after = step(fed, state)
        tokens = np.argmax(log_p, axis=1)
        going = tokens != end
        said = tokens if packed != "after" else tokens[going]
        for place, (row, token) in enumerate(zip(rows, said)):
            if token != end or keep_end:
                written[place if packed else row].append(int(token))
        ended[np.flatnonzero(~going) if ended_by_place else rows[~going]] = True
        if together and not going.all():
            break
        state = (state if stuck else after)[going]
        rows, tokens = rows[going], tokens[going]
        if not len(rows):
            break
    return written, {
        "ended": ended,
        "running": ~ended,
        "all": np.ones(n, bool),
    }[stops]


def _writes(**how):
    return lambda *given: _written(*given, **how)


def _one_call_less(step, state, begin, end, max_steps):
    return _written(step, state, begin, end, max_steps - 1)


V, END = 6, 1


def _speaker(seed, n_scripts, longest, max_steps):
    """A decoder made by hand that refuses rows which have ended, lone rows, and calls too many.

    A state is (script, place, calls so far, has this row ended, how many rows are writing); what is likely depends on
    the first two and on what is fed.
    """
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n_scripts, longest, V))
    table[:, :, 0] -= 9  # the begin token is fed and never written
    habit = 0.8 * rng.normal(size=(V, V))

    def step(tokens, state):
        tokens, state = np.asarray(tokens), np.asarray(state)
        if tokens.shape != state.shape[:1]:
            raise ValueError(
                f"{tokens.shape} tokens were fed with the states of {len(state)} rows"
            )
        if not len(tokens):
            raise ValueError("step was called with no row left")
        if (tokens == END).any():
            raise ValueError(
                "a row that has ended was fed its end; it should have left"
            )
        script, place, calls, ended, writing = state.T
        if ended.any():
            raise ValueError("a row that has ended was fed again; it should have left")
        if (writing > len(tokens)).any():
            raise ValueError(
                f"{len(tokens)} of {writing.max()} rows that still write were fed; all go in one call"
            )
        if (calls >= max_steps).any():
            raise ValueError(f"step was called more than {max_steps} times")
        log_p = table[script, place % longest] + habit[tokens]
        log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        ends = log_p.argmax(axis=1) == END
        left = np.full(len(ends), (~ends).sum())
        after = script, place + 1 + tokens % 2, calls + 1, 1 * ends, left
        return log_p, np.stack(after, axis=1)

    return step


def _start(scripts):
    state = np.zeros((len(scripts), 5), dtype=int)
    state[:, 0], state[:, 4] = scripts, len(scripts)
    return state


# 5. Where it goes wrong


def errors_by_place(written, wanted):
    """The share of wrong tokens at each place, and the share of orders that are right as a whole."""
    return _by_place(written, wanted)


def _by_place(written, wanted, *, over="long enough", missing=True, flip=False,
              whole="equal", from_first=False):  # fmt: skip
    T = max(len(row) for row in wanted)
    wrong, count = np.zeros(T), np.zeros(T)
    for mine, theirs in zip(written, wanted):
        astray = False
        for j, token in enumerate(theirs):
            there = j < len(mine)
            if not there and not missing:
                continue
            astray = (from_first and astray) or (
                mine[j] != token if there else missing != "right"
            )
            wrong[j] += astray
            count[j] += 1
    share = wrong / (len(wanted) if over == "all" else np.maximum(count, 1))
    pairs = list(zip(written, wanted))
    exact = {
        "equal": np.mean([list(a) == list(b) for a, b in pairs]),
        "beginning": np.mean([list(a)[: len(b)] == list(b) for a, b in pairs]),
        "tokens": 1 - wrong.sum() / count.sum(),
        "pairs": np.mean([x == y for a, b in pairs for x, y in zip(a, b)]),
        "shorter": np.mean([all(x == y for x, y in zip(a, b)) for a, b in pairs]),
    }[whole]
    return 1 - share if flip else share, exact


def _places(**how):
    return lambda *given: _by_place(*given, **how)


WRITTEN = [[4, 2, 3, 1], [5, 5, 1], [2, 3, 1], [3, 2, 4, 2, 2, 1], [6, 1, 4], [2, 6, 5]]
WANTED = [[4, 3, 3, 1], [5, 5, 1], [2, 3, 4, 5, 1], [3, 2, 4, 2, 1], [6, 1], [2, 6, 1]]
FEW = [[2, 2, 2, 2], [3, 1], [4, 4, 1]], [[2, 2, 1], [3, 1], [4, 3, 4, 1]]
LONG = (
    [[2, 3, 1], [3, 1, 1, 1], [5, 4, 2, 6, 1], [2, 3, 4]],
    [
        [2, 3, 4, 1],
        [3, 1],
        [5, 2, 4, 6, 1],
        [2, 3, 4, 5, 6, 1],
    ],
)

EXERCISES: dict[str, Exercise] = {
    "lesson": Exercise(
        solution=lesson,
        cases={
            "three orders": (_columns(0, (4, 6, 3), 9, 0, 1)),
            "four orders": (_columns(1, (3, 2, 5, 5), 7, 1, 0)),
            "one order": (_columns(2, (4,), 8, 9, 1)),
            "a lone end": (_columns(3, (5, 1, 3), 8, 0, 1)),
        },
        wrong={
            "nothing has changed: those are the arrays of the function as it was delivered": _lesson(
                "over", "no end"
            ),
            "what is fed is right now; the second fault is still there: what teaches the decoder to stop?": _lesson(
                "right", "no end"
            ),
            "what counts is right now; at most places the decoder is still fed what it should say": _lesson(
                "over", "right"
            ),
            "what is fed is right; padding counts now too": _lesson("right", "all"),
            "what counts is everything, padding too; and what is fed has not been mended": _lesson(
                "over", "all"
            ),
            "what is fed is right; one place of padding counts in each shorter order": _lesson(
                "right", "one more"
            ),
            "moved the wrong way: the decoder is fed the token after the one that it should say": _lesson(
                "ahead", "right"
            ),
            "moved the wrong way, and the second fault is still there": _lesson(
                "ahead", "no end"
            ),
            "moved the wrong way, under a first begin: what is fed is the token after the one to say": _lesson(
                "ahead, begin", "right"
            ),
            "moved the wrong way, under a first begin, and the second fault is still there": _lesson(
                "ahead, begin", "no end"
            ),
            "rolled the wrong way, under a first begin: what is fed is the token after the one to say": _lesson(
                "rolled ahead", "right"
            ),
            "rolled the wrong way, under a first begin, and the second fault is still there": _lesson(
                "rolled ahead", "no end"
            ),
            "begin is not fed any more, and the decoder is fed what it should say": _lesson(
                "same", "right"
            ),
            "moved the right way, but in the first row stands what came round from the last": _lesson(
                "rolled", "right"
            ),
            "both were moved: the decoder should say the token after next": _both_moved,
            "what is wanted was moved; that never asks for the first token, and begin still covers it": _wanted_moved,
        },
        hint="print one order: what is fed, what is wanted and what counts, in three columns. At which place does the "
        "decoder learn what? Where does it learn to end?",
    ),
    "order_loss": Exercise(
        solution=order_loss,
        cases={
            "three orders": _logits(0, (4, 2, 6), 5),
            "two orders": _logits(1, (1, 3), 4),
            "four orders": _logits(2, (3, 5, 2, 4), 3),
            "large logits": _logits(3, (2, 4, 3), 5, size=900),
        },
        wrong={
            "that is the mean over all tokens: a long order counts more than a short one": _loss(
                weights=lambda mask, lengths: mask / lengths.sum()
            ),
            "the loss is right; the gradient is that of the mean over all tokens": _loss(
                others=lambda mask, lengths: mask / lengths.sum()
            ),
            "each order was divided by the number of rows, T; its own length was asked for": _loss(
                weights=lambda mask, lengths: mask / mask.size
            ),
            "the nats of an order were added up; divide them by its length": _loss(
                weights=lambda mask, lengths: mask / len(lengths)
            ),
            "the sum over the orders; the mean was asked for": _loss(
                weights=lambda mask, lengths: mask / lengths
            ),
            "the loss is right; the gradient lacks the division by the number of orders": _loss(
                others=lambda mask, lengths: mask / lengths
            ),
            "the loss is right; the gradient lacks the division by the length of each order": _loss(
                others=lambda mask, lengths: mask / len(lengths)
            ),
            "the loss is right; the gradient is p - y alone, without the weight of its token": _loss(
                others=lambda mask, lengths: 1.0 * mask
            ),
            "the gradient is right; the loss is the sum over the orders, not their mean": _loss(
                weights=lambda mask, lengths: mask / lengths, others=_each_order
            ),
            "padding counts": _loss(
                weights=lambda mask, lengths: np.ones(mask.shape) / mask.size
            ),
            "the loss is right; the gradient is not zero at padding": _loss(
                others=lambda mask, lengths: (
                    np.ones(mask.shape) / lengths / len(lengths)
                )
            ),
            "the gradient stands at the true token alone; every logit moves the probability": _loss(
                way="true only"
            ),
            "the sign of the gradient is turned": _loss(way="turned"),
            "exp was taken of large logits as they are, and overflows; first subtract the largest of each place": _loss(
                bare=True
            ),
        },
        hint="give every token a weight, so that the loss is a weighted sum. The gradient has the same weights.",
    ),
    "bridge_gradients": Exercise(
        solution=bridge_gradients,
        cases={
            "T = 5, B = 3": _over(0, 5, 3, 6, 4, 2),
            "T = 3, B = 2": _over(1, 3, 2, 5, 3, 4),
            "all sizes 4": _over(2, 4, 4, 4, 4, 4),
        },
        wrong={
            "dc holds what comes through the first state alone; c also stands beside each token": _crossed(
                steps=False
            ),
            "dc holds what comes from the inputs alone; c also makes the first state": _crossed(
                state=False
            ),
            "the slope of tanh is missing in the bridge": _crossed(slope=False),
            "the slope of tanh is 1 - g_0^2; g_0 has been through tanh, and went through it again": _crossed(
                twice=True
            ),
            "dM was taken before the slope of tanh; dc and db are right": _crossed(
                bare_M=True
            ),
            "on the way to c the slope of tanh is missing; dM and db are right": _crossed(
                bare_context=True
            ),
            "dM is a mean over the rows; the rows share M, and what is shared gets the sum": _crossed(
                mean_M=True
            ),
            "db was taken before the slope of tanh": _crossed(bare_bias=True),
            "the shares of the steps were averaged; what is used often gets the sum": _crossed(
                how=np.mean
            ),
            "only the last step's share is there; c was used at every step": _crossed(
                take=slice(-1, None)
            ),
            "only the first step's share is there; c was used at every step": _crossed(
                take=slice(0, 1)
            ),
            "that is the part of the token; the context stands behind it": _crossed(
                first=True
            ),
            "dM is turned round: M is (K, H), and so is its gradient": _crossed(
                turned=True
            ),
            "db is a mean over the rows; the rows share the bias, and what is shared gets the sum": _crossed(
                mean=True
            ),
        },
        hint="from how many places is c read? Each of them hands something back, and they are added.",
    ),
    "write_all": Exercise(
        solution=write_all,
        cases={
            "five rows": (_speaker(32, 6, 7, 12), _start((0, 3, 1, 5, 2)), 0, END, 12),
            "three rows, few steps": (
                _speaker(15, 4, 6, 3),
                _start((2, 0, 3)),
                0,
                END,
                3,
            ),
            "one row": (_speaker(36, 3, 5, 9), _start((1,)), 0, END, 9),
        },
        wrong={
            "the end token is among what was written": _writes(keep_end=True),
            "the begin token is among what was written": _writes(first=True),
            "when the first row ended, all were stopped": _writes(together=True),
            "the state is not handed on: each step starts from the first state": _writes(
                stuck=True
            ),
            "the begin token is fed at every step": _writes(same_token=True),
            "once rows have left, tokens go to the wrong rows: place i is no longer row i": _writes(
                packed="before"
            ),
            "once rows have left, tokens and ends go to the wrong rows: place i is no longer row i": _writes(
                packed="before", ended_by_place=True
            ),
            "the rows that end were dropped, and place i of what is left was taken for row i": _writes(
                packed="after"
            ),
            "the rows that end were dropped, and place i was taken for row i, in stopped as well": _writes(
                packed="after", ended_by_place=True
            ),
            "what is written is right; in stopped, place i of the smaller batch was taken for row i": _writes(
                ended_by_place=True
            ),
            "stopped says which rows were still running": _writes(stops="running"),
            "stopped is True for all; a row that has used up its steps has not stopped": _writes(
                stops="all"
            ),
            "step was called once less than max_steps allows": _one_call_less,
        },
        hint="three things shrink together when rows leave: tokens, states, and a list of which rows they are.",
    ),
    "errors_by_place": Exercise(
        solution=errors_by_place,
        cases={
            "six orders": (WRITTEN, WANTED),
            "three orders": FEW,
            "four orders": LONG,
        },
        wrong={
            "the number of orders was divided by; only those that have the place count": _places(
                over="all"
            ),
            "a token that was not written is left out; where one is wanted, its lack is an error": _places(
                missing=False
            ),
            "a token that was not written counts as right; where one is wanted, its lack is an error": _places(
                missing="right"
            ),
            "those are the shares that are right": _places(flip=True),
            "the places are right; an order that goes on after its end is not right as a whole": _places(
                whole="beginning"
            ),
            "the places are right; the second number is the share of tokens, orders were asked for": _places(
                whole="tokens"
            ),
            "the places are right; the second number is a share of the tokens that stand side by side": _places(
                whole="pairs"
            ),
            "the places are right; zip ends with the shorter one, so that missing and extra tokens go unseen": _places(
                whole="shorter"
            ),
            "all that comes after the first mistake was counted as wrong": _places(
                from_first=True
            ),
        },
        hint="what is asked at place j, and of how many orders? What if nothing stands there in what was written?",
    ),
}
