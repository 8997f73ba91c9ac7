"""The exercises: right answers pass in any style, each known mistake is named."""

import numpy as np
import pytest

from rnnlib.checks import EXERCISES, check

NUMERIC = [
    "lagged",
    "transition_matrix",
    "marginal_after",
    "zipf_exponent",
    "unseen_share",
    "honest_error",
]
MISTAKES = [
    (name, diagnosis)
    for name, exercise in EXERCISES.items()
    for diagnosis in exercise.wrong
]


def printed(capsys):
    return " ".join(capsys.readouterr().out.split())  # however the lines are broken


def not_written(*_):
    raise NotImplementedError


@pytest.mark.parametrize("name", EXERCISES)
def test_solution_passes_and_stubs_do_not(name, capsys):
    exercise = EXERCISES[name]
    hint = f"hint: {exercise.hint}"
    assert exercise.wrong and exercise.hint
    score = check(name, exercise.solution)
    assert score == 1 and score.diagnosis is None
    out = printed(capsys)
    assert (
        out.startswith(name)
        and "passed" in out
        and hint not in out
        and "WRONG" not in out
    )
    for stub, words in (
        (not_written, "not written yet"),
        (lambda *_: None, "returned nothing (None)"),
    ):
        score = check(name, stub)
        out = printed(capsys)
        assert score == 0 and score.diagnosis is None
        assert out.count(words) == len(exercise.cases) and hint in out
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

    for name, answer, words in (
        ("transition_matrix", too_far, "one step too far apart"),
        ("lagged", target_inside, "target itself"),
        ("marginal_after", powers, "raises each number"),
        (
            "ngrams",
            lambda tokens, n: [
                tuple(tokens[i : i + n]) for i in range(len(tokens) - n)
            ],
            "last one is missing",
        ),
        ("types_and_tokens", [7, 13], "changed places"),
    ):
        assert words in check(name, answer).diagnosis, name


STYLES = {
    "float32": lambda value: np.asarray(value, dtype=np.float32),
    "Fortran order": lambda value: np.array(value, order="F"),
    "not contiguous": lambda value: np.repeat(np.asarray(value)[..., None], 2, axis=-1)[
        ..., 0
    ],
    "list": lambda value: np.asarray(value).tolist(),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", NUMERIC)
def test_numbers_may_come_in_any_form(name, style):
    assert (
        check(
            name, lambda *arguments: STYLES[style](EXERCISES[name].solution(*arguments))
        )
        == 1
    )


def by_letters(text):
    clean = ""
    for character in text.lower():
        clean += (
            character if character.isalpha() else " " if not clean.endswith(" ") else ""
        )
    return clean


def by_loop(ids, n):
    rows = [[0.0] * n for _ in range(n)]
    for i, j in zip(ids, ids[1:]):
        rows[i][j] += 1
    return [[count / sum(row) for count in row] for row in rows]


def by_einsum(ids, n):
    hot = np.eye(n)[ids]
    counts = np.einsum("ti,tj->ij", hot[:-1], hot[1:])
    return counts / counts.sum(1)[:, None]


def by_counting(train, test, n):
    runs = (
        [" ".join(gram) for gram in zip(*(tokens[i:] for i in range(n)))]
        for tokens in (train, test)
    )
    seen, held_out = runs
    return np.mean([gram not in seen for gram in held_out])


def by_walking(tokens, pair):
    rest = list(tokens)
    while rest:
        token = rest.pop(0)
        yield token + rest.pop(0) if rest and (token, rest[0]) == pair else token


def by_hand(x, tau, n_train):
    """Fit without the package: normal equations of the centred training windows."""
    rows = np.array([[1.0, *x[t - tau : t][::-1]] for t in range(tau, len(x))])
    fit = n_train - tau
    weights = np.linalg.solve(rows[:fit].T @ rows[:fit], rows[:fit].T @ x[tau:n_train])
    return np.mean((x[n_train:] - rows[fit:] @ weights) ** 2) / np.var(x[n_train:])


ANSWERS = [
    (
        "lagged",
        lambda x, tau: np.lib.stride_tricks.sliding_window_view(x, tau)[:-1, ::-1],
    ),
    (
        "lagged",
        lambda x, tau: (
            [x[t - k] for k in range(1, tau + 1)] for t in range(tau, len(x))
        ),
    ),
    ("transition_matrix", by_loop),
    ("transition_matrix", by_einsum),
    ("marginal_after", lambda p, P, n: p @ np.linalg.matrix_power(P, n)),
    (
        "marginal_after",
        lambda p, P, n: (np.linalg.matrix_power(P.T, n) @ p.reshape(-1, 1))[:, 0],
    ),
    (
        "marginal_after",
        lambda p, P, n: np.einsum("i,ij->j", p, np.linalg.matrix_power(P, n)).tolist(),
    ),
    ("normalise", by_letters),
    ("ngrams", lambda tokens, n: zip(*(tokens[i:] for i in range(n)))),
    (
        "ngrams",
        lambda tokens, n: [tokens[i : i + n] for i in range(len(tokens) - n + 1)],
    ),
    (
        "zipf_exponent",
        lambda c: (
            -np.polyfit(
                np.log10(np.arange(len(c)) + 1), np.log10(sorted(c, reverse=True)), 1
            )[0]
        ),
    ),
    ("unseen_share", by_counting),
    ("merge_pair", by_walking),
    ("merge_pair", lambda tokens, pair: tuple(by_walking(tokens, pair))),
    ("honest_error", by_hand),
    ("dry_in_two_days", 0.8 * 0.8 + 0.2 * 0.4),
    ("types_and_tokens", [13, 7]),
    ("types_and_tokens", np.array([13, 7], dtype=np.int32)),
]


@pytest.mark.parametrize(("name", "answer"), ANSWERS)
def test_right_answers_may_be_written_in_many_ways(name, answer):
    assert check(name, answer) == 1
