"""Exercises of chapter 7, From windows to recurrence."""

import numpy as np

from rnnlib.checks.core import Exercise

_rng = np.random.default_rng(7)
_bits = np.array([1, 1, 0, 1, 0, 0, 1])
_numbers = np.array([0.7, -1.2, 0.4, 2.0, -0.3])
_A, _x = _rng.normal(size=(3, 3)) / 2, _rng.normal(size=(5, 3))

# Next state for each state (row) and symbol (column); no two rows or columns alike.
_three = np.array([[1, 0], [1, 2], [0, 1]])
_four = np.array([[1, 3, 0], [2, 2, 1], [0, 3, 1], [3, 0, 2]])

_I, _H, _T, _TAU = 30, 50, 200, 6  # sizes of "weight_counts"
_COUNTS = _H * np.array([_T * _I + 1, _TAU * _I + 1, _I + _H + 1])


def unfold(f, h_0, x):
    """All the states h_1 .. h_T."""
    states = []
    for x_t in x:
        h_0 = f(h_0, x_t)
        states.append(h_0)
    return np.array(states)


def machine_weights(table, start):
    """Step units that run an automaton: one for each state and symbol, and the start unit last."""
    n, k = table.shape
    M = n * k + 1
    U, W, h_0 = np.zeros((M, k)), np.zeros((M, M)), np.zeros(M)
    for s in range(n):
        for x in range(k):
            U[s * k + x, x] = 1
            W[table[s, x] * k : table[s, x] * k + k, s * k + x] = 1
    W[start * k : start * k + k, -1] = 1
    h_0[-1] = 1
    return U, W, np.full(M, -1.5), h_0


def fixed_point(w, b, h_0):
    """Where h = tanh(w h + b) comes to rest, and its slope there."""
    h = _iterate(w, b, h_0)
    return h, w * (1 - h**2)


def bracket_depths(text):
    """How deep the brackets are nested after each character; floats, so that an answer may have them too."""
    return [float(_opened(text[: t + 1])) for t in range(len(text))]


def finder_table(word, alphabet):
    """State s: the last s characters are the first s of the word, and no more of them are."""
    return _table(word, alphabet, lambda read: _longest(word, read))


def _iterate(w, b, h, steps=3000):
    for _ in range(steps):
        h = np.tanh(w * h + b)
    return h


def _right_slope(w, h):
    return w * (1 - h**2)


def _slope(rule, steps=3000):
    """The place after some steps, with a rule for the slope there."""

    def answer(w, b, h_0):
        h = _iterate(w, b, h_0, steps)
        return h, rule(w, h)

    return answer


def _opened(text):
    return text.count("(") - text.count(")")


def _longest(word, read):
    return next(s for s in range(len(word), -1, -1) if read.endswith(word[:s]))


def _table(word, alphabet, state):
    """The next state for each state and character, by a rule for what was read."""
    return np.array(
        [[state(word[:s] + c) for c in alphabet] for s in range(len(word) + 1)]
    )


def _grown(word, alphabet, otherwise):
    """A table that only goes on or falls back; ``otherwise`` says where to."""
    return _table(
        word,
        alphabet,
        lambda read: len(read) if word.startswith(read) else otherwise(read),
    )


def _no_overlap(word, alphabet):
    table = finder_table(word, alphabet)
    table[-1] = table[0]
    return table


def _absorbing(word, alphabet):
    table = finder_table(word, alphabet)
    table[-1] = len(word)
    return table


def _changed(**parts):
    """The machine with some of its four parts made otherwise from the right ones."""

    def wrong(table, start):
        right = dict(zip(("U", "W", "b_h", "h_0"), machine_weights(table, start)))
        return tuple({**right, **{k: f(right[k]) for k, f in parts.items()}}.values())

    return wrong


def _symbols_first(table, start):
    n, k = table.shape
    order = np.append(np.arange(n * k).reshape(n, k).T.ravel(), n * k)
    U, W, b_h, h_0 = machine_weights(table, start)
    return U[order], W[np.ix_(order, order)], b_h, h_0


