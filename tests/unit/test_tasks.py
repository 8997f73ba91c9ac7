"""Tasks whose law is known: the law must hold, number by number."""

import re
from datetime import date, datetime

import numpy as np
import pytest

from rnnlib.tasks import (
    adding,
    autoregressive,
    copy_memory,
    dates,
    delayed_copy,
    drifting_level,
    heated_room,
    mackey_glass,
    number_words,
    numbers,
    parity,
    random_walk,
    temporal_order,
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
    "mackey_glass": lambda n, rng: mackey_glass(n, rng=rng),
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


def test_adding_marks_one_number_in_each_half():
    x, y = adding(11, 400, rng=np.random.default_rng(0))
    values, marks = x[:, :, 0], x[:, :, 1]
    assert set(np.unique(marks)) == {0.0, 1.0}
    assert (marks[:5].sum(axis=0) == 1).all() and (marks[5:].sum(axis=0) == 1).all()
    assert np.allclose((values * marks).sum(axis=0), y)
    assert abs(np.mean((y - 1) ** 2) - 1 / 6) < 0.03  # always predicting 1
    assert (marks.sum(axis=1) > 0).all()  # every place is marked some time


def test_copy_memory_gives_back_what_came_first():
    x, y, mask = copy_memory(
        7, 5, rng=np.random.default_rng(0), n_symbols=3, n_copied=4
    )
    assert x.shape == y.shape == mask.shape == (15, 5) and mask.all()
    assert (x[:4] == y[-4:]).all() and x[:4].max() < 3
    assert (x[4:10] == 3).all() and (x[10] == 4).all() and (x[11:] == 3).all()
    assert (y[:-4] == 3).all()


def test_temporal_order_is_told_by_the_two_marks():
    x, y, mask = temporal_order(50, 300, rng=np.random.default_rng(0))
    for b in range(300):
        (first, second) = np.flatnonzero(x[:, b] < 2)
        assert 5 <= first < 10 and 25 <= second < 30
        assert y[-1, b] == 2 * x[first, b] + x[second, b]
    assert set(y[-1]) == {0, 1, 2, 3} and mask.sum() == 300 and mask[-1].all()


def test_parity_counts_the_ones_so_far():
    x, y, mask = parity(9, 20, rng=np.random.default_rng(0))
    for b in range(20):
        for t in range(9):
            assert y[t, b] == sum(x[: t + 1, b]) % 2
    assert mask.all()


@pytest.mark.parametrize(
    ("task", "sizes", "words"),
    [
        (adding, (1, 3), "n_steps must be at least 2; got 1"),
        (adding, (4, 0), "n_batch must be at least 1; got 0"),
        (copy_memory, (0, 3), "delay must be at least 1; got 0"),
        (temporal_order, (9, 3), "n_steps must be at least 10; got 9"),
        (parity, (0, 3), "n_steps must be at least 1; got 0"),
    ],
)
def test_sizes_of_tasks_are_checked(task, sizes, words):
    with pytest.raises(ValueError, match=words):
        task(*sizes, rng=np.random.default_rng(0))


def test_mackey_glass_obeys_its_equation():
    x = mackey_glass(400, rng=fresh(), spacing=0.1)
    now, late = x[170:-1], x[:-171]
    change = 0.2 * late / (1 + late**10) - 0.1 * now
    assert np.abs(x[171:] - now - 0.1 * change).max() < TOLERANCE


def test_mackey_glass_is_kept_at_its_spacing():
    fine = mackey_glass(100, rng=fresh(), spacing=0.1)
    assert (mackey_glass(10, rng=fresh()) == fine[::10]).all()


def test_mackey_glass_at_rest_and_in_motion():
    """With a short delay it comes to rest at 1; with 17 it wanders on."""
    calm = mackey_glass(50, rng=fresh(), delay=2.0)
    wild = mackey_glass(500, rng=fresh())
    assert np.abs(calm - 1).max() < 1e-6 and wild.std() > 0.2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"delay": 0.05}, "delay must be a whole number of Euler steps"),
        ({"delay": 17.03}, "delay .* got 17.03"),
        ({"spacing": 0.0}, "spacing .* at least 1; got 0.0"),
    ],
)
def test_mackey_glass_refuses(options, words):
    with pytest.raises(ValueError, match=words):
        mackey_glass(5, rng=fresh(), **options)


READ = {
    "%d %B %Y": r"^\d+ [a-z]{4,} \d+$",
    "%B %d, %Y": r"^[a-z]+ \d+, \d+$",
    "%d %b %Y": r"^\d+ [a-z]{3} \d+$",
    "%b %d %Y": r"^[a-z]{3} \d+ \d+$",
    "%A, %d %B %Y": r"^[a-z]+day, ",
    "the %d of %B %Y": r"^the ",
    "%d.%m.%Y": r"\.",
    "%m/%d/%Y": r"/",
}


def test_dates_can_be_read_back():
    pairs = dates(2000, rng=fresh())
    forms = dict.fromkeys(READ, 0)
    for written, iso in pairs:
        plain = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", written)
        form = next(f for f, looks in READ.items() if re.search(looks, plain))
        when = datetime.strptime(plain, form)
        assert when.strftime("%Y-%m-%d") == iso and date(1900, 1, 1) <= when.date()
        assert "day," not in written or written.startswith(when.strftime("%A").lower())
        forms[form] += 1
    assert min(forms.values()) > 150
    assert len({iso for _, iso in pairs}) == 2000


@pytest.mark.parametrize(
    ("day", "ending"),
    [
        (1, "st"),
        (2, "nd"),
        (3, "rd"),
        (4, "th"),
        (11, "th"),
        (12, "th"),
        (13, "th"),
        (21, "st"),
        (23, "rd"),
        (30, "th"),
    ],
)
def test_endings_of_days(day, ending):
    written = {w for w, _ in dates(9000, rng=fresh()) if w.startswith("the ")}
    assert any(w.startswith(f"the {day}{ending} of") for w in written)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (20, "twenty"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (115, "one hundred and fifteen"),
        (1000, "one thousand"),
        (2014, "two thousand and fourteen"),
        (7300, "seven thousand three hundred"),
        (100_001, "one hundred thousand and one"),
        (999_999, "nine hundred and ninety-nine thousand nine hundred and ninety-nine"),
    ],
)
def test_numbers_in_words(number, words):
    assert number_words(number) == words


def test_numbers_differ_and_come_in_all_sizes():
    pairs = numbers(3000, rng=fresh())
    assert len(dict(pairs)) == 3000 == len({words for _, words in pairs})
    assert all(number_words(int(figures)) == words for figures, words in pairs)
    assert {len(figures) for figures, _ in pairs} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("task", "argument", "words"),
    [
        (dates, 0, r"n must lie in 1..73049; got 0"),
        (numbers, 100_001, "n must lie in 1..100000; got 100001"),
    ],
)
def test_counts_of_pairs_are_checked(task, argument, words):
    with pytest.raises(ValueError, match=words):
        task(argument, rng=fresh())


@pytest.mark.parametrize("number", [-1, 1_000_000])
def test_numbers_out_of_range_are_refused(number):
    with pytest.raises(ValueError, match="number must lie in 0..999,999"):
        number_words(number)
