"""Exercises of chapter 17, Deep and bidirectional networks: layers, directions and padding that change places."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.ways_to_read import (
    bidirectional_forward,
    binomial,
    both_of,
    both_ways,
    from_the_layer_below,
    h_n_from_the_end,
    halves_exchanged,
    lowest_output,
    mended_both_ways,
    not_turned_at_all,
    not_turned_back,
    one_step_late,
    outputs,
    padded,
    parameter_shapes,
    paths,
    paths_by_length,
    reversed_h_n,
    shapes_with,
    stack_of,
    stacked_forward,
    stacked_with,
    summary_at,
    summary_of,
    top_only,
    zeroed_inputs,
)

_I_IS_H = stack_of(2, 4, 3, 3, 3, 3)
EXERCISES = {
    "stacked_forward": Exercise(
        solution=stacked_forward,
        cases={
            "two layers": stack_of(1, 5, 3, 4, 2, 2),
            "three layers, I = H": _I_IS_H,
            "one layer": stack_of(3, 4, 2, 3, 5, 1),
        },
        wrong={
            "every layer reads x: those above the lowest read the states below": stacked_with(
                below=lambda x, h: x
            ),
            "every layer starts from h_0[0]: each has its own": stacked_with(
                start=lambda h_0, k: h_0[0]
            ),
            "every layer has the parameters of the lowest": stacked_with(
                own=lambda k: 0
            ),
            "a layer reads the state below of the step before; it is that of the same step": one_step_late,
            "h_0 was not used: every layer starts from zeros": stacked_with(
                start=lambda h_0, k: 0 * h_0[k]
            ),
            "W is multiplied by the old state of the layer below: it goes with the layer's own": from_the_layer_below,
            "h_n holds the layers from the top down: the lowest comes first": reversed_h_n,
            "h_n holds the top layer only": top_only,
            "the output is that of the lowest layer": lowest_output,
            "a layer above starts where the one below ended: each has its own h_0": stacked_with(
                start=lambda h_0, k: h_0[k] if k == 0 else h_0[k - 1]
            ),
        },
        hint="what does a layer read, with what does it start, and what goes up to the next?",
    ),
    "bidirectional_forward": Exercise(
        solution=bidirectional_forward,
        cases={
            "three rows": both_of(4, 5, 3, 4, 2),
            "I = H": both_of(5, 4, 2, 3, 3),
            "one step": both_of(6, 1, 3, 2, 4),
        },
        wrong={
            "the backward outputs stand in reading order: turn them round again": not_turned_back,
            "the second direction reads forwards too: turn its input round": not_turned_at_all,
            "h_n[1] was taken at the last step, where the backward reader begins": h_n_from_the_end,
            "both directions have the forward parameters": lambda x, h_0, f, b: (
                bidirectional_forward(x, h_0, f, f)
            ),
            "both directions start from h_0[0]": lambda x, h_0, f, b: (
                bidirectional_forward(x, h_0[[0, 0]], f, b)
            ),
            "the backward half stands first": halves_exchanged,
            "forward and backward parameters have changed places": lambda x, h_0, f, b: (
                bidirectional_forward(x, h_0, b, f)
            ),
        },
        hint="what is turned round on the way in, and on the way out? Where does the backward reader end?",
    ),
    "summary_of": Exercise(
        solution=summary_of,
        cases={
            "lengths 6, 4, 1": outputs(7, 6, [6, 4, 1], 2),
            "none is full": outputs(8, 5, [2, 4, 3, 4], 3),
            "something stands at the padding": outputs(9, 6, [3, 1, 5], 2, padding=1),
        },
        wrong={
            "output[-1] is padding in short rows, and the backward half has read one step there": lambda o, n: (
                o[-1]
            ),
            "the backward half was taken at the last step, where it begins to read": summary_at(
                lambda n: n - 1, lambda n: n - 1
            ),
            "the forward half is right, and the backward one is that of the array's end": summary_at(
                lambda n: n - 1, lambda n: n * 0 + 10**6
            ),
            "the forward half is that of the array's end, padding in short rows": summary_at(
                lambda n: n * 0 + 10**6, lambda n: n * 0
            ),
            "both halves are those of the first step": lambda o, n: o[0],
            "the halves are exchanged: the first is the forward one": summary_at(
                lambda n: n * 0, lambda n: n - 1
            ),
            "the forward half is read one step too late: step n has the index n - 1": summary_at(
                lambda n: n, lambda n: n * 0
            ),
            "the forward half is read one step too early: step n has the index n - 1": summary_at(
                lambda n: n - 2, lambda n: n * 0
            ),
        },
        hint="at which step has each direction read its whole row?",
    ),
    "parameters_by_hand": Exercise(
        solution=312.0,
        wrong={
            "PyTorch keeps two biases for each layer and direction": 288.0,
            "the layers above read both directions of the one below, 2H numbers": 248.0,
            "those are the forward directions alone": 156.0,
            "that is the network without bidirectional=True": 124.0,
            "either every layer reads the input there, or the biases are missing": 264.0,
            "only the lowest layer has both directions there": 200.0,
            "that is the lowest layer alone": 88.0,
        },
        hint="one layer and direction has two matrices and two biases; how many columns has the first matrix?",
        tolerance=1e-6,
    ),
    "parameter_shapes": Exercise(
        solution=parameter_shapes,
        cases={
            "three layers": (7, 2, 3, False),
            "two layers, both directions": (5, 3, 2, True),
            "one layer, both directions": (4, 6, 1, True),
        },
        wrong={
            "layers above a bidirectional one read both its directions, 2H numbers": lambda I, H, n, both: (
                shapes_with(I, H, n, both, above=H)
            ),
            "every layer reads I numbers there; those above read the layer below": lambda I, H, n, both: (
                shapes_with(I, H, n, both, above=I)
            ),
            "the backward direction has parameters of its own": lambda I, H, n, both: (
                shapes_with(I, H, n, both, directions=1)
            ),
            "layers are counted from 0": lambda I, H, n, both: shapes_with(
                I, H, n, both, first=1
            ),
            "PyTorch keeps two biases": lambda I, H, n, both: shapes_with(
                I, H, n, both, biases="ih"
            ),
            "weight_ih is the wrong way round: (out, in)": lambda I, H, n, both: (
                shapes_with(I, H, n, both, mirror=True)
            ),
        },
        hint="layer by layer, forwards, then backwards; how many numbers does the layer read?",
    ),
    "mended_both_ways": Exercise(
        solution=mended_both_ways,
        cases={
            "lengths 5, 3, 1": padded(9, 5, [5, 3, 1], 4, 2),
            "lengths 2, 4": padded(10, 6, [2, 4], 3, 3),
            "no padding": padded(11, 4, [4, 4, 4], 2, 3),
        },
        wrong={
            "the planted mistake is still there: the backward reader reads the padding first": lambda x, m, f, b: (
                both_ways(x, m, f, b)
            ),
            "zeros are read as inputs: the biases still move the state, which must wait": zeroed_inputs,
            "the mask of the backward reader is not turned round": lambda x, m, f, b: (
                both_ways(x, m, f, b, m, m)
            ),
            "at padding the output is the waiting state; it must be 0": lambda x, m, f, b: (
                both_ways(x, m, f, b, m, m[::-1], np.ones_like(m))
            ),
            "the padding of the output is turned round": lambda x, m, f, b: both_ways(
                x, m, f, b, m, m[::-1], m[::-1]
            ),
        },
        hint="what has the backward reader read when it comes to the last true step of a short row?",
    ),
    "paths_by_length": Exercise(
        solution=paths_by_length,
        cases={"3 layers, lag 4": (3, 4), "2 layers, lag 5": (2, 5), "lag 0": (4, 0)},
        wrong={
            "the input enters at the first layer: its own step has one path, through all layers": lambda L, n: (
                paths([0] + [1] * L, L, n)
            ),
            "without skip connections there is one path; with them a state enters at each layer": lambda L, n: (
                paths([0] * L + [1], L, n, step=[0] * L + [1])
            ),
            "the way through the input's own step is missing": lambda L, n: paths(
                [1], L, n, size=L * (n + 1) + 1
            ),
            "that is one step too many": lambda L, n: paths(
                [0] * L + [1], L, n + 1, size=L * (n + 1) + 1
            ),
            "a path cannot jump over a whole step: 1 to L layers, not 0": lambda L, n: (
                paths([0] * L + [1], L, n, step=[1] * (L + 1))
            ),
            "those are a stack's paths, all of one length": lambda L, n: paths(
                binomial(L, n), L, 0, size=L * (n + 1) + 1
            ),
        },
        hint="each further step multiplies the choices by 1 to L layers: which product of polynomials is that?",
    ),
}
