"""Windows, least squares and rollouts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.autoregression import (
    AR,
    fit_ar,
    lagged,
    predict,
    relative_variance,
    rollout,
)
from rnnlib.corpora import load_series

TOLERANCE = 1e-9
STEADY = settings(derandomize=True, database=None, deadline=None)
NO_INPUTS = np.zeros(0)
MODEL = AR(0.5, np.array([0.6, -0.3, 0.2]), NO_INPUTS)
COEFFICIENT = st.floats(-0.3, 0.3)
DRIVE = st.floats(0.1, 1.0)


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape)


@STEADY
@given(st.integers(1, 12), st.integers(1, 12))
def test_lagged_lays_out_the_past(tau, more):
    x = noise(tau + more)
    table = lagged(x, tau)
    assert table.shape == (more, tau)
    for t in range(tau, len(x)):
        assert table[t - tau].tolist() == [x[t - k] for k in range(1, tau + 1)]


def test_lagged_is_a_copy_of_the_same_type():
    x = np.arange(6, dtype=np.float32)
    table = lagged(x, 2)
    assert table.dtype == np.float32
    table[:] = -1
    assert x.tolist() == list(range(6))


@pytest.mark.parametrize(
    ("x", "tau", "words"),
    [
        (np.zeros((3, 2)), 1, r"\(T,\); got \(3, 2\)"),
        (np.zeros(3), 0, "tau .* got 0"),
        (np.zeros(3), -1, "tau .* got -1"),
        (np.zeros(3), 3, "tau = 3; got T = 3"),
        (np.array([0.0, 1.0, np.nan]), 1, "nan at index 2"),
        (np.array([0.0, -np.inf, np.nan]), 1, "-inf at index 1"),
    ],
)
def test_lagged_refuses(x, tau, words):
    for function in (lagged, fit_ar):
        with pytest.raises((ValueError, TypeError)) as caught:
            function(x, tau)
        if caught.type is ValueError:
            caught.match(words)


@STEADY
@given(
    COEFFICIENT,
    st.lists(COEFFICIENT, min_size=1, max_size=3),
    st.lists(DRIVE, min_size=1, max_size=2),
)
def test_fit_recovers_a_driven_series_without_noise(intercept, lags, inputs):
    tau, n_steps = len(lags), 60
    u, x = noise(n_steps, len(inputs)), noise(n_steps)
    for t in range(tau, n_steps):
        past = sum(lags[k - 1] * x[t - k] for k in range(1, tau + 1))
        x[t] = intercept + past + u[t] @ inputs
    model = fit_ar(x, tau, u)
    for got, want in zip(model, (intercept, lags, inputs)):
        assert np.shape(got) == np.shape(want)
        assert np.max(abs(got - np.array(want))) < TOLERANCE
    assert abs(predict(model, x, u) - x[tau:]).max() < TOLERANCE


def test_fit_recovers_a_free_oscillation():
    level, turn = 3.0, 2 * np.cos(0.7)
    x = level + np.cos(0.7 * np.arange(30))
    model = fit_ar(x, 2)
    assert abs(model.lags - [turn, -1.0]).max() < TOLERANCE
    assert abs(model.intercept - level * (2 - turn)) < TOLERANCE
    assert type(model.intercept) is float and model.inputs.shape == (0,)


@pytest.mark.parametrize("tau", [1, 4])
def test_residuals_are_orthogonal_to_all_that_is_known(tau):
    x, u = noise(50), noise(50, 3)[:, 1:]
    model = fit_ar(x, tau, u)
    residuals = x[tau:] - predict(model, x, u)
    assert abs(residuals.sum()) < TOLERANCE
    assert abs(lagged(x, tau).T @ residuals).max() < TOLERANCE
    assert abs(u[tau:].T @ residuals).max() < TOLERANCE


def test_fit_refuses_what_it_cannot_solve():
    x = noise(10)
    for inputs in (np.zeros((9, 1)), np.zeros((11, 1)), np.zeros(10)):
        with pytest.raises((ValueError, TypeError), match="inputs"):
            fit_ar(x, 1, inputs)
    with pytest.raises(ValueError, match="inputs must be finite"):
        fit_ar(x, 1, np.array([[0.0]] * 9 + [[np.nan]]))
    assert len(fit_ar(x[:9], 4).lags) == 4  # five weights, five targets
    with pytest.raises(ValueError, match="5 weights; got 4"):
        fit_ar(x[:8], 4)


def test_predict_is_a_rollout_of_one_step_everywhere():
    x, tau = noise(20), len(MODEL.lags)
    steps = [rollout(MODEL, x[:t], 1)[0] for t in range(tau, len(x))]
    assert abs(predict(MODEL, x) - steps).max() < TOLERANCE


def test_rollout_feeds_itself():
    history, n_steps = noise(5), 6
    before, path = history.copy(), list(history)
    for _ in range(n_steps):
        past = sum(lag * value for lag, value in zip(MODEL.lags, path[::-1]))
        path.append(MODEL.intercept + past)
    ahead = rollout(MODEL, history, n_steps)
    assert abs(ahead - path[len(history) :]).max() < TOLERANCE
    assert np.array_equal(history, before)


def test_rollout_refuses():
    with pytest.raises(ValueError, match="tau = 3 values; got 2"):
        rollout(MODEL, np.zeros(2), 1)
    with pytest.raises(ValueError, match="n_steps .* got 0"):
        rollout(MODEL, np.zeros(3), 0)
    with pytest.raises(ValueError, match="got 2 inputs"):
        rollout(MODEL._replace(inputs=np.ones(2)), np.zeros(3), 1)


@pytest.mark.parametrize(
    "inputs", [None, np.ones((4, 1)), np.ones((21, 1)), np.ones((20, 2))]
)
def test_predict_refuses_inputs_that_do_not_fit(inputs):
    with pytest.raises((ValueError, TypeError), match="inputs"):
        predict(MODEL._replace(inputs=np.ones(1)), noise(20), inputs)


def test_relative_variance():
    x = noise(30)
    assert relative_variance(x, x) == 0
    assert abs(relative_variance(x, np.full(30, x.mean())) - 1) < TOLERANCE
    target, prediction = np.array([0.0, 2.0]), np.array([3.0, 3.0])
    assert relative_variance(target, prediction) == 5.0
    assert relative_variance(target, prediction, 10.0) == 0.5
    for refused in (np.zeros(3), np.zeros((2, 1))):
        with pytest.raises((ValueError, TypeError)):
            relative_variance(target, refused)
    for wanted, variance in ((prediction, None), (target, 0.0), (target, np.nan)):
        with pytest.raises(ValueError, match="variance must be above 0"):
            relative_variance(wanted, prediction, variance)


def test_sunspots_give_the_recorded_figure():
    """AR(9) fitted to 1920, judged on 1921-1955 by the variance of 1700-1979."""
    year, x = load_series("sunspots")
    tau, cut, end = 9, *np.searchsorted(year, [1921, 1956])
    variance = float(np.var(x[year <= 1979]))
    prediction = predict(fit_ar(x[:cut], tau), x[cut - tau : end])
    error = relative_variance(x[cut:end], prediction, variance)
    assert (round(variance, 1), round(error, 4)) == (1495.6, 0.1265)
