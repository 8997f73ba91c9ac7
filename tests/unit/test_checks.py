"""The exercises: right answers pass in any style, each known mistake is named."""

import numpy as np
import pytest
from right_answers import ANSWERS, ARRAYS, NUMBERS

from rnnlib.checks import EXERCISES, check

SHIP = "a ship in the bay is a ship at rest".split()
MISTAKES = [(name, wrong) for name in EXERCISES for wrong in EXERCISES[name].wrong]


def printed(capsys):
    return " ".join(capsys.readouterr().out.split())  # however the lines are broken


def not_written(*_):
    raise NotImplementedError


STUBS = {not_written: "not written yet", lambda *_: None: "returned nothing (None)"}


@pytest.mark.parametrize("name", EXERCISES)
def test_solution_passes_and_stubs_do_not(name, capsys):
    exercise = EXERCISES[name]
    hint = f"hint: {exercise.hint}"
    assert exercise.wrong and exercise.hint
    score = check(name, exercise.solution)
    assert score == 1 and score.diagnosis is None
    out = printed(capsys)
    assert out.startswith(name) and "passed" in out
    assert hint not in out and "WRONG" not in out
    for stub, words in STUBS.items():
        score = check(name, stub)
        out = printed(capsys)
        assert score == 0 and score.diagnosis is None
        assert out.count(words) == len(exercise.cases)
        assert (hint in out) == (stub is not not_written)  # none before the first try
    assert check(name, None) == 0


@pytest.mark.parametrize(("name", "diagnosis"), MISTAKES)
def test_each_mistake_gets_its_own_name(name, diagnosis, capsys):
    score = check(name, EXERCISES[name].wrong[diagnosis])
    assert score < 1 and score.diagnosis == diagnosis
    assert f"this looks like: {diagnosis}" in printed(capsys)


def test_the_mistakes_are_what_they_say():
    """Mistakes written out as a learner would, beside those that the exercises hold."""

    def too_far(ids, n):
        counts = np.zeros((n, n))
        for i, j in zip(ids, ids[2:]):
            counts[i, j] += 1
        return counts / counts.sum(axis=1, keepdims=True)

    def target_inside(x, tau):
        return np.array([[x[t - k] for k in range(tau)] for t in range(tau, len(x))])

    def powers(p, P, n):
        return [sum(p[i] * P[i, j] ** n for i in range(3)) for j in range(3)]

    def one_short(tokens, n):
        return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n)]

    for name, answer, words in (
        ("transition_matrix", too_far, "one step too far apart"),
        ("lagged", target_inside, "target itself"),
        ("marginal_after", powers, "raises each number"),
        ("ngrams", one_short, "last one is missing"),
        ("types_and_tokens", [len(set(SHIP)), len(SHIP)], "changed places"),
    ):
        assert words in (check(name, answer).diagnosis or ""), name


STYLES = {
    "float32": lambda value: np.asarray(value, dtype=np.float32),
    "Fortran order": lambda value: np.array(value, order="F"),
    "not contiguous": lambda value: np.stack([value, value], axis=-1)[..., 0],
    "list": lambda value: np.asarray(value).tolist(),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ARRAYS + NUMBERS)
def test_numbers_may_come_in_any_form(name, style):
    dress, solution = STYLES[style], EXERCISES[name].solution
    assert check(name, lambda *arguments: dress(solution(*arguments))) == 1


@pytest.mark.parametrize(("name", "answer"), ANSWERS)
def test_right_answers_may_be_written_in_many_ways(name, answer):
    assert check(name, answer) == 1
