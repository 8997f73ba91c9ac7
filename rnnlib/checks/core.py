"""Try an answer on named cases, print the table, and name the mistake its numbers look like."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnlib.checks.compare import differ, kind
from rnnlib.checks.sandbox import UNWRITTEN, Outcome, call, run

SECONDS = 3.0  # for one case


@dataclass(frozen=True)
class Exercise:
    """What is asked for: a solution, the cases it is tried on, and the wrong ways that learners really take.

    ``solution`` and each function in ``wrong`` take the arguments of a case; ``wrong`` maps a diagnosis, the words
    after "this looks like", to the function that makes the mistake. Where a value is asked for, all of them are values
    and ``cases`` is left out.
    """

    solution: Any
    cases: Mapping[str, tuple] = field(default_factory=lambda: {"value": ()})
    wrong: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    tolerance: float = 1e-9


class Score(float):
    """The share of cases passed, 0 to 1, with ``diagnosis``: the mistake it looks like, or None."""

    diagnosis: str | None

    def __new__(cls, value: float, diagnosis: str | None = None) -> "Score":
        score = super().__new__(cls, value)
        score.diagnosis = diagnosis
        return score


def judge(name: str, exercise: Exercise, answer: Any) -> Score:
    """Print the table for one answer and return its score; never raises for a wrong answer."""
    if callable(exercise.solution) and not callable(answer):
        print(f"{name}: wanted a function; got {kind(answer)}")
        return Score(0.0, f"a {kind(answer)} was given where a function is wanted")
    outcomes = {
        label: run(answer, arguments, SECONDS)
        for label, arguments in exercise.cases.items()
    }
    troubles = {
        label: outcome.trouble or _wrong(exercise, exercise.solution, label, outcome)
        for label, outcome in outcomes.items()
    }
    passed = sum(trouble is None for trouble in troubles.values())
    width = max(len(label) for label in troubles)
    print(name)
    for label, trouble in troubles.items():
        verdict = "WRONG" if trouble else "ok   "
        print(f"  {verdict}  {label:<{width}}  {trouble or ''}".rstrip())
    if passed == len(troubles):
        print(f"all {passed} passed" if passed > 1 else "passed")
        return Score(1.0)
    if all(trouble == UNWRITTEN for trouble in troubles.values()):
        return Score(0.0)  # no hint before the first try
    diagnosis = diagnose(exercise, outcomes, troubles)
    if diagnosis:
        _print_wrapped(f"this looks like: {diagnosis}")
    if exercise.hint:
        _print_wrapped(f"hint: {exercise.hint}")
    return Score(passed / len(troubles), diagnosis)


def diagnose(
    exercise: Exercise,
    outcomes: Mapping[str, Outcome],
    troubles: Mapping[str, str | None],
) -> str | None:
    """Find the known mistake that gives the answer's own values on every case, the wrong ones among them."""
    ran = [label for label, outcome in outcomes.items() if outcome.trouble is None]
    if not any(troubles[label] for label in ran):
        return None
    for diagnosis, mistake in exercise.wrong.items():
        if not any(_wrong(exercise, mistake, label, outcomes[label]) for label in ran):
            return diagnosis
    return None


def _wrong(
    exercise: Exercise, function: Any, label: str, outcome: Outcome
) -> str | None:
    """Say how an outcome differs from what a function of ours gives on the same case."""
    try:
        with np.errstate(all="ignore"):
            want = call(function, exercise.cases[label])
    except (
        Exception
    ) as error:  # a known mistake may fail on a case; then it is not this one
        return f"{type(error).__name__}"
    return differ(outcome.value, want, exercise.tolerance)


def _print_wrapped(sentence: str) -> None:
    print(textwrap.fill(sentence, 78, subsequent_indent="  ", break_long_words=False))