def _start_first(table, start):
    U, W, b_h, h_0 = machine_weights(table, start)
    return np.roll(U, 1, 0), np.roll(W, 1, (0, 1)), b_h, np.roll(h_0, 1)


def _standing_still(table, start):
    rows = np.repeat(np.arange(len(table))[:, None], table.shape[1], axis=1)
    return machine_weights(rows, start)


def _start_feeds(n):
    """Of the weights away from the start unit only the first n."""
    return lambda W: np.column_stack([W[:, :-1], W[:, -1] * (W[:, -1].cumsum() <= n)])


EXERCISES: dict[str, Exercise] = {
    "unfold": Exercise(
        solution=unfold,
        cases={
            "running sum": (lambda h, x: h + x, 0.5, _numbers),
            "half kept": (lambda h, x: 0.5 * h + x**2, 1.0, _numbers),
            "parity": (lambda h, x: (h + x) % 2, 1.0, _bits),
            "a vector": (lambda h, x: np.tanh(_A @ h + x), np.ones(3) / 3, _x),
        },
        wrong={
            "every step starts from h_0 again: the state is not handed on": lambda f, h_0, x: (
                np.array([f(h_0, x_t) for x_t in x])
            ),
            "h_0 stands in the list: begin with h_1": lambda f, h_0, x: np.array(
                [h_0, *unfold(f, h_0, x)]
            ),
            "those are the states before each input: take each after its input": lambda f, h_0, x: (
                np.array([h_0, *unfold(f, h_0, x)[:-1]])
            ),
            "that is the last state only: all of them were asked for": lambda f, h_0, x: (
                unfold(f, h_0, x)[-1]
            ),
            "the two arguments of f have changed places: the state comes first": lambda f, h_0, x: (
                unfold(lambda h, x_t: f(x_t, h), h_0, x)
            ),
            "the inputs were read from the last to the first": lambda f, h_0, x: unfold(
                f, h_0, x[::-1]
            ),
            "h_0 is not used: the first step starts from zeros": lambda f, h_0, x: (
                unfold(f, 0 * h_0, x)
            ),
        },
        hint="the name that f's answer gets is the one that the next round must read.",
    ),
    "machine_weights": Exercise(
        solution=machine_weights,
        cases={
            "three states": (_three, 2),
            "four states": (_four, 1),
            "modulo 3": (np.array([[0, 1], [1, 2], [2, 0]]), 0),
        },
        wrong={
            "W is transposed: rows are the units now, columns the units before": _changed(
                W=lambda W: W.T
            ),
            "the units are numbered x * n + s: s * k + x was asked for": _symbols_first,
            "the start unit stands first: it was asked for last": _start_first,
            "the table is not used: W must lead to the state after the symbol": _standing_still,
            "nothing leads away from the start unit: its column of W is empty": _changed(
                W=_start_feeds(0)
            ),
            "the start unit leads to one unit: all k of the start state listen to it": _changed(
                W=_start_feeds(1)
            ),
            "the start unit leads to state 0, whatever the start": lambda table, start: (
                machine_weights(table, 0)
            ),
            "a bias of -0.5 lets either the state or the symbol switch a unit on: both are needed": _changed(
                b_h=lambda b: b + 1
            ),
            "with a bias of -2 the sum of state and symbol is 0, and step(0) is 0: nothing goes on": _changed(
                b_h=lambda b: b - 0.5
            ),
            "h_0 is all zeros: the start unit must be on": _changed(h_0=np.zeros_like),
        },
        hint="for each s and x: one 1 in U, and k ones in column s * k + x of W, in the rows of state table[s, x]; "
        "one and the same bias for all, the start unit too.",
    ),
    "fixed_point": Exercise(
        solution=fixed_point,
        cases={
            "w = 1.5, up": (1.5, 0.0, 0.2),
            "w = 1.5, down": (1.5, 0.0, -0.3),
            "w = 0.5": (0.5, 0.3, 0.9),
            "w = 2": (2.0, -0.1, 0.7),
            "w = -0.8": (-0.8, 0.4, 0.1),
        },
        wrong={
            "the slope lacks the factor w: the inner function has a derivative too": _slope(
                lambda w, h: 1 - h**2
            ),
            "that is the slope at h = 0 with b = 0: put the fixed point in": _slope(
                lambda w, h: w
            ),
            "the slope of tanh is 1 - tanh^2, not 1 over it": _slope(
                lambda w, h: w / (1 - h**2)
            ),
            "tanh was taken twice: h is tanh(w h + b) already": _slope(
                lambda w, h: w * (1 - np.tanh(h) ** 2)
            ),
            "that is one step: go on until h stands still": _slope(_right_slope, 1),
            "ten steps are too few: it is still moving": _slope(_right_slope, 10),
            "place and slope have changed places: the place comes first": lambda *given: (
                fixed_point(*given)[::-1]
            ),
            "b was left out": lambda w, b, h_0: fixed_point(w, 0, h_0),
            "h_0 was not used: which fixed point is reached depends on it": lambda w, b, h_0: (
                fixed_point(w, b, 0.1 - w / 20)
            ),
        },
        hint="go on until h hardly moves; for the slope, w h + b has a derivative too.",
        tolerance=1e-5,
    ),
    "weight_counts": Exercise(
        solution=tuple(map(float, _COUNTS)),
        wrong={
            "the biases are missing: one for each hidden unit": _COUNTS - _H,
            "the shared weights were counted once for each step: they are the same numbers": _COUNTS
            * [1, _T, _T],
            "the recurrent layer lacks W: H times H weights from the state to the state": _COUNTS
            - [0, 0, _H * _H],
            "the time-delay layer was counted for one step of its window": _COUNTS
            - [0, _H * (_TAU - 1) * _I, 0],
            "the order is turned: whole sequence, time-delay, recurrent": _COUNTS[::-1],
        },
        hint="at one step, how many inputs does a unit see, and how many states? A weight for each, and one bias.",
    ),
    "bracket_depths": Exercise(
        solution=bracket_depths,
        cases={
            "a sum": ("a(b(c)d)(e",),
            "three deep": ("((()))()",),
            "closed first": (")x)((",),
        },
        wrong={
            "the state is still not handed on: each step starts from h_0": lambda text: [
                _opened(c) for c in text
            ],
            "those are the depths before each character": lambda text: (
                [0, *bracket_depths(text)[:-1]]
            ),
            "that is the last depth only": lambda text: _opened(text),
            "the depth is kept above zero: the step as given lets it fall below": lambda text: (
                unfold(lambda h, c: max(0, h + _opened(c)), 0, text)
            ),
        },
        hint="the name on the left of the assignment must be the one that the next step reads.",
    ),
    "finder_table": Exercise(
        solution=finder_table,
        cases={
            "fog": ("fog", "fgo t"),
            "anan": ("anan", "nat"),
            "aab": ("aab", "ab"),
            "ababac": ("ababac", "abc"),
        },
        wrong={
            "a misfit leads back to 0: a part of the word may be there already": lambda word, alphabet: (
                _grown(word, alphabet, lambda read: 0)
            ),
            "after a misfit only the last character counts: more of the word may be there": lambda word, alphabet: (
                _grown(word, alphabet, lambda read: int(read[-1] == word[0]))
            ),
            "after a find it begins anew: the end of one may be the beginning of the next": _no_overlap,
            "after a find it stays there for ever: it must be ready for the next": _absorbing,
            "the last row is missing: the state after a find needs one too": lambda word, alphabet: (
                finder_table(word, alphabet)[:-1]
            ),
            "the table is transposed: rows are states": lambda word, alphabet: (
                finder_table(word, alphabet).T
            ),
        },
        hint="in state s the text ends in word[:s], and what stands before that cannot matter.",
    ),
}
