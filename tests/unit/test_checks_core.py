"""The judge: what counts as the same, what is named, what is scored."""

import pickle
from functools import partial

import numpy as np
import pytest

from rnnlib.checks import EXERCISES, check, core
from rnnlib.checks.compare import differ
from rnnlib.checks.core import Exercise, Score, judge
from rnnlib.layers import ReadoutParams
from rnnlib.markov import marginals

NAME = "marginal_after"
CASES = len(EXERCISES[NAME].cases)
TIGHT = 1e-9


def right(start, P, n_steps):
    return marginals(start, P, n_steps)[-1]


def not_written():
    raise NotImplementedError


def test_a_case_may_take_three_seconds():
    assert core.SECONDS == 3


@pytest.mark.parametrize("answer", [0.72, "text", None, [1], np.zeros(3)])
def test_a_function_is_wanted(answer, capsys):
    score, kind = check(NAME, answer), type(answer).__name__
    assert score == 0 and kind in score.diagnosis
    assert f"{NAME}: wanted a function; got {kind}" in capsys.readouterr().out


def test_the_score_is_the_share_and_what_is_right_is_no_mistake(capsys):
    def first_case_only(start, P, n_steps):
        return right(start, P, n_steps) if n_steps == 1 else not_written()

    score = check(NAME, first_case_only)
    assert score == 1 / CASES and score.diagnosis is None
    assert capsys.readouterr().out.count("WRONG") == CASES - 1


def test_a_mistake_is_seen_where_only_some_cases_give_numbers():
    def stops_late(start, P, n_steps):
        return P @ start if n_steps == 1 else not_written()

    assert check(NAME, stops_late).diagnosis.startswith("P @ p adds up")


@pytest.mark.parametrize("name", [NAME, "zipf_exponent", "dry_in_two_days"])
def test_how_near_is_near_enough_is_the_exercises_own(name):
    solution, tolerance = EXERCISES[name].solution, EXERCISES[name].tolerance

    def off_by(error, *arguments):
        value = solution(*arguments) if callable(solution) else solution
        return value * (1 + error)

    assert check(name, partial(off_by, tolerance / 2)) == 1
    assert check(name, partial(off_by, tolerance * 2)) < 1


def test_a_mistake_that_does_not_work_on_a_case_is_not_the_one():
    wrong = {"it breaks": lambda x: [][x], "it is one more": lambda x: x + 1}
    exercise = Exercise(solution=lambda x: x, cases={"one": (1,)}, wrong=wrong)
    assert judge("same", exercise, lambda x: x + 1).diagnosis == "it is one more"


def step_by_step(lam, b):
    states = [b[0]]
    for lam_t, b_t in zip(lam[1:], b[1:]):
        states.append(lam_t * states[-1] + b_t)
    return np.stack(states)


def pair_by_pair(da, h, h_0):
    return sum(da[t].T @ (h[t - 1] if t else h_0) for t in range(len(da)))


@pytest.mark.parametrize(
    ("name", "answer"),
    [("linear_scan", step_by_step), ("weights_at_once", pair_by_pair)],
)
def test_a_loop_over_the_steps_is_seen_where_none_is_wanted(name, answer, capsys):
    assert 0 < check(name, answer) < 1
    assert "raised LoopOverSteps: more than" in capsys.readouterr().out


def test_unknown_names_are_answered_with_the_known():
    with pytest.raises(KeyError) as caught:
        check("nothing", right)
    assert all(repr(name) in str(caught.value) for name in ["nothing", *EXERCISES])


def test_a_score_is_a_plain_number():
    score = Score(0.25, "a slip")
    assert isinstance(score, float) and score == 0.25 and score.diagnosis == "a slip"
    assert repr(score) == str(score) == f"{score}" == "0.25"
    assert type(score * 4) is float and Score(1.0).diagnosis is None
    assert pickle.loads(pickle.dumps(score)).diagnosis == "a slip"


