"""Nothing a learner does makes the judge raise, hang or spoil the next check."""

import itertools
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from rnnlib.checks import EXERCISES, check, core
from rnnlib.checks.core import Exercise, judge
from rnnlib.markov import marginals

NAME = "marginal_after"
CASES = len(EXERCISES[NAME].cases)
N_TOKENS, N_TYPES = EXERCISES["types_and_tokens"].solution
SOON = 0.2  # seconds for one case, where it must run out
SLACK = 2.0  # for a busy machine


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


def recursing(*arguments):
    return recursing(*arguments)


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
    "endless recursion": (recursing, "raised RecursionError"),
    "a changed argument": (mutating, "changed its arguments"),
    "a global seed": (seeded, "global random state"),
    "global draws": (drawing, "global random state"),
    "a wrong shape": (lambda *a: right(*a)[None], "wanted shape (3,); got (1, 3)"),
    "a scalar": (lambda *a: 0.5, "wanted shape (3,); got ()"),
    "a string": (lambda *a: "0.1 0.2 0.7", "wanted numbers; got str"),
    "strings": (lambda *a: ["a", "b", "c"], "wanted numbers; got list"),
    "ragged rows": (lambda *a: [[1.0], [1.0, 2.0]], "rows of unequal length"),
    "not a number": (lambda *a: right(*a) * np.nan, "got nan where a finite"),
    "infinity": (lambda *a: right(*a) / 0.0, "got inf where a finite"),
    "an imaginary part": (lambda *a: right(*a) + 1j, "WRONG"),
    "nothing": (lambda *a: None, "returned nothing (None)"),
    "a function": (lambda *a: right, "wanted numbers; got function"),
    "a mapping": (lambda *a: {"p": 1.0}, "wanted numbers; got dict"),
    "a class": (Nasty, "raised TypeError"),
    "a nasty object": (lambda *a: Nasty(), "RuntimeError"),
}


@pytest.mark.parametrize(("answer", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_costs_no_more_than_points(answer, words, capsys, monkeypatch):
    if answer in (endless, generating):
        monkeypatch.setattr(core, "SECONDS", SOON)
    np.random.random(3)  # now a draw does not fill the generator's table anew
    bell, started = signal.getsignal(signal.SIGALRM), time.monotonic()
    score = check(NAME, answer)
    assert time.monotonic() - started < core.SECONDS * CASES + SLACK
    assert score == 0 and score.diagnosis is None
    assert capsys.readouterr().out.count(words) == CASES
    assert check(NAME, right) == 1  # the cases are whole
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)  # the clock is off
    assert signal.getsignal(signal.SIGALRM) == bell


def test_a_list_that_came_in_must_stay_whole(capsys):
    exercise = EXERCISES["ngrams"]

    def popping(tokens, n):
        grams = exercise.solution(list(tokens), n)
        tokens.pop()
        return grams

    assert check("ngrams", popping) == 0
    out = capsys.readouterr().out
    assert out.count("changed its arguments") == len(exercise.cases)
    assert check("ngrams", exercise.solution) == 1


def test_an_iterator_without_python_code_is_cut_short_too(monkeypatch):
    monkeypatch.setattr(core, "SECONDS", SOON)
    long = 40_000_000  # more than a second, less than the memory
    exercise = Exercise(solution=lambda: [0], cases={"one": ()})
    started = time.process_time()
    assert judge("long", exercise, lambda: itertools.islice(iter(int, 1), long)) == 0
    assert time.process_time() - started < 3 * SOON


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((N_TOKENS + 0.0, N_TYPES + 0.0), "wanted integers; got dtype float64"),
        ((str(N_TOKENS), str(N_TYPES)), "wanted numbers; got tuple"),
        ((N_TOKENS, N_TYPES, 1), "wanted shape (2,); got (3,)"),
        ((N_TOKENS + 1, N_TYPES), "relative error"),
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
        warnings.warn("noise", stacklevel=1)
        np.log(np.zeros(1))
        return right(start, P, n_steps)

    with np.errstate(all="raise"):
        assert check(NAME, loud) == 1
    out, err = capsys.readouterr()
    assert "noise" not in out and not err and not recwarn.list


def test_an_answer_cannot_bend_the_judge(monkeypatch):
    no = np.zeros(3, bool)
    lies = {"max": 0.0, "abs": np.zeros(3), "array_equal": True, "isfinite": no}
    for name, lie in lies.items():
        monkeypatch.setattr(np, name, lambda *_, _lie=lie, **__: _lie)
    assert check(NAME, lambda start, P, n_steps: start) == 0
    gap = Exercise(solution=lambda: np.array([np.nan, 1.0]), cases={"one": ()})
    assert judge("gap", gap, lambda: np.ones(2)) == 0


def test_a_thread_can_check_too_but_only_refuse_what_is_late(monkeypatch):
    def slow(start, P, n_steps):
        time.sleep(2 * core.SECONDS)
        return right(start, P, n_steps)

    monkeypatch.setattr(core, "SECONDS", SOON)
    scores = []
    for answer in (right, slow):
        thread = threading.Thread(target=lambda a=answer: scores.append(check(NAME, a)))
        thread.start()
        thread.join()
    assert scores == [1, 0]
