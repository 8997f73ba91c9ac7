"""The exercises: right answers pass in any style, each known mistake is named."""

import numpy as np
import pytest

from rnnlib.checks import EXERCISES, check

ARRAYS = ["lagged", "transition_matrix", "marginal_after", "fit_direct"]
NUMBERS = ["zipf_exponent", "unseen_share", "coverage", "honest_error"]
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


def by_letters(text):
    clean = ""
    for character in text.lower():
        if character.isalpha():
            clean += character
        elif not clean.endswith(" "):
            clean += " "
    return clean


def windows(x, tau):
    return np.lib.stride_tricks.sliding_window_view(x, tau)[:-1, ::-1]


def row_by_row(x, tau):
    for t in range(tau, len(x)):
        yield [x[t - k] for k in range(1, tau + 1)]


def by_loop(ids, n):
    rows = [[0.0] * n for _ in range(n)]
    for i, j in zip(ids, ids[1:]):
        rows[i][j] += 1
    return [[count / sum(row) for count in row] for row in rows]


def by_einsum(ids, n):
    hot = np.eye(n)[ids]
    counts = np.einsum("ti,tj->ij", hot[:-1], hot[1:])
    return counts / counts.sum(1)[:, None]


def as_columns(start, P, n):
    return (np.linalg.matrix_power(P.T, n) @ start.reshape(-1, 1))[:, 0]


def by_powers(start, P, n):
    return np.einsum("i,ij->j", start, np.linalg.matrix_power(P, n)).tolist()


def zipped(tokens, n):
    return zip(*(tokens[i:] for i in range(n)))


def by_counting(train, test, n):
    seen = [*zipped(train, n)]
    return np.mean([gram not in seen for gram in zipped(test, n)])


def by_ranking(train, test, size):
    ranked = sorted(set(train), key=train.count, reverse=True)
    return np.isin(test, ranked[:size]).mean()


def by_logs(counts):
    counts = sorted(counts, reverse=True)
    ranks = np.arange(len(counts)) + 1
    return -np.polyfit(np.log10(ranks), np.log10(counts), 1)[0]


def by_walking(tokens, pair):
    rest = list(tokens)
    while rest:
        token = rest.pop(0)
        yield token + rest.pop(0) if rest and (token, rest[0]) == pair else token


def by_equations(x, tau, k):
    latest = range(tau - 1, len(x) - k)
    rows = np.array([[1.0, *(x[t - j] for j in range(tau))] for t in latest])
    return np.linalg.solve(rows.T @ rows, rows.T @ [x[t + k] for t in latest])


def by_hand(x, tau, n_train):
    weights, squares = by_equations(x[:n_train], tau, 1), []
    for t in range(n_train, len(x)):
        squares.append((x[t] - weights @ [1.0, *x[t - tau : t][::-1]]) ** 2)
    return np.mean(squares) / np.var(x[n_train:])


ANSWERS = [
    ("lagged", windows),
    ("lagged", row_by_row),
    ("transition_matrix", by_loop),
    ("transition_matrix", by_einsum),
    ("marginal_after", as_columns),
    ("marginal_after", by_powers),
    ("normalise", by_letters),
    ("ngrams", zipped),
    ("ngrams", lambda tokens, n: list(zipped(tokens, n))),
    ("zipf_exponent", by_logs),
    ("unseen_share", by_counting),
    ("merge_pair", by_walking),
    ("merge_pair", lambda tokens, pair: list(by_walking(tokens, pair))),
    ("coverage", by_ranking),
    ("fit_direct", by_equations),
    ("honest_error", by_hand),
    ("dry_in_two_days", 0.7 * 0.7 + 0.3 * 0.4),
    ("types_and_tokens", [len(SHIP), len(set(SHIP))]),
    ("types_and_tokens", np.array([len(SHIP), len(set(SHIP))], dtype=np.int32)),
]


@pytest.mark.parametrize(("name", "answer"), ANSWERS)
def test_right_answers_may_be_written_in_many_ways(name, answer):
    assert check(name, answer) == 1