@pytest.mark.parametrize(
    ("got", "want", "same"),
    [
        (np.array([1.0, 1e-12]), np.array([1.0, 0.0]), True),
        # no absolute tolerance:
        (np.array([1e-12, 2e-12]), np.array([1e-12, 1e-12]), False),
        (np.array([1e6, 1e-4]), np.array([1e6, 0.0]), True),
        (np.array([1.0, 2.0 + 1e-7], np.float32), np.array([1.0, 2.0]), True),
        (np.array([1.0, 2.0 + 1e-7]), np.array([1.0, 2.0]), False),
        (np.array([1.0, 2.001], np.float32), np.array([1.0, 2.0]), False),
        (np.zeros(2), np.zeros(2), True),
        (np.full(2, 1e-6), np.zeros(2), False),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.full(2, np.nan), np.full(2, np.nan), True),
        (np.array([1.0, np.inf]), np.array([1.0, np.nan]), False),
        (np.array([1.0, -np.inf]), np.array([1.0, np.inf]), False),
        (np.array([1, 2]), np.array([1.0, 2.0]), True),
        (np.array([1.0, 2.0]), np.array([1, 2]), False),
        (np.array([1.0, 2.0]), np.array([1.0, 2.0j]), False),
        (np.array([1.0, 2.0j]), np.array([1.0, 2.0j]), True),
        (np.array([1.0, 2.0j]), np.array([1.0, 0.0]), False),
        (np.array([1.0, 0.0j]), np.array([1.0, 0.0]), False),
        (np.zeros((0, 2)), np.zeros((0, 2)), True),
        ("a", "a", True),
        ("a", "b", False),
        (1, True, False),
        ([("a", 1), ("b", 2)], [("a", 1), ("b", 2)], True),
        ([("a", 1), ["b", 2]], [("a", 1), ("b", 2)], True),  # a list for a tuple
        ((("a", 1), ("b", 2)), [("a", 1), ("b", 2)], False),  # not the other way
        (
            ReadoutParams(np.ones((2, 3)), np.ones(2)),
            (np.ones((2, 3)), np.ones(2)),
            True,
        ),
        ([np.ones((2, 3)), np.ones(2)], (np.ones((2, 3)), np.ones(2)), True),
        (
            ReadoutParams(np.ones((2, 3)), np.zeros(2)),
            (np.ones((2, 3)), np.ones(2)),
            False,
        ),
        ({"V": np.ones((2, 3)), "b_y": 1}, (np.ones((2, 3)), np.ones(2)), False),
        (np.ones((2, 2)), (np.ones((2, 3)), np.ones(2)), False),
        ([("a", 1)], [("a", 1), ("b", 2)], False),
        ([("a", 1), ("b", 3)], [("a", 1), ("b", 2)], False),
        ({"U": np.ones(2), "b": 0.0}, {"U": np.ones(2), "b": 0.0}, True),
        ({"U": np.ones(2)}, {"U": np.ones(2), "b": 0.0}, False),
        ({"U": np.ones(2), "b": 0.0, "c": 0.0}, {"U": np.ones(2), "b": 0.0}, False),
        ({"U": np.zeros(2), "b": 0.0}, {"U": np.ones(2), "b": 0.0}, False),
        (None, None, True),
        (None, np.zeros(0), False),
    ],
)
def test_what_counts_as_the_same(got, want, same):
    assert (differ(got, want, TIGHT) is None) == same


def test_a_state_and_its_cache_are_no_array():
    given = (np.ones((2, 3)), [np.ones(4)])
    assert differ(given, np.ones((2, 3)), TIGHT) == "wanted an array; got a tuple"


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        ("415", "415", None),
        ("4 1 5", "415", None),
        (415, "415", None),
        (np.int64(415), "415", None),
        ("451", "415", "wanted another text; got '451'"),
        (451, "415", "wanted another text; got 451"),
        (True, "True", "wanted a text; got bool"),
        (["4", "1", "5"], "415", "wanted a text; got list"),
        (None, "415", "returned nothing (None)"),
        ("a b", "a b", None),
        ("a  b", "a b", "wanted another text; got 'a  b'"),
        (["a "], ["a"], "item 0: wanted 'a'; got 'a '"),  # a token is taken as it is
    ],
)
def test_a_text_answer_is_not_given_away(got, want, words):
    assert differ(got, want, TIGHT) == words
