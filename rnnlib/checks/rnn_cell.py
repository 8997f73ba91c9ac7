"""Exercises of chapter 8, The RNN cell, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib.checks.core import Exercise


def drawn(seed, T, B, I, H):
    """A sequence, an initial state and parameters; no two numbers are equal, and no matrix is symmetric."""
    rng = np.random.default_rng(seed)
    shapes = (T, B, I), (B, H), (H, I), (H, H), (H,)
    return tuple(rng.normal(scale=0.7, size=shape) for shape in shapes)


def one_step(seed, *sizes):
    """The first input of such a sequence, with the rest."""
    x, h_0, *params = drawn(seed, 1, *sizes)
    return x[0], h_0, *params


def _in_columns(*arguments):
    x, h_0, U, W, b_h = drawn(*arguments)
    return x.transpose(2, 1, 0), h_0.T, W, U, b_h[:, None]


_several = drawn(4, 5, 2, 3, 4)
_square = drawn(5, 4, 4, 4, 4)  # axes that change places are not noticed by shape
_row = drawn(6, 3, 1, 2, 3)
_from_zeros = (_several[0], np.zeros((2, 4)), *_several[2:])


def rnn_cell_forward(x_t, h_prev, U, W, b_h):
    """One step for a batch of rows."""
    return np.tanh(x_t @ U.T + h_prev @ W.T + b_h)


def rnn_forward(x, h_0, U, W, b_h):
    """All states h_1 .. h_T, time first."""
    return _loop(x, h_0, U, W, b_h)


def columns_forward(x, a_0, Waa, Wax, ba):
    """All states of a cell in column layout: (n_a, m, T_x)."""
    h = _loop(x.transpose(2, 1, 0), a_0.T, Wax, Waa, ba[:, 0])
    return h.transpose(2, 1, 0)


def count_parameters(T, B, I, H):
    """U, W and b_h, whatever T and B."""
    return H * I + H * H + H


def sigmoid_as_tanh(U, W, b_h):
    """The tanh cell whose state is 2 s - 1, where s is the state of the sigmoid cell."""
    return U / 2, W / 4, b_h / 2 + W.sum(axis=1) / 4


def _loop(x, h, U, W, b_h, step=rnn_cell_forward):
    states = []
    for x_t in x:
        h = step(x_t, h, U, W, b_h)
        states.append(h)
    return np.stack(states)


def _with(step):
    """The loop with another step in it."""
    return lambda *arguments: _loop(*arguments, step=step)


def _as_tanh(u, w, b, s, axis=1):
    """What is left of the sigmoid cell's parameters, and the share of W in the bias."""
    return lambda U, W, b_h: (u * U, w * W, b * b_h + s * W.sum(axis=axis))


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


def _again(x_t, h_prev, U, W, b_h):
    return rnn_cell_forward(x_t, rnn_cell_forward(x_t, h_prev, U, W, b_h), U, W, b_h)


def _a_passed_on(x, h_0, U, W, b_h):
    a, states = h_0, []
    for x_t in x:
        a = x_t @ U.T + a @ W.T + b_h
        states.append(np.tanh(a))
    return np.stack(states)


def _batch_first(x, h_0, U, W, b_h):
    return _loop(x.swapaxes(0, 1), h_0, U, W, b_h)


def _batch_first_and_back(x, h_0, U, W, b_h):
    return _batch_first(x, h_0, U, W, b_h).swapaxes(0, 1)


def _all_the_last(x, h_0, U, W, b_h):
    h = _loop(x, h_0, U, W, b_h)
    return np.repeat(h[-1:], len(h), axis=0)


def _first_input(x, h_0, U, W, b_h):
    return _loop(np.repeat(x[:1], len(x), axis=0), h_0, U, W, b_h)


STEPS = {
    "W is the wrong way round: row i is what unit i reads, so rows need h_prev @ W.T": lambda x_t, h, U, W, b_h: (
        np.tanh(x_t @ U.T + h @ W + b_h)
    ),
    "U is the wrong way round: rows need x_t @ U.T; only with I = H does it pass": lambda x_t, h, U, W, b_h: (
        np.tanh(x_t @ U + h @ W.T + b_h)
    ),
    "[U W] goes with x_t before h_prev: they were put together in the other order": lambda x_t, h, U, W, b_h: (
        np.tanh(np.hstack([h, x_t]) @ np.hstack([U, W]).T + b_h)
    ),
    "the bias is missing": lambda x_t, h, U, W, b_h: np.tanh(x_t @ U.T + h @ W.T),
    "the bias stands outside of tanh": lambda x_t, h, U, W, b_h: (
        np.tanh(x_t @ U.T + h @ W.T) + b_h
    ),
    "the bias was added to the state before W; it belongs to the sum": lambda x_t, h, U, W, b_h: (
        np.tanh(x_t @ U.T + (h + b_h) @ W.T)
    ),
    "tanh is left out: that is a_t": lambda x_t, h, U, W, b_h: (
        x_t @ U.T + h @ W.T + b_h
    ),
    "that is a sigmoid; this cell has a tanh": lambda x_t, h, U, W, b_h: _sigmoid(
        x_t @ U.T + h @ W.T + b_h
    ),
    "the step was taken twice: h_t was fed back in before it was returned": _again,
    "the state before is not used": lambda x_t, h, U, W, b_h: np.tanh(x_t @ U.T + b_h),
}

