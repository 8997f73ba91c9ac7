"""Checks for the exercises: each runs an answer on named cases and names the mistake it looks like."""

from typing import Any

from rnnlib.checks import (
    attention,
    backpropagation,
    batches,
    counting,
    deep,
    draws,
    encoder_decoder,
    forcing,
    gates,
    gradients,
    long_memory,
    output,
    perplexity,
    recurrence,
    rnn_cell,
    sequences,
    smoothing,
    speed,
    text,
    training,
    truncation,
)
from rnnlib.checks.core import Exercise, Score, judge
from rnnlib.checks.homework import ASSIGNMENTS

PART_1 = sequences, text, counting, smoothing, perplexity, batches
PART_2 = (
    recurrence,
    rnn_cell,
    output,
    backpropagation,
    truncation,
    gradients,
    training,
    draws,
    forcing,
)
PART_3 = encoder_decoder, deep, long_memory, gates, speed, attention
TOPICS = PART_1 + PART_2 + PART_3 + ASSIGNMENTS
EXERCISES: dict[str, Exercise] = {
    name: exercise for topic in TOPICS for name, exercise in topic.EXERCISES.items()
}


def check(name: str, answer: Any) -> Score:
    """Try an answer to an exercise, print what passed and what did not, and return the score.

    Parameters
    ----------
    name : the exercise, as its text calls it
    answer : the function, number or text that the exercise asks for

    Returns
    -------
    Score : the share of cases passed, 0 to 1, with ``.diagnosis``: the mistake it looks like, or None

    Raises
    ------
    KeyError
        If there is no exercise of that name; the message lists them. A wrong answer never raises.

    Examples
    --------
    >>> import numpy as np
    >>> score = check("lagged", lambda x, tau: np.column_stack([x[k : len(x) - tau + k] for k in range(tau)]))
    lagged
      ok     six numbers, tau = 1
      WRONG  six numbers, tau = 3    relative error 2.0e-01
      WRONG  twelve noisy, tau = 4   relative error 1.7e+00
      WRONG  whole numbers, tau = 2  relative error 1.4e-01
    this looks like: the oldest value stands first; row t must begin with x_{t-1}
    hint: column k of the table is the series moved k steps: x[tau - k : T - k].
    >>> score, score.diagnosis[:23]
    (0.25, 'the oldest value stands')
    """
    if name not in EXERCISES:
        raise KeyError(f"name must be one of {sorted(EXERCISES)}; got {name!r}")
    return judge(name, EXERCISES[name], answer)
