"""Series whose law is known: the law must hold, number by number."""

import numpy as np
import pytest

from rnnlib.tasks import (
    autoregressive,
    delayed_copy,
    drifting_level,
    heated_room,
    random_walk,
)

SEED, N_STEPS, LONG = 3, 40, 20_000
TOLERANCE = 1e-12
LAGS = np.array([0.6, -0.3, 0.1])
WARM_UP = 500  # promised in the docstring
DRAWS = {
    "autoregressive": lambda n, rng: autoregressive(LAGS, n, rng=rng),
    "random_walk": lambda n, rng: random_walk(n, rng=rng),
    "drifting_level": lambda n, rng: drifting_level(n, rng=rng),
    "delayed_copy": lambda n, rng: delayed_copy(n, 1, rng=rng),
    "heated_room": lambda n, rng: heated_room(n, rng=rng),
}


def fresh():
    return np.random.default_rng(SEED)


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_every_draw_comes_from_the_rng_alone(draw):
    before = np.random.get_state()
    first, again, other = (
        draw(N_STEPS, fresh()),
        draw(N_STEPS, fresh()),
        draw(N_STEPS, np.random.default_rng(SEED + 1)),
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.shape(first)[-1] == N_STEPS
    after = np.random.get_state()
    assert np.array_equal(before[1], after[1]) and before[2:] == after[2:]
    with pytest.raises(ValueError, match="n_steps .* got 0"):
        draw(0, fresh())


@pytest.mark.parametrize("n_steps", [1, N_STEPS])
def test_autoregressive_obeys_its_lags(n_steps):
    noise, tau = 2.0, len(LAGS)
    shocks = noise * fresh().normal(size=tau + WARM_UP + n_steps)
    x = [0.0] * tau
    for shock in shocks[tau:]:
        x.append(sum(LAGS[k - 1] * x[-k] for k in range(1, tau + 1)) + shock)
    got = autoregressive(LAGS, n_steps, rng=fresh(), noise=noise)
    assert abs(got - x[-n_steps:]).max() < TOLERANCE


def test_autoregressive_has_the_variance_of_its_law():
    lag = 0.8
    x = autoregressive(np.array([lag]), LONG, rng=fresh())
    assert x.var() == pytest.approx(1 / (1 - lag**2), rel=0.1)


def test_random_walk_steps_are_the_draws():
    walk = random_walk(N_STEPS, rng=fresh())
    assert walk[0] == 0
    assert abs(np.diff(walk) - fresh().normal(size=N_STEPS - 1)).max() < TOLERANCE
    assert random_walk(1, rng=fresh()).tolist() == [0.0]


def test_drifting_level_is_a_slow_walk_seen_through_noise():
    drift = 0.25
    x, level = drifting_level(LONG, rng=fresh(), drift=drift)
    assert level[0] == 0 and np.diff(level).std() == pytest.approx(drift, rel=0.05)
    assert (x - level).std() == pytest.approx(1, rel=0.05)
    assert abs(np.corrcoef((x - level)[1:], np.diff(level))[0, 1]) < 0.05
    assert not drifting_level(N_STEPS, rng=fresh(), drift=0.0).level.any()


def test_delayed_copy_repeats_and_flips():
    delay, flip = 7, 0.2
    exact = delayed_copy(N_STEPS, delay, rng=fresh(), flip=0.0)
    assert set(exact) == {-1.0, 1.0} and np.array_equal(exact[delay:], exact[:-delay])
    turned = delayed_copy(N_STEPS, delay, rng=fresh(), flip=1.0)
    assert np.array_equal(turned[delay:], -turned[:-delay])
    noisy = delayed_copy(LONG, delay, rng=fresh(), flip=flip)
    assert np.mean(noisy[delay:] != noisy[:-delay]) == pytest.approx(flip, abs=0.02)


@pytest.mark.parametrize("delay", [0, -1, N_STEPS])
def test_delayed_copy_refuses(delay):
    with pytest.raises(ValueError, match=rf"1\.\.{N_STEPS - 1}; got {delay}"):
        delayed_copy(N_STEPS, delay, rng=fresh())
    assert len(delayed_copy(N_STEPS, N_STEPS - 1, rng=fresh())) == N_STEPS


def test_heated_room_follows_its_heating():
    kept, gain, switching = 0.8, 2.0, 1 / 8
    temperature, heating = heated_room(LONG, rng=fresh(), noise=0.0)
    assert temperature[0] == 0 and set(heating) == {0.0, 1.0}
    rest = temperature[1:] - kept * temperature[:-1] - gain * heating[1:]
    assert abs(rest).max() < TOLERANCE
    assert np.mean(np.diff(heating) != 0) == pytest.approx(switching, rel=0.1)
    noise = 0.5
    temperature, heating = heated_room(LONG, rng=fresh(), noise=noise)
    rest = temperature[1:] - kept * temperature[:-1] - gain * heating[1:]
    assert rest.std() == pytest.approx(noise, rel=0.05)
    assert abs(rest.mean()) < noise / 10