EXERCISES = {
    "rnn_cell_forward": Exercise(
        solution=rnn_cell_forward,
        cases={
            "two rows": one_step(1, 2, 3, 4),
            "I = H": one_step(2, 2, 3, 3),
            "one row": one_step(3, 1, 2, 5),
        },
        wrong={
            **STEPS,
            "that is (H, B), a column for each sequence; here each is a row, (B, H)": lambda *given: (
                rnn_cell_forward(*given).T
            ),
        },
        hint="a sum of three terms and one tanh; a product turns round when vectors are rows.",
    ),
    "rnn_forward": Exercise(
        solution=rnn_forward,
        cases={
            "two rows": _several,
            "from zeros": _from_zeros,
            "all sizes 4": _square,
            "one row": _row,
        },
        wrong={
            "the state is not passed on: every step starts from h_0": rnn_cell_forward,
            "h_0 is not used: the first step starts from zeros": lambda x, h_0, *params: (
                _loop(x, np.zeros_like(h_0), *params)
            ),
            "a_t was passed on in place of h_t": _a_passed_on,
            "axes 0 and 1 have changed places: x is (T, B, I), time first": _batch_first,
            "the loop runs over the batch; x is (T, B, I), and axis 0 is time": _batch_first_and_back,
            "the states are right, but the batch stands first: (T, B, H) was asked for": lambda *given: (
                _loop(*given).swapaxes(0, 1)
            ),
            "each step reads the first input": _first_input,
            "all states are the last one: the array was written over": _all_the_last,
            "time runs backwards": lambda x, *rest: _loop(x[::-1], *rest)[::-1],
            "h_0 stands first; the states asked for are h_1 to h_T": lambda x, h_0, *params: (
                np.concatenate([h_0[None], _loop(x, h_0, *params)])
            ),
            "that is the last state alone; all are asked for": lambda *arguments: _loop(
                *arguments
            )[-1],
            **{words: _with(step) for words, step in STEPS.items()},
        },
        hint="one name, h, that begins as h_0 and is given a new array at each step; a list of these arrays; np.stack.",
    ),
    "states_of": Exercise(
        solution=rnn_forward,
        cases={
            "two rows": _several,
            "all sizes 4": _square,
            "one row": _row,
        },
        wrong={
            "nothing is mended: the same input each time, and one array in all places": lambda x, *rest: (
                _all_the_last(np.repeat(x[:1], len(x), axis=0), *rest)
            ),
            "the inputs are right now; all states are still one and the same array": _all_the_last,
            "the states differ now; every step still reads the first input": _first_input,
            "the state is no longer passed on: each step starts from h_0": rnn_cell_forward,
            "time runs backwards": lambda x, *rest: _loop(x[::-1], *rest)[::-1],
        },
        hint="print states[0] is states[1]. Then look at what the loop variable t is used for.",
    ),
    "columns_forward": Exercise(
        solution=columns_forward,
        cases={
            "two examples": _in_columns(4, 5, 2, 3, 4),
            "all sizes 4": _in_columns(5, 4, 4, 4, 4),
            "one example": _in_columns(6, 3, 1, 2, 3),
        },
        wrong={
            "the states are right, in our layout; hand them back as (n_a, m, T_x)": lambda *given: (
                columns_forward(*given).transpose(2, 1, 0)
            ),
            "the weights were transposed: both layouts have them (out, in)": lambda x, a_0, Waa, Wax, ba: (
                columns_forward(x, a_0, Waa.T, Wax.T, ba)
            ),
            "Waa was transposed on the way; it is our W as it stands": lambda x, a_0, Waa, Wax, ba: (
                columns_forward(x, a_0, Waa.T, Wax, ba)
            ),
            "reshape moved the numbers; only transpose moves the axes": lambda x, *rest: (
                columns_forward(x.reshape(x.shape[::-1]).transpose(2, 1, 0), *rest)
            ),
            "Waa and Wax have changed places: aa is from state to state": lambda x, a_0, Waa, Wax, ba: (
                columns_forward(x, a_0, Wax, Waa, ba)
            ),
            "a_0 was not transposed": lambda x, a_0, *rest: columns_forward(
                x, a_0.T, *rest
            ),
            "the first axis of x was taken for time": lambda x, *rest: columns_forward(
                x.transpose(2, 1, 0), *rest
            ).transpose(2, 1, 0),
            "ba was added as it came, with two axes; a row needs one: ba[:, 0]": lambda x, a_0, Waa, Wax, ba: (
                _loop(x.transpose(2, 1, 0), a_0.T, Wax, Waa, ba).transpose(2, 1, 0)
            ),
            "a_0 is not used": lambda x, a_0, *rest: columns_forward(x, 0 * a_0, *rest),
        },
        hint="data and states change their axes, on the way in and on the way out; do the weights?",
    ),
    "count_parameters": Exercise(
        solution=count_parameters,
        cases={
            "I = 28": (35, 20, 28, 100),
            "I = 5": (3, 4, 5, 7),
            "I = 300": (64, 2, 300, 16),
        },
        wrong={
            "once for each step: the steps share their parameters": lambda T, B, I, H: (
                T * H * (I + H + 1)
            ),
            "once for each row: the batch shares the parameters": lambda T, B, I, H: (
                B * H * (I + H + 1)
            ),
            "the bias is missing": lambda T, B, I, H: H * (I + H),
            "the bias has one number for each unit, not for each input": lambda T, B, I, H: (
                H * (I + H) + I
            ),
            "the bias is one number for each unit, not one for all": lambda T, B, I, H: (
                H * (I + H) + 1
            ),
            "H too many: a second bias, as PyTorch keeps one, or a learned h_0; neither is here": lambda T, B, I, H: (
                H * (I + H + 2)
            ),
            "h_0 was counted; it is no parameter here": lambda T, B, I, H: (
                H * (I + H + 1) + B * H
            ),
            "W is missing": lambda T, B, I, H: H * (I + 1),
            "U is missing": lambda T, B, I, H: H * (H + 1),
            "W goes from H units to H units: H times H numbers, not I times I": lambda T, B, I, H: (
                H * I + I * I + H
            ),
        },
        hint="write down the shapes of U, W and b_h. Which of T, B, I, H stand in them?",
    ),
    "sigmoid_as_tanh": Exercise(
        solution=sigmoid_as_tanh,
        cases={
            "I = 3, H = 4": _several[2:],
            "I = H = 4": _square[2:],
            "I = 2, H = 3": _row[2:],
        },
        wrong={
            "W is halved once for tanh; the state h = 2 s - 1 halves it once more": _as_tanh(
                1 / 2, 1 / 2, 1 / 2, 1 / 4
            ),
            "everything is halved; s = (h + 1) / 2 must also be put in place of the state": _as_tanh(
                1 / 2, 1 / 2, 1 / 2, 0
            ),
            "the + 1 of s = (h + 1) / 2 is lost: it goes through W into the bias": _as_tanh(
                1 / 2, 1 / 4, 1 / 2, 0
            ),
            "the bias gets the sum over each row of W, not over each column": _as_tanh(
                1 / 2, 1 / 4, 1 / 2, 1 / 4, axis=0
            ),
            "the share of W in the bias is not halved with the rest": _as_tanh(
                1 / 2, 1 / 4, 1 / 2, 1 / 2
            ),
            "the sign of the share of W in the bias is turned": _as_tanh(
                1 / 2, 1 / 4, 1 / 2, -1 / 4
            ),
            "that is the way back, from tanh to sigmoid": _as_tanh(2, 4, 2, -2),
            "U is not halved: tanh takes half of all that the sigmoid takes": _as_tanh(
                1, 1 / 4, 1 / 2, 1 / 4
            ),
            "the state is replaced; tanh takes half of the sum, c / 2, and that is missing": _as_tanh(
                1, 1 / 2, 1, 1 / 2
            ),
            "doubled in place of halved: 2 sigmoid(c) - 1 is tanh(c / 2), not tanh(2 c)": _as_tanh(
                2, 1, 2, 1
            ),
            "nothing but the name of the function has changed": _as_tanh(1, 1, 1, 0),
        },
        hint="sigmoid(c) = (1 + tanh(c / 2)) / 2. Put s = (h + 1) / 2 into U x + W s + b_h and collect what does not "
        "depend on x or h.",
    ),
}
