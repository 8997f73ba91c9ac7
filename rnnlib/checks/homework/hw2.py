"""Questions of homework 2, A cell by hand, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.rnn_cell import drawn, one_step, rnn_cell_forward, rnn_forward

OPEN, CLOSE, BELL = 0, 1, 2  # of four symbols; the last says that nothing happened


def _paused(seed, mask):
    """A sequence with a mask; what stands at a pause is large, so that it is noticed when it is read."""
    mask = np.array(mask, dtype=bool).T
    x, h_0, *params = drawn(seed, *mask.shape, 3, 4)
    return np.where(mask[..., None], x, 9.0 + x), mask, h_0, *params


def _reels(seed, lengths, begins):
    begins = [np.array(row, dtype=bool) for row in begins]
    x, h_0, *params = drawn(seed, sum(lengths), len(begins[0]), 2, 5)
    return np.split(x, np.cumsum(lengths)[:-1]), begins, h_0[0], *params


def _trips(*sizes):
    x, *rest = drawn(*sizes)
    return x.swapaxes(0, 1), *rest


def _sum(x_t, h, U, W, b_h):
    return x_t @ U.T + h @ W.T + b_h


# 1: the cell that divides


def softsign_step(x_t, h_prev, U, W, b_h):
    """One step for a batch of rows."""
    a_t = _sum(x_t, h_prev, U, W, b_h)
    return a_t / (1 + np.abs(a_t))


def _curve(f):
    return lambda *given: f(_sum(*given))


def _softsign(a):
    return a / (1 + np.abs(a))


# 2: the state waits


def paused_forward(x, mask, h_0, U, W, b_h):
    """All states; at a pause the state stays as it was."""
    return _wait(x, mask, h_0, U, W, b_h)


def _wait(x, mask, h_0, *params, at_pause=lambda new, h, h_0: h, shown=None):
    h, states = h_0, []
    for x_t, real in zip(x, mask):
        new = rnn_cell_forward(x_t, h, *params)
        h = np.where(np.broadcast_to(real, len(h))[:, None], new, at_pause(new, h, h_0))
        states.append(h if shown is None else shown(h, real[:, None]))
    return np.stack(states)


def _with_mask(change):
    """The right walk with another mask; an entry of it may stand for the whole batch."""
    return lambda x, mask, *rest: _wait(x, change(mask), *rest)


def _at_the_end(mask):
    return np.arange(len(mask))[:, None] < mask.sum(axis=0)


def _shown_only(x, mask, h_0, *params):
    """What is handed out waits; the cell steps on behind it."""
    shown, found = h_0, []
    for h, real in zip(rnn_forward(x, h_0, *params), mask):
        shown = np.where(real[:, None], h, shown)
        found.append(shown)
    return np.stack(found)


def _one_early(mask):
    return np.concatenate([np.ones_like(mask[:1]), mask[:-1]])


def _together(mask):
    return np.repeat(mask.all(axis=1, keepdims=True), mask.shape[1], axis=1)


def _any(mask):
    return np.repeat(mask.any(axis=1, keepdims=True), mask.shape[1], axis=1)


# 3: reels of tape


def read_tapes(tapes, begins, start, U, W, b_h):
    """All states of all reels; a trip that begins starts from start, the others go on."""
    return _reel(tapes, begins, start, U, W, b_h)


def _carried(new, h, fresh):
    return np.where(fresh[:, None], new, h)


def _reel(tapes, begins, start, *params, first=_carried, last=lambda h: h[-1]):
    fresh_h = np.tile(start, (tapes[0].shape[1], 1))
    h, found = fresh_h, []
    for x, fresh in zip(tapes, begins):
        states = rnn_forward(x, first(fresh_h, h, fresh), *params)
        found.append(states)
        h = last(states)
    return np.concatenate(found)


def _written_over(tapes, begins, start, *params):
    """The last state of a reel is the array into which start is written for the next one."""
    states = read_tapes(tapes, begins, start, *params)
    ends = np.cumsum([len(x) for x in tapes[:-1]])
    for end, fresh in zip(ends, begins[1:]):
        states[end - 1, fresh] = start
    return states


def _reel_with(**changes):
    return lambda *given: _reel(*given, **changes)


# 4: trips side by side


def trips_forward(log, h_0, U, W, b_h):
    """All states, trip first, as the log comes."""
    return rnn_forward(log.swapaxes(0, 1), h_0, U, W, b_h).swapaxes(0, 1)


def _reshaped(array):
    return array.reshape(array.shape[1], array.shape[0], -1)


def _one_after_another(log, h_0, *params):
    h, found = h_0[:1], []
    for trip in log:
        states = rnn_forward(trip[:, None], h, *params)
        h = states[-1]
        found.append(states[:, 0])
    return np.stack(found)


def faulty_trips(log, h_0, *params):
    """The function that the question shows."""
    return _reshaped(rnn_forward(_reshaped(log), h_0, *params))


# 5: the watch


def signs_of(U, W, b_h, h_0, ids):
    """-1 or 1 for each unit at each step; 0 where a unit is not within 0.05 of either."""
    h = rnn_forward(
        np.eye(4)[ids], np.tile(h_0, (ids.shape[1], 1)), *map(np.asarray, (U, W, b_h))
    )
    return np.where(np.abs(h) > 0.95, np.sign(h), 0.0)


def _machine(gain=5.0, turned=False, h_0=(-1.0, -1.0), **entries):
    """The two units with some of their weights changed; U0 holds the row of unit 0, and so on."""
    rows = {"U0": (2, -2, 0, 0), "U1": (0, 0, 2, 0), "W0": (1, 0), "W1": (1, 2)}
    rows |= {"b": (0, 0)} | entries
    U, W, b = (
        gain * np.array(part, dtype=float)
        for part in ((rows["U0"], rows["U1"]), (rows["W0"], rows["W1"]), rows["b"])
    )
    return lambda ids: signs_of(U, W.T if turned else W, b, np.array(h_0), ids)


def watch(ids):
    """Signs of the two units that watch the door and the bell."""
    return _machine()(ids)


def _ruled(alarm, door=lambda door, s: np.where(s == BELL, door, _door(door, s))):
    """Signs by a rule instead of weights: alarm(alarm, door, s, rung), where rung says that a bell has come."""

    def run(ids):
        d, r = np.full(ids.shape[1], -1.0), np.full(ids.shape[1], -1.0)
        rung, found = np.zeros(ids.shape[1], dtype=bool), []
        for s in ids:
            rung = rung | (s == BELL)
            r, d = np.where(alarm(r > 0, d > 0, s, rung), 1.0, -1.0), door(d, s)
            found.append(np.stack([d, r], axis=1))
        return np.stack(found)

    return run


def _door(d, s):
    return np.where(s == OPEN, 1.0, np.where(s == CLOSE, -1.0, d))


def _rang_open(r, d, s, rung):
    return r | ((s == BELL) & d)


_several = drawn(24, 5, 2, 3, 4)
_W_TURNED = "W is the wrong way round: row i of W is what unit i takes from each unit"
_day = np.random.default_rng(26)
_TAPES = {
    "three reels, three cabins": _reels(
        21, (4, 3, 5), [(1, 1, 1), (0, 1, 0), (1, 0, 0)]
    ),
    "both begin with the third": _reels(22, (3, 4, 2), [(1, 1), (1, 0), (1, 1)]),
    "nobody begins later": _reels(23, (2, 5), [(1, 1, 1, 1), (0, 0, 0, 0)]),
}

EXERCISES: dict[str, Exercise] = {
    "softsign_step": Exercise(
        solution=softsign_step,
        cases={
            "two rows": one_step(1, 2, 3, 4),
            "I = H": one_step(2, 2, 3, 3),
            "one row": one_step(3, 1, 2, 5),
        },
        wrong={
            _W_TURNED: lambda x_t, h, U, W, b_h: softsign_step(x_t, h, U, W.T, b_h),
            "U is the wrong way round; only with I = H does that pass": lambda x_t, h, U, W, b_h: (
                softsign_step(x_t, h, U.T, W, b_h)
            ),
            "a row is divided by its own length as a vector; each number has a size of its own": _curve(
                lambda a: a / (1 + np.linalg.norm(a, axis=1, keepdims=True))
            ),
            "a row is divided by the sum of its sizes; each number has a size of its own": _curve(
                lambda a: a / (1 + np.abs(a).sum(axis=1, keepdims=True))
            ),
            "U and W are both the wrong way round; only with I = H does that run": lambda x_t, h, U, W, b_h: (
                softsign_step(x_t, h, U.T, W.T, b_h)
            ),
            "W is missing: the state before is added as it stands": lambda x_t, h, U, W, b_h: (
                softsign_step(x_t, h, U, np.eye(len(W)), b_h)
            ),
            "the state before is not in the sum": lambda x_t, h, U, W, b_h: (
                softsign_step(x_t, 0 * h, U, W, b_h)
            ),
            "U and W stand side by side in another order than x_t and h_prev": lambda x_t, h, U, W, b_h: (
                _softsign(np.hstack([h, x_t]) @ np.hstack([U, W]).T + b_h)
            ),
            "the bars are missing: below zero, 1 + a is not 1 + |a|": _curve(
                lambda a: a / (1 + a)
            ),
            "the 1 is missing: that is the sign of a": _curve(np.sign),
            "the size is squared: here it is 1 + |a|": _curve(lambda a: a / (1 + a**2)),
            "that is a / sqrt(1 + a^2), another curve of the same kind": _curve(
                lambda a: a / np.sqrt(1 + a**2)
            ),
            "that is tanh; this box divides": _curve(np.tanh),
            "nothing is divided: that is a_t": _curve(lambda a: a),
            "the bias is missing": lambda x_t, h, U, W, b_h: softsign_step(
                x_t, h, U, W, 0
            ),
            "the bias was added after the division": lambda x_t, h, U, W, b_h: (
                softsign_step(x_t, h, U, W, 0) + b_h
            ),
            "each part was divided by itself; first comes the whole sum": lambda x_t, h, U, W, b_h: (
                _softsign(x_t @ U.T) + _softsign(h @ W.T) + _softsign(b_h)
            ),
        },
        hint="the sum of chapter 8 first, as one array; then one division. Try the numbers of the example.",
    ),
    "paused_forward": Exercise(
        solution=paused_forward,
        cases={
            "pauses at the end": _paused(4, [(1, 1, 1, 1, 1), (1, 1, 1, 0, 0)]),
            "pauses anywhere": _paused(
                5, [(1, 0, 0, 1, 1, 0, 1), (0, 1, 1, 0, 1, 0, 0), (1, 1, 0, 1, 0, 0, 1)]
            ),
            "no pause": _paused(6, [(1, 1, 1, 1), (1, 1, 1, 1)]),
        },
        wrong={
            "the mask is not used: the cell has stepped at the pauses too": lambda x, mask, *rest: (
                rnn_forward(x, *rest)
            ),
            "the mask is the wrong way round: True is a step that counts": _with_mask(
                np.logical_not
            ),
            "the state is wiped at a pause: it should stay what it was": lambda *given: (
                _wait(*given, at_pause=lambda new, h, h_0: 0 * h)
            ),
            "at a pause the state falls back to h_0": lambda *given: _wait(
                *given, at_pause=lambda new, h, h_0: h_0
            ),
            "the state waits, and what you hand out at a pause is 0": lambda *given: (
                _wait(*given, shown=lambda h, real: h * real)
            ),
            "what you hand out waits, and the cell steps on behind it, from a state that did not": _shown_only,
            "at a pause the old state is handed out; the cell goes on from the new one": lambda x, mask, h_0, *params: (
                np.where(
                    mask[..., None],
                    rnn_forward(x, h_0, *params),
                    np.concatenate([h_0[None], rnn_forward(x, h_0, *params)[:-1]]),
                )
            ),
            "what you hand out at a pause is 0, and the cell has stepped on behind it": lambda x, mask, *rest: (
                rnn_forward(x, *rest) * mask[..., None]
            ),
            "the input was set to 0 at a pause, and the cell stepped on: W and b_h still act": lambda x, mask, *rest: (
                rnn_forward(np.where(mask[..., None], x, 0.0), *rest)
            ),
            "all cabins wait when one of them pauses: a row of the mask has B entries": _with_mask(
                _together
            ),
            "no cabin waits until all of them pause: a row of the mask has B entries": _with_mask(
                _any
            ),
            "the pauses were counted and put at the end; here they stand anywhere": _with_mask(
                _at_the_end
            ),
            "the mask is one step late: it was taken from the step before": _with_mask(
                _one_early
            ),
            "the state is not passed on: every step starts from h_0": lambda x, mask, h_0, *params: (
                np.stack(
                    [
                        np.where(
                            real[:, None], rnn_cell_forward(x_t, h_0, *params), h_0
                        )
                        for x_t, real in zip(x, mask)
                    ]
                )
            ),
            "all states are the last one: one array was written over, and stands in all places": lambda *given: (
                np.repeat(paused_forward(*given)[-1:], len(given[1]), axis=0)
            ),
            "that is the last state alone; all are asked for": lambda *given: (
                paused_forward(*given)[-1]
            ),
        },
        hint="print one cabin's state in the second before a pause, in it, and after it. Which is wrong?",
    ),
    "read_tapes": Exercise(
        solution=read_tapes,
        cases=_TAPES,
        wrong={
            "every reel starts afresh: the state is not carried from reel to reel": _reel_with(
                first=lambda new, h, fresh: new
            ),
            "no new trip ever begins: begins is not used": _reel_with(
                first=lambda new, h, fresh: h
            ),
            "begins is the wrong way round: True is a cabin that sets out on a new trip": _reel_with(
                first=lambda new, h, fresh: _carried(new, h, ~fresh)
            ),
            "one new trip resets the whole batch: begins[k] has B entries": _reel_with(
                first=lambda new, h, fresh: new if fresh.any() else h
            ),
            "nothing is reset unless all cabins begin: begins[k] has B entries": _reel_with(
                first=lambda new, h, fresh: new if fresh.all() else h
            ),
            "a new trip starts from zeros; here the first state is learned": _reel_with(
                first=lambda new, h, fresh: _carried(0 * new, h, fresh)
            ),
            "start is used on the first reel; later trips start from zeros": lambda tapes, begins, start, *params: (
                _reel(
                    tapes,
                    begins,
                    start,
                    *params,
                    first=lambda new, h, fresh: (
                        h if h is new else _carried(0 * new, h, fresh)
                    ),
                )
            ),
            "start is added to the carried state in place of taking its place": _reel_with(
                first=lambda new, h, fresh: (
                    new if h is new else h + new * fresh[:, None]
                )
            ),
            "begins is one reel late: the reset came after the reel and not before it": lambda tapes, begins, *rest: (
                _reel(tapes, [begins[0], *begins[:-1]], *rest)
            ),
            "a reel's last states were overwritten with start: they and h are the same array": _written_over,
            "what is carried is a reel's first state; it should be its last": _reel_with(
                last=lambda h: h[0]
            ),
            "that is the last reel alone; the states of all reels are asked for": lambda tapes, *rest: (
                read_tapes(tapes, *rest)[-len(tapes[-1]) :]
            ),
        },
        hint="look at the joint of two reels: one cabin sets out there, another goes on. Whence does each step?",
    ),
    "trips_forward": Exercise(
        solution=trips_forward,
        cases={
            "two trips of four steps": _trips(7, 4, 2, 3, 5),
            "three trips of five": _trips(8, 5, 3, 2, 4),
            "two trips of seven": _trips(9, 7, 2, 3, 2),
            "four trips of four": _trips(10, 4, 4, 3, 5),
        },
        wrong={
            "the loop runs over the trips: only with as many trips as steps does it run": lambda log, *rest: (
                rnn_forward(log, *rest)
            ),
            "nothing has changed: follow one number of the second trip through the line that makes x": faulty_trips,
            "the log goes in right now; on the way out the numbers are still dealt out wrongly": lambda log, *rest: (
                _reshaped(rnn_forward(log.swapaxes(0, 1), *rest))
            ),
            "the states come out right now; on the way in the numbers are still dealt out wrongly": lambda log, *rest: (
                rnn_forward(_reshaped(log), *rest).swapaxes(0, 1)
            ),
            "the states are right, but time stands first: (B, T, H) is asked for": lambda *given: (
                trips_forward(*given).swapaxes(0, 1)
            ),
            "each trip now starts where the one before it ended; h_0 has a row for each": _one_after_another,
            "each trip is read alone, but all start from the same row of h_0": lambda log, h_0, *params: (
                trips_forward(log, np.repeat(h_0[:1], len(h_0), axis=0), *params)
            ),
            "each trip is read alone, but from zeros: h_0 is not used": lambda log, h_0, *params: (
                trips_forward(log, 0 * h_0, *params)
            ),
            "the state is not passed on from step to step": lambda log, h_0, *params: (
                rnn_cell_forward(log, h_0[:, None], *params)
            ),
        },
        hint="number the entries of a small log, np.arange(6).reshape(2, 3, 1), and print what becomes of it.",
    ),
    "watch": Exercise(
        solution=watch,
        cases={
            "the door alone": (np.array([[3, 0, 3, 3, 1, 3, 0, 0, 1, 1]]).T,),
            "bell, then door": (np.array([[3, 2, 3, 0, 3, 1, 3, 2, 3]]).T,),
            "bell at an open door": (np.array([[0, 3, 2, 3, 1, 3, 0, 3, 1, 2, 3]]).T,),
            "twelve long trips": (
                _day.choice(4, size=(300, 12), p=[0.1, 0.2, 0.1, 0.6]),
            ),
        },
        wrong={
            "the alarm goes out again at the next step: unit 1 does not hold on to itself": _ruled(
                lambda r, d, s, rung: (s == BELL) & d
            ),
            "the alarm never goes on, whatever happens": _ruled(
                lambda r, d, s, rung: r
            ),
            "an open door and an alarm that is off cancel in the sum of unit 1": _machine(
                W1=(1, 1)
            ),
            "every bell raises the alarm, whether the door is open or not": _ruled(
                lambda r, d, s, rung: r | (s == BELL)
            ),
            "the open door raises the alarm by itself, without a bell": _ruled(
                lambda r, d, s, rung: r | d
            ),
            "a bell is remembered, and the alarm comes when the door opens after it: the order is lost": _ruled(
                lambda r, d, s, rung: r | (rung & d)
            ),
            "closing the door puts the alarm out; it should stay on to the end": _ruled(
                lambda r, d, s, rung: _rang_open(r, d, s, rung) & (s != CLOSE)
            ),
            "the alarm is on while the door is open after a bell, and goes out when it shuts": _ruled(
                lambda r, d, s, rung: (r | (s == BELL)) & d
            ),
            "the bell shuts the door: unit 0 should not listen to it": _ruled(
                _rang_open, lambda d, s: np.where(s == BELL, -1.0, _door(d, s))
            ),
            "the bell opens the door: unit 0 should not listen to it": _ruled(
                _rang_open, lambda d, s: np.where(s == BELL, 1.0, _door(d, s))
            ),
            "an open door is forgotten at the next step: unit 0 counts it as shut unless it has just opened": _ruled(
                _rang_open, lambda d, s: np.where(s == OPEN, 1.0, -1.0)
            ),
            "each unit is shown where the other belongs: door first, alarm second": lambda ids: (
                watch(ids)[..., ::-1]
            ),
            "opening and closing have changed places in U": _machine(U0=(-2, 2, 0, 0)),
            "the trip begins with an open door": _machine(h_0=(1.0, -1.0)),
            "the trip begins with the alarm on": _machine(h_0=(-1.0, 1.0)),
            "h_0 is zero: before the first event the units are neither on nor off": _machine(
                h_0=(0.0, 0.0)
            ),
            _W_TURNED: _machine(turned=True),
            "W is turned: row i of W is what unit i takes, column i is what it gives": _machine(
                turned=True, gain=10.0
            ),
            "the weights are too small: 0.95 is wanted, so a sum must be well above 1.8 in size": _machine(
                gain=1.0
            ),
            "no unit is ever near 1 or -1: the weights are much too small": lambda ids: (
                np.zeros((*ids.shape, 2))
            ),
            "the door holds nothing: W has no weight from unit 0 to itself": _machine(
                W0=(0, 0)
            ),
        },
        hint="list the sums that each unit can get, for each event and both states of both units. Is each of the right "
        "sign, and well above 1.8 in size? Below that tanh is not near 1.",
    ),
}
