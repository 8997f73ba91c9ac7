"""Drawing: temperature, top-k, top-p, and the ways to stop."""

import numpy as np
import pytest

from rnnlib.losses import log_softmax
from rnnlib.sampling import draw, generate, keep_top_k, keep_top_p, temper

P = np.array([0.5, 0.2, 0.2, 0.1])


def one_more(token, state):
    """After token i comes i + 1 for certain; the state counts the calls."""
    return np.log(np.eye(5)[(token + 1) % 5] + 1e-300), state + 1


@pytest.mark.parametrize("temperature", [0.2, 1.0, 3.0])
def test_temperature_divides_the_logits(temperature):
    want = P ** (1 / temperature)
    assert np.allclose(
        np.exp(temper(np.log(P), temperature)), want / want.sum(), rtol=1e-12
    )


def test_top_k_keeps_the_first_of_tied_tokens():
    assert np.allclose(np.exp(keep_top_k(np.log(P), 2)), [5 / 7, 2 / 7, 0, 0])
    assert np.allclose(np.exp(keep_top_k(np.log(P), 4)), P)


@pytest.mark.parametrize(
    ("p", "n_kept"), [(0.4, 1), (0.5, 1), (0.51, 2), (0.7, 2), (0.91, 4), (1.0, 4)]
)
def test_top_p_keeps_the_smallest_set_that_reaches_p(p, n_kept):
    kept = np.exp(keep_top_p(np.log(P), p))
    assert np.count_nonzero(kept) == n_kept and kept.sum() == pytest.approx(1)


def test_draws_have_the_right_frequencies():
    rng = np.random.default_rng(0)
    drawn = np.bincount([draw(np.log(P), rng=rng) for _ in range(20_000)], minlength=4)
    assert np.abs(drawn / 20_000 - P).max() < 0.01
    never = np.log(
        np.array([1e-320, 0.0, 1.0]) + 0.0,
        where=[True, False, True],
        out=np.full(3, -np.inf),
    )
    assert {draw(never, rng=rng) for _ in range(200)} == {2}


def test_the_prompt_is_read_and_each_token_once():
    calls = []

    def step(token, state):
        calls.append(int(token[0]))
        return one_more(token, state)

    assert generate(step, 0, [3, 0], 4, rng=np.random.default_rng(0)) == [1, 2, 3, 4]
    assert calls == [3, 0, 1, 2, 3, 4]


def test_three_ways_to_stop():
    rng = np.random.default_rng(0)
    end_token = generate(
        one_more, 0, [0], 50, rng=rng, stop=lambda written, row: written[-1] == 4
    )
    own_output = generate(
        one_more, 0, [0], 50, rng=rng, stop=lambda written, row: row.argmax() == 2
    )
    length = generate(one_more, 0, [0], 3, rng=rng)
    assert (end_token, own_output, length) == ([1, 2, 3, 4], [1, 2], [1, 2, 3])
    assert generate(one_more, 0, [0], 0, rng=rng) == []


def test_greedy_is_not_sampling():
    def step(token, state):
        return np.log(P)[None], state

    rng = np.random.default_rng(0)
    assert generate(step, None, [0], 30, rng=rng, greedy=True) == [0] * 30
    sampled = generate(step, None, [0], 300, rng=rng)
    assert set(sampled) == {0, 1, 2, 3}
    assert set(generate(step, None, [0], 300, rng=rng, top_k=1)) == {0}
    assert set(generate(step, None, [0], 300, rng=rng, temperature=0.01)) == {0}
    first, second = (
        generate(step, None, [0], 20, rng=np.random.default_rng(5)) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"prompt": []}, "prompt must hold at least one token"),
        ({"n": -1}, "n must be at least 0; got -1"),
        ({"temperature": 0.0}, "temperature must be a number above 0; got 0"),
        ({"top_k": 6}, r"k must lie in 1\.\.5; got 6"),
        ({"top_p": 0.0}, "p must lie above 0 and be at most 1; got 0"),
    ],
)
def test_bad_input_is_refused(wrong, words):
    arguments = {"prompt": [0], "n": 3} | wrong
    with pytest.raises(ValueError, match=words):
        generate(one_more, 0, **arguments, rng=np.random.default_rng(0))


def test_at_p_1_nothing_is_forbidden():
    for seed in range(200):
        log_p = log_softmax(5 * np.random.default_rng(seed).normal(size=30))
        assert np.isfinite(keep_top_p(log_p, 1.0)).all()
