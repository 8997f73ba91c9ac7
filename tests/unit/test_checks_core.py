"""The judge: fair numbers, clear words, and nothing a learner does makes it raise."""

import itertools
import pickle
import signal
import sys
import threading
import time

import numpy as np
import pytest

from rnnlib.checks import EXERCISES, check, core
from rnnlib.checks.core import Exercise, Score, differ, judge
from rnnlib.markov import marginals

NAME = "marginal_after"
CASES = len(EXERCISES[NAME].cases)
SOON = 0.2  # seconds for one case, where it must run out
TIGHT = 1e-9


def right(start, P, n_steps):
    return marginals(start, P, n_steps)[-1]


def endless(*_):
    while True:
        try:
            time.sleep(SOON / 10)
        except Exception:
            continue


def generating(*_):
    while True:
        yield 0.5


def raising(*_):
    raise ZeroDivisionError("by hand")


def seeded(start, P, n_steps):
    np.random.seed(0)
    return right(start, P, n_steps)


def drawing(start, P, n_steps):
    np.random.normal()
    return right(start, P, n_steps)


def mutating(start, P, n_steps):
    P[0] = P[0, ::-1].copy()
    return right(start, P, n_steps)


class Nasty:
    """A result that refuses to be looked at."""

    def __array__(self, *_, **__):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")


HOSTILE = {
    "an endless loop": (endless, f"took longer than {SOON:g} seconds"),
    "an endless generator": (generating, "took longer than"),
    "sys.exit": (lambda *_: sys.exit(3), "called exit()"),
    "an error": (raising, "raised ZeroDivisionError: by hand"),
    "a wrong signature": (lambda x: x, "raised TypeError"),
    "endless recursion": (
        lambda *a: HOSTILE["endless recursion"][0](*a),
        "raised RecursionError",
    ),
    "a changed argument": (mutating, "changed its arguments"),
    "a global seed": (seeded, "global random state"),
    "global draws": (drawing, "global random state"),
    "a wrong shape": (lambda *a: right(*a)[None], "wanted shape (3,); got (1, 3)"),
    "a scalar": (lambda *a: 0.5, "wanted shape (3,); got ()"),
    "a string": (lambda *a: "0.1 0.2 0.7", "wanted numbers; got str"),
    "strings": (lambda *a: ["a", "b", "c"], "wanted numbers; got list"),
    "ragged rows": (lambda *a: [[1.0], [1.0, 2.0]], "rows of unequal length"),
    "not a number": (
        lambda *a: right(*a) * np.nan,
        "got nan where a finite number is wanted",
    ),
    "infinity": (lambda *a: right(*a) / 0.0, "got inf where a finite number is wanted"),
    "an imaginary part": (lambda *a: right(*a) + 1j, "WRONG"),
    "nothing": (lambda *a: None, "returned nothing (None)"),
    "a function": (lambda *a: right, "wanted numbers; got function"),
    "a mapping": (lambda *a: {"p": 1.0}, "wanted numbers; got dict"),
    "a class": (Nasty, "raised TypeError"),
    "a nasty object": (lambda *a: Nasty(), "RuntimeError"),
}


