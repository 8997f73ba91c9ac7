"""Echo state networks: the formula, the spectral radius, the readout, and running on one's own outputs."""

import numpy as np
import pytest
from refusals import refuses

from rnnlib.esn import (
    esn_generate,
    esn_init,
    esn_states,
    esn_step,
    ridge_fit,
)
from rnnlib.kin import leaky_rnn
from rnnlib.rnn import RNNParams

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-13


def draw(seed=0, **options):
    defaults = {"spectral_radius": 0.8, "leak": 0.3, "n_out": 2, "feedback_scale": 0.5}
    rng = np.random.default_rng(seed)
    return esn_init(3, 40, rng=rng, **(defaults | options)), rng


def test_a_step_is_its_formula():
    params, rng = draw(decay=0.5, bias_scale=0.2)
    x, h, y = rng.normal(size=3), rng.normal(size=40), rng.normal(size=2)
    inside = params.U @ x + params.W @ h + params.F @ y + params.b_h
    want = (1 - 0.3 * 0.5) * h + 0.3 * np.tanh(inside)
    assert np.abs(esn_step(params, x, h, y) - want).max() < TOLERANCE


def test_without_feedback_and_decay_it_is_the_leaky_cell():
    params, rng = draw(n_out=0, bias_scale=0.1)
    x = rng.normal(size=(6, 3))
    cell, twin = leaky_rnn(0.3), RNNParams(params.U, params.W, params.b_h)
    h = cell.zero_state(1, twin)
    for x_t, state in zip(x, esn_states(params, x)):
        h = cell.forward(x_t[None], h, twin)[0]
        assert np.abs(h[0] - state).max() < TOLERANCE


def test_the_spectral_radius_is_the_one_asked_for():
    for density in (1.0, 0.2, 0.05):
        W = draw(density=density, spectral_radius=0.9)[0].W
        assert abs(np.abs(np.linalg.eigvals(W)).max() - 0.9) < 1e-9
        assert abs((W != 0).mean() - density) < 0.03


def test_each_step_is_fed_the_output_before():
    params, rng = draw()
    x, y, h_0 = rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), rng.normal(size=40)
    states = esn_states(params, x, h_0, y)
    h, before = h_0, np.zeros(2)
    for t in range(4):
        h = esn_step(params, x[t], h, before)
        assert np.abs(states[t] - h).max() < TOLERANCE
        before = y[t]


def test_noise_has_its_size_and_its_generator():
    params, rng = draw(n_out=0)
    x = rng.normal(size=(5, 3))
    plain = esn_states(params, x)
    noisy = [
        esn_states(params, x, noise=1e-3, rng=np.random.default_rng(s))
        for s in (1, 1, 2)
    ]
    assert (noisy[0] == noisy[1]).all() and (noisy[0] != noisy[2]).any()
    assert 0 < np.abs(noisy[0][0] - plain[0]).max() <= 1e-3


def test_running_free_is_being_fed_ones_own_outputs():
    params, rng = draw()
    V, x = 0.3 * rng.normal(size=(2, 43)), rng.normal(size=(6, 3))
    y_0 = rng.normal(size=2)
    y = esn_generate(params, V, x, np.zeros(40), y_0)
    h, before = np.zeros(40), y_0
    for t in range(6):
        h = esn_step(params, x[t], h, before)
        before = V @ np.concatenate([h, x[t]])
        assert np.abs(before - y[t]).max() < TOLERANCE


def test_ridge_is_the_solution_of_its_equations():
    rng = np.random.default_rng(0)
    s, y = rng.normal(size=(50, 6)), rng.normal(size=(50, 2))
    for ridge, washout in ((0.0, 0), (0.7, 10)):
        kept, wanted = s[washout:], y[washout:]
        V = ridge_fit(s, y, ridge=ridge, washout=washout)
        normal = kept.T @ kept + ridge * np.eye(6)
        assert np.abs(V - np.linalg.solve(normal, kept.T @ wanted).T).max() < 1e-12


def test_more_ridge_makes_smaller_weights():
    rng = np.random.default_rng(1)
    s, y = rng.normal(size=(30, 5)), rng.normal(size=(30, 1))
    sizes = [np.abs(ridge_fit(s, y, ridge=r)).sum() for r in (0.0, 1.0, 100.0)]
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"leak": 0.0}, "leak must lie above 0"),
        ({"leak": 1.5}, "leak must lie above 0 and be at most 1; got 1.5"),
        ({"density": 0.0}, "density must lie above 0"),
        ({"decay": 4.0}, "decay must lie in 0..1/leak; got 4.0"),
        ({"spectral_radius": -1.0}, "spectral_radius must be at least 0; got -1.0"),
        ({"density": 0.0001}, "density must leave W a spectral radius"),
    ],
)
def test_reservoirs_out_of_range_are_refused(options, words):
    with refuses(words):
        draw(**options)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"x": np.ones((4, 2))}, "x must have shape"),
        ({"h_0": np.ones(3)}, "h_0 must have shape"),
        ({"y": None}, "needs y; got none"),
        ({"y": np.ones((3, 2))}, "y must have shape"),
        ({"noise": 0.1}, "noise needs rng"),
    ],
)
def test_runs_that_do_not_fit_are_refused(given, words):
    arguments = {"x": np.ones((4, 3)), "y": np.ones((4, 2))} | given
    with refuses(words):
        esn_states(draw()[0], **arguments)


def test_readouts_that_do_not_fit_are_refused():
    params, _ = draw()
    with refuses(r"H \+ I = 43; got \(2, 40\)"):
        esn_generate(
            params, np.ones((2, 40)), np.ones((3, 3)), np.zeros(40), np.zeros(2)
        )
    s, y = np.ones((5, 2)), np.ones((5, 1))
    for arguments, words in (
        ((s, y[:, 0]), r"targets must have shape \(T, O\); got \(5,\)"),
        ((s[:, 0], y), r"states must have shape \(T, F\); got \(5,\)"),
        ((s, y[:4]), "the same length; got 5 and 4"),
        ((s, y, -1.0), "ridge must be at least 0"),
        ((s, y, 0.0, 5), r"washout must lie in 0..4; got 5"),
    ):
        names = dict(zip(("ridge", "washout"), arguments[2:]))
        with refuses(words):
            ridge_fit(*arguments[:2], **names)