@pytest.mark.parametrize(("answer", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_costs_its_points_and_nothing_else(
    answer, words, capsys, monkeypatch
):
    if answer in (endless, generating):
        monkeypatch.setattr(core, "SECONDS", SOON)
    bell, started = signal.getsignal(signal.SIGALRM), time.monotonic()
    score = check(NAME, answer)
    assert time.monotonic() - started < core.SECONDS * (CASES + 1)
    assert score == 0 and score.diagnosis is None
    assert capsys.readouterr().out.count(words) == CASES
    assert check(NAME, right) == 1  # the cases are whole
    assert (
        signal.getitimer(signal.ITIMER_REAL) == (0, 0)
        and signal.getsignal(signal.SIGALRM) == bell
    )


def test_a_list_that_came_in_must_stay_whole(capsys):
    def popping(tokens, n):
        grams = EXERCISES["ngrams"].solution(list(tokens), n)
        tokens.pop()
        return grams

    assert check("ngrams", popping) == 0
    assert capsys.readouterr().out.count("changed its arguments") == len(
        EXERCISES["ngrams"].cases
    )
    assert check("ngrams", EXERCISES["ngrams"].solution) == 1


def test_an_iterator_without_python_code_is_cut_short_too(monkeypatch):
    monkeypatch.setattr(core, "SECONDS", SOON)
    long = 40_000_000  # more than a second, less than the memory
    exercise = Exercise(solution=lambda: [0], cases={"one": ()})
    started = time.monotonic()
    assert judge("long", exercise, lambda: itertools.islice(iter(int, 1), long)) == 0
    assert time.monotonic() - started < 4 * SOON


def test_a_case_may_take_three_seconds():
    assert core.SECONDS == 3


@pytest.mark.parametrize("answer", [0.72, "text", None, [1], np.zeros(3)])
def test_a_function_is_wanted(answer, capsys):
    score = check(NAME, answer)
    assert score == 0 and type(answer).__name__ in score.diagnosis
    assert (
        f"{NAME}: wanted a function; got {type(answer).__name__}"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((13.0, 7.0), "wanted integers; got dtype float64"),
        (("13", "7"), "wanted numbers"),
        ((13, 7, 1), "wanted shape (2,); got (3,)"),
        ((14, 7), "relative error 7.7e-02"),
        (lambda: 1 / 0, "raised ZeroDivisionError"),
        (endless, "took longer"),
        (int, "wanted shape"),
    ],
)
def test_a_value_is_wanted(answer, words, capsys, monkeypatch):
    monkeypatch.setattr(core, "SECONDS", SOON)
    assert check("types_and_tokens", answer) == 0
    assert words in capsys.readouterr().out


def test_printing_and_warning_are_not_seen(capsys, recwarn):
    def loud(start, P, n_steps):
        for _ in range(10_000):
            print("noise" * 20)
            print("noise", file=sys.stderr)
        np.log(np.zeros(1)), np.float64(1.0) / np.float64(0.0)
        return right(start, P, n_steps)

    assert check(NAME, loud) == 1
    out, err = capsys.readouterr()
    assert "noise" not in out and not err and not recwarn.list


def test_an_answer_cannot_bend_the_judge(monkeypatch):
    for name, lie in (
        ("max", 0.0),
        ("abs", np.zeros(3)),
        ("array_equal", True),
        ("isfinite", np.zeros(3, bool)),
    ):
        monkeypatch.setattr(np, name, lambda *_, _lie=lie, **__: _lie)
    assert check(NAME, lambda start, P, n_steps: start) == 0


def test_a_thread_can_check_too():
    scores = []
    thread = threading.Thread(target=lambda: scores.append(check(NAME, right)))
    thread.start()
    thread.join()
    assert scores == [1]


def test_the_score_is_the_share_of_cases_and_no_mistake_is_seen_in_what_is_right(
    capsys,
):
    def first_case_only(start, P, n_steps):
        return right(start, P, n_steps) if n_steps == 1 else raising()

    score = check(NAME, first_case_only)
    assert score == 1 / CASES and score.diagnosis is None
    assert capsys.readouterr().out.count("WRONG") == CASES - 1


def test_a_mistake_is_seen_where_only_some_cases_give_numbers():
    def stops_late(start, P, n_steps):
        return P @ start if n_steps == 1 else raising()

    assert check(NAME, stops_late).diagnosis.startswith("P @ p adds up")


def test_unknown_names_are_answered_with_the_known():
    with pytest.raises(KeyError) as caught:
        check("nothing", right)
    assert all(repr(name) in str(caught.value) for name in ["nothing", *EXERCISES])


def test_a_score_is_a_plain_number():
    score = Score(0.25, "a slip")
    assert isinstance(score, float) and score == 0.25 and score.diagnosis == "a slip"
    assert (
        repr(score) == str(score) == f"{score}" == "0.25" and type(score * 4) is float
    )
    assert (
        Score(1.0).diagnosis is None
        and pickle.loads(pickle.dumps(score)).diagnosis == "a slip"
    )


@pytest.mark.parametrize(
    ("got", "want", "same"),
    [
        (np.array([1.0, 1e-12]), np.array([1.0, 0.0]), True),
        (
            np.array([1e-12, 2e-12]),
            np.array([1e-12, 1e-12]),
            False,
        ),  # no absolute tolerance
        (np.array([1e6, 1e-4]), np.array([1e6, 0.0]), True),
        (np.array([1.0, 2.0 + 1e-7], np.float32), np.array([1.0, 2.0]), True),
        (np.array([1.0, 2.0 + 1e-7]), np.array([1.0, 2.0]), False),
        (np.array([1.0, 2.001], np.float32), np.array([1.0, 2.0]), False),
        (np.zeros(2), np.zeros(2), True),
        (np.full(2, 1e-6), np.zeros(2), False),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1.0, np.inf]), np.array([1.0, np.nan]), False),
        (np.array([1.0, -np.inf]), np.array([1.0, np.inf]), False),
        (np.array([1, 2]), np.array([1.0, 2.0]), True),
        (np.array([1.0, 2.0]), np.array([1, 2]), False),
        (np.array([1.0, 2.0]), np.array([1.0, 2.0j]), False),
        (np.array([1.0, 2.0j]), np.array([1.0, 2.0j]), True),
        (np.array([1.0, 2.0j]), np.array([1.0, 0.0]), False),
        (np.zeros((0, 2)), np.zeros((0, 2)), True),
        ("a", "a", True),
        ("a", "b", False),
        (1, True, False),
        ([("a", 1), ["b", 2]], [("a", 1), ("b", 2)], True),
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
