"""Questions of homework 0, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib.checks.core import Exercise


def _buoys(seed, T, B, I, H):
    """Readings, gains, weights and offsets; no two numbers are equal, and no matrix is symmetric."""
    rng = np.random.default_rng(seed)
    x, U, b = (rng.normal(size=shape) for shape in ((T, B, I), (H, I), (H,)))
    return x, rng.uniform(0.5, 2, size=B), U, b


def _answers(seed, n, p_fog, p_clear):
    """Answers of a bell for which the odds of fog never go far, so that no way of reckoning loses digits."""
    rng, log_odds, rang = np.random.default_rng(seed), 0.0, []
    for _ in range(n):
        rang.append(rng.random() < (0.8 if log_odds < 0 else 0.3))
        both = (p_fog, p_clear) if rang[-1] else (1 - p_fog, 1 - p_clear)
        log_odds += np.log(both[0] / both[1])
    return np.array(rang)


def _drawn(seed, n, p):
    """Answers of a bell that rings with probability p, as the weather is."""
    return np.random.default_rng(seed).random(n) < p


def _watch(seed, T, n_new, I):
    """Hours of I instruments in units of their own; the new hours lie elsewhere."""
    rng = np.random.default_rng(seed)
    level, spread = 10 * rng.random(I) + np.arange(I), rng.uniform(0.5, 4, size=I)
    past = level + spread * rng.normal(size=(T, I))
    return past, level + 3 + 1.7 * spread * rng.normal(size=(n_new, I))


_chances = np.random.default_rng(4).uniform(0.05, 0.9, size=20_000)
_heights = np.random.default_rng(5).normal(0.6, 1.0, size=(7, 3))
_square = np.random.default_rng(6).normal(-0.4, 1.0, size=(4, 4))
_one_gauge = np.random.default_rng(7).normal(0.9, 1.0, size=(6, 1))


def buoy_scores(x, gain, U, b):
    """(T, B, H): each buoy's readings times its gain, then U, then b."""
    return (x * gain[:, None]) @ U.T + b


def outlook(counts):
    """Shares within each row; an empty row gets the shares of the whole table."""
    n = counts.sum(axis=1, keepdims=True)
    whole = counts.sum(axis=0) / counts.sum()
    return np.where(n > 0, counts / np.maximum(n, 1), whole)


def _outlook_but(empty):
    """Shares within each row, and something else in an empty one."""

    def shares(counts):
        seen = counts.sum(axis=1) > 0
        return np.where(seen[:, None], outlook(counts), empty(counts, seen))

    return shares


def long_product(p):
    """(m, e) with m times ten to the e, 1 <= m < 10."""
    log10 = np.log10(p).sum()
    e = int(np.floor(log10))
    return 10 ** (log10 - e), e


def _from_logarithm(log, floor=np.floor, power=lambda rest: 10**rest):
    def pair(p):
        whole = log(p)
        return power(whole - floor(whole)), floor(whole)

    return pair


def _product_first(p):
    product = np.prod(p)
    e = np.floor(np.log10(product))
    return product / 10**e, e


def _one_lower(p):
    log10 = np.log10(p).sum()
    e = int(log10) - 1
    return 10 ** (log10 - e), e


def _after_cut(lower):
    """int() cuts towards zero; then one is taken off under some condition."""

    def pair(p):
        log10 = np.log10(p).sum()
        e = int(log10)
        e -= int(lower(log10, e))
        return 10 ** (log10 - e), e

    return pair


def _of_the_reciprocal(p):
    m, e = _from_logarithm(lambda p: -np.log10(p).sum())(p)
    return m, -e


def running_moments(x):
    """Means and variances (N, B) of the first n readings, for n = 1 .. N."""
    n = np.arange(1, len(x) + 1)[:, None]
    means = np.cumsum(x, axis=0) / n
    return means, np.cumsum(x**2, axis=0) / n - means**2


def _moments(n, axis=0):
    def moments(x):
        means = np.cumsum(x, axis=axis) / n(x)
        return means, np.cumsum(x**2, axis=axis) / n(x) - means**2

    return moments


def _upwards(x):
    return np.arange(1, len(x) + 1)[:, None]


def _each_from_its_own(x):
    means, _ = running_moments(x)
    return means, np.cumsum((x - means) ** 2, axis=0) / _upwards(x)


def _from_the_last(x):
    means, _ = running_moments(x)
    return means, np.cumsum((x - x.mean(axis=0)) ** 2, axis=0) / _upwards(x)


def _not_squared(x):
    means, _ = running_moments(x)
    return means, np.cumsum(x**2, axis=0) / _upwards(x) - means


def _one_less(x):
    means, variances = running_moments(x)
    return means, variances * _upwards(x) / (_upwards(x) - 1)


def fog_belief(prior, p_fog, p_clear, rang):
    """P(fog | the first t answers) for t = 1 .. T."""
    steps = _steps(p_fog, p_clear, rang)
    return _chance(np.log(prior / (1 - prior)) + np.cumsum(steps))


def _steps(p_fog, p_clear, rang):
    """What each answer adds to the logarithm of the odds."""
    return np.where(rang, np.log(p_fog / p_clear), np.log((1 - p_fog) / (1 - p_clear)))


def _chance(log_odds):
    return 1 / (1 + np.exp(-log_odds))


def _products(prior, p_fog, p_clear, rang):
    fog = prior * np.cumprod(np.where(rang, p_fog, 1 - p_fog))
    clear = (1 - prior) * np.cumprod(np.where(rang, p_clear, 1 - p_clear))
    return fog, clear


def _fog_by_products(*arguments):
    fog, clear = _products(*arguments)
    return fog / (fog + clear)


def _silence_ignored(prior, p_fog, p_clear, rang):
    steps = np.where(rang, np.log(p_fog / p_clear), 0)
    return _chance(np.log(prior / (1 - prior)) + np.cumsum(steps))


def _silence_as_its_opposite(prior, p_fog, p_clear, rang):
    steps = np.where(rang, 1, -1) * np.log(p_fog / p_clear)
    return _chance(np.log(prior / (1 - prior)) + np.cumsum(steps))


def _silence_swapped(prior, p_fog, p_clear, rang):
    silence = np.log((1 - p_clear) / (1 - p_fog))
    steps = np.where(rang, np.log(p_fog / p_clear), silence)
    return _chance(np.log(prior / (1 - prior)) + np.cumsum(steps))


def _each_alone(prior, p_fog, p_clear, rang):
    return _chance(np.log(prior / (1 - prior)) + _steps(p_fog, p_clear, rang))


def _fog_by_odds(*given):
    with np.errstate(all="ignore"):
        fog, clear = given[0], 1 - given[0]
        odds = fog / clear * np.exp(np.cumsum(_steps(*given[1:])))
        return odds / (1 + odds)


def _before(*given):
    return np.r_[given[0], fog_belief(*given)[:-1]]


def _prior_every_time(prior, p_fog, p_clear, rang):
    return _chance(
        np.cumsum(np.log(prior / (1 - prior)) + _steps(p_fog, p_clear, rang))
    )


def standardise(past, new):
    """Both parts, each instrument from its mean over the past, in units of its spread there."""
    mean, std = past.mean(axis=0), past.std(axis=0)
    return (past - mean) / std, (new - mean) / std


def _standardised(numbers):
    """With a mean and a spread that ``numbers`` takes from the past hours and from all."""

    def both(past, new):
        mean, std = numbers(past, np.concatenate([past, new]))
        return (past - mean) / std, (new - mean) / std

    return both


def _by_hour(past, new):
    return tuple(
        (part - part.mean(axis=1, keepdims=True)) / part.std(axis=1, keepdims=True)
        for part in (past, new)
    )


EXERCISES = {
    "buoy_scores": Exercise(
        solution=buoy_scores,
        cases={
            "T, B, I, H = 3, 2, 4, 5": _buoys(1, 3, 2, 4, 5),
            "all sizes 3": _buoys(2, 3, 3, 3, 3),
            "one hour": _buoys(3, 1, 3, 2, 4),
        },
        wrong={
            "the gain runs along the last axis, the instruments; it belongs to the buoys": lambda x, gain, U, b: (
                (x * gain) @ U.T + b
            ),
            "the gain runs along the first axis, the hours; it belongs to the buoys": lambda x, gain, U, b: (
                (x * gain[:, None, None]) @ U.T + b
            ),
            "the gain runs along the scores; it belongs to the buoys": lambda x, gain, U, b: (
                x @ U.T * gain + b
            ),
            "U is the wrong way round: row h holds what score h takes from each instrument": lambda x, gain, U, b: (
                (x * gain[:, None]) @ U + b
            ),
            "the gain is on the offset b too; only the readings have it": lambda x, gain, U, b: (
                (x @ U.T + b) * gain[:, None]
            ),
            "the gain is missing": lambda x, gain, U, b: x @ U.T + b,
            "the offset b is missing": lambda x, gain, U, b: buoy_scores(
                x, gain, U, 0 * b
            ),
            "the offset b runs along the buoys; there is one for each score": lambda x, gain, U, b: (
                buoy_scores(x, gain, U, 0 * b) + b[:, None]
            ),
            "the readings were divided by the gain": lambda x, gain, U, b: buoy_scores(
                x, 1 / gain, U, b
            ),
            "the offset was added before U": lambda x, gain, U, b: (
                (x * gain[:, None] + b) @ U.T
            ),
            "the scores stand before the buoys: (T, B, H) was asked for": lambda *given: (
                buoy_scores(*given).swapaxes(1, 2)
            ),
            "hours and buoys have changed places: (T, B, H) was asked for": lambda *given: (
                buoy_scores(*given).swapaxes(0, 1)
            ),
        },
        hint="write the shapes below each other, right-aligned: (T, B, I) and, for the gain, what?",
    ),
    "outlook": Exercise(
        solution=outlook,
        cases={
            "one empty row": (np.array([[9, 2, 0, 4], [0, 0, 0, 0], [3, 14, 5, 1]]),),
            "no empty row": (np.array([[2, 7, 5], [11, 0, 1]]),),
            "two empty rows, square": (
                np.array([[0, 0, 0, 0], [8, 2, 1, 6], [0, 0, 0, 0], [1, 5, 30, 2]]),
            ),
        },
        wrong={
            "empty rows are 0/0; if you filled them, an array of whole numbers cut the shares to 0": lambda counts: (
                counts / counts.sum(axis=1, keepdims=True)
            ),
            "a zero in a row that was seen was replaced; only rows without a single count are": lambda counts: (
                np.where(counts > 0, outlook(counts), counts.sum(axis=0) / counts.sum())
            ),
            "empty rows are left at zero, and sum to zero": _outlook_but(
                lambda counts, seen: np.zeros(counts.shape)
            ),
            "empty rows say that all columns are alike; the whole table says more": _outlook_but(
                lambda counts, seen: np.full(counts.shape, 1 / counts.shape[1])
            ),
            "empty rows got the mean of the other rows; a row of few days counts for too much there": _outlook_but(
                lambda counts, seen: outlook(counts)[seen].mean(axis=0)
            ),
            "each column sums to one: that is how likely a row is, given the column": lambda counts: (
                counts / counts.sum(axis=0)
            ),
            "the sums of the rows lie along the columns now: one axis was lost on the way": lambda counts: (
                counts / counts.sum(axis=1)
            ),
            "divided by the sum of the whole table: that is how likely row and column are together": lambda counts: (
                counts / counts.sum()
            ),
            "something was added to each count; the rows that were seen stay as they are": lambda counts: (
                (counts + 1) / (counts + 1).sum(axis=1, keepdims=True)
            ),
            "every row got the shares of the whole table; that is for the empty ones": lambda counts: (
                np.tile(counts.sum(axis=0) / counts.sum(), (len(counts), 1))
            ),
            "whole numbers came out: // or an array of whole numbers has cut the shares": lambda counts: (
                counts // np.maximum(counts.sum(axis=1, keepdims=True), 1)
            ),
        },
        hint="what does counts.sum(axis=1) have for a shape, and what must it have to divide each row by its own sum?",
    ),
    "long_product": Exercise(
        solution=long_product,
        cases={
            "one chance": (np.array([0.07]),),
            "a chance of 1": (np.array([1.0]),),
            "a half": (np.array([0.5]),),
            "a tenth": (np.array([0.1]),),
            "three thousand and two": (_chances[:3002],),
            "six thousand": (_chances[-6000:],),
            "twenty thousand": (_chances,),
        },
        wrong={
            "the product was formed, and had become 0 before its logarithm was taken": _product_first,
            "the product was formed first: it is 0, and 0 has neither m nor e": lambda p: (
                long_product(p) if np.prod(p) else (0.0, 0)
            ),
            "that m belongs to one over the product: the sign was turned before the split": _of_the_reciprocal,
            "m must lie from 1 up to 10: below zero, to cut off the decimals rounds up": _from_logarithm(
                lambda p: np.log10(p).sum(), floor=np.trunc
            ),
            "a logarithm that is whole already was taken one lower: a product of 1 has m = 1, not 10": _one_lower,
            "after int() one is taken off only below -1; a product of 0.5 needs it too": _after_cut(
                lambda log10, e: e < 0
            ),
            "one is taken off below 0, also where nothing was cut: a product of 0.1 has m = 1": _after_cut(
                lambda log10, e: log10 < 0
            ),
            "the exponent was rounded to the nearest whole number: m can fall below 1": _from_logarithm(
                lambda p: np.log10(p).sum(), floor=np.rint
            ),
            "the exponent is that of e, the natural logarithm's base, not of ten": _from_logarithm(
                lambda p: np.log(p).sum(), power=np.exp
            ),
            "two bases are mixed: a natural logarithm, and powers of ten": _from_logarithm(
                lambda p: np.log(p).sum()
            ),
            "the exponent has lost its sign": lambda p: (
                long_product(p)[0],
                -long_product(p)[1],
            ),
            "the mean of the logarithms was taken; a product needs their sum": _from_logarithm(
                lambda p: np.log10(p).mean()
            ),
            "m is still a logarithm": _from_logarithm(
                lambda p: np.log10(p).sum(), power=lambda rest: rest
            ),
            "the sum of the chances was taken, not the product": _from_logarithm(
                lambda p: np.log10(p.sum())
            ),
        },
        hint="where does your product stop being a number? And try one chance of 0.07, and one of 1, by pencil.",
    ),
    "running_moments": Exercise(
        solution=running_moments,
        cases={
            "seven hours, three gauges": (_heights,),
            "as many hours as gauges": (_square,),
            "one gauge": (_one_gauge,),
        },
        wrong={
            "the sums run over the gauges, not over the hours": lambda x: _moments(
                lambda x: np.arange(1, x.shape[1] + 1), axis=1
            )(x),
            "the sums run over the gauges, and are divided by the number of hours": _moments(
                _upwards, axis=1
            ),
            "the mean was taken off as it is, not its square": _not_squared,
            "the sign of the variances is turned: which of the two pieces is the larger?": lambda x: (
                running_moments(x)[0],
                -running_moments(x)[1],
            ),
            "every sum is divided by N; the first n hours make n readings": _moments(
                len
            ),
            "n is counted from 0: after the first hour there is one reading": _moments(
                lambda x: np.arange(len(x))[:, None]
            ),
            "n runs along the gauges: it belongs to the hours": _moments(
                lambda x: np.arange(1, len(x) + 1)
            ),
            "the sums are not divided by n": _moments(lambda x: 1),
            "the square of the mean was not taken off": lambda x: (
                running_moments(x)[0],
                np.cumsum(x**2, axis=0) / _upwards(x),
            ),
            "each reading is measured from the mean of its own hour; all n belong to one mean": _each_from_its_own,
            "the readings are measured from the mean of all N, which the first hours did not know": _from_the_last,
            "divided by n - 1; by n was asked for, and after one hour n - 1 is 0": _one_less,
            "that is the standard deviation; the variance is its square": lambda x: (
                running_moments(x)[0],
                np.sqrt(np.maximum(running_moments(x)[1], 0)),
            ),
            "means and variances have changed places": lambda x: running_moments(x)[
                ::-1
            ],
        },
        hint="two cumulative sums, of x and of its square. Which shape must n have to divide each row by its own n?",
    ),
    "fog_belief": Exercise(
        solution=fog_belief,
        cases={
            "three answers": (0.1, 0.8, 0.3, np.array([True, False, True])),
            "silence": (0.25, 0.9, 0.2, np.zeros(4, dtype=bool)),
            "two thousand": (0.05, 0.7, 0.4, _answers(8, 2000, 0.7, 0.4)),
            "four thousand": (0.3, 0.7, 0.4, _answers(9, 4000, 0.7, 0.4)),
            "ten thousand in fog": (0.5, 0.7, 0.4, _drawn(40, 10_000, 0.7)),
            "ten thousand in clear air": (0.5, 0.7, 0.4, _drawn(41, 10_000, 0.4)),
        },
        wrong={
            "with many answers both products become 0, and 0/0 is no number": _fog_by_products,
            "the odds themselves overflow, and inf/inf is no number; stay with their logarithms": _fog_by_odds,
            "that is the belief before each answer; the first entry knows the first answer": _before,
            "the logarithm of the prior stands where that of its odds should": lambda prior, *rest: (
                _chance(np.log(prior) + np.cumsum(_steps(*rest)))
            ),
            "the prior is not used: fog and clear air started alike": lambda prior, *rest: (
                fog_belief(0.5, *rest)
            ),
            "silence is left out; it is an answer too": _silence_ignored,
            "silence undoes a ring exactly; how likely is silence in fog, and in clear air?": _silence_as_its_opposite,
            "silence: the chances of it in fog and in clear air have changed places": _silence_swapped,
            "each answer was judged alone; what it adds must stay": _each_alone,
            "the prior came in again at every answer": _prior_every_time,
            "p_fog and p_clear have changed places": lambda prior, p_fog, p_clear, rang: (
                fog_belief(prior, p_clear, p_fog, rang)
            ),
            "ring and silence have changed places": lambda prior, p_fog, p_clear, rang: (
                fog_belief(prior, p_fog, p_clear, ~rang)
            ),
            "that is the chance of clear air": lambda *given: 1 - fog_belief(*given),
            "those are odds, fog against clear; a probability was asked for": lambda *given: (
                fog_belief(*given) / (1 - fog_belief(*given))
            ),
            "that is how likely fog and these answers are together; it must be divided by something": lambda *given: (
                _products(*given)[0]
            ),
            "that compares the answers in fog and in clear air; the prior is not in it": lambda prior, *rest: (
                np.exp(np.cumsum(_steps(*rest)))
            ),
            "that is the last one; the belief after each answer was asked for": lambda *given: (
                fog_belief(*given)[-1]
            ),
        },
        hint="reckon one ring and one silence by pencil. Then look at your numbers after ten thousand answers.",
    ),
    "standardise": Exercise(
        solution=standardise,
        cases={
            "two instruments": _watch(10, 8, 5, 2),
            "three instruments": _watch(11, 6, 4, 3),
            "as many hours as instruments": _watch(12, 4, 4, 4),
        },
        wrong={
            "nothing has changed: these are the numbers of the function as found": _standardised(
                lambda past, all_: (all_.mean(axis=0), all_.std())
            ),
            "each instrument has its own spread now; look again at which hours the numbers come from": _standardised(
                lambda past, all_: (all_.mean(axis=0), all_.std(axis=0))
            ),
            "the numbers come from the past now; look again at how many spreads there are": _standardised(
                lambda past, all_: (past.mean(axis=0), past.std())
            ),
            "the mean is right; the spread still knows the new hours": _standardised(
                lambda past, all_: (past.mean(axis=0), all_.std(axis=0))
            ),
            "the spread is right; the mean still knows the new hours": _standardised(
                lambda past, all_: (all_.mean(axis=0), past.std(axis=0))
            ),
            "the mean is right; the spread knows the new hours, and is one for all instruments": _standardised(
                lambda past, all_: (past.mean(axis=0), all_.std())
            ),
            "the new hours were measured by their own mean and spread: no storm could ever be seen": lambda past, new: (
                standardise(past, past)[0],
                standardise(new, new)[0],
            ),
            "each hour was measured by the mean of its instruments; that adds wind to water": _by_hour,
            "the spreads are right; there is one mean for all instruments": _standardised(
                lambda past, all_: (past.mean(), past.std(axis=0))
            ),
            "one mean and one spread for all instruments": _standardised(
                lambda past, all_: (past.mean(), past.std())
            ),
            "divided by the variance, not by its root": _standardised(
                lambda past, all_: (past.mean(axis=0), past.var(axis=0))
            ),
            "the spread has n - 1 below the line; np.std as it stands has n": _standardised(
                lambda past, all_: (past.mean(axis=0), past.std(axis=0, ddof=1))
            ),
            "the mean is taken off; nothing is divided": _standardised(
                lambda past, all_: (past.mean(axis=0), 1)
            ),
        },
        hint="what did the watch know before the new hours came? And what has a degree to do with a metre per second?",
    ),
    "error_slopes": Exercise(
        solution={"random": -0.5, "offset": 0.0, "even": -1.0},
        wrong={
            "those are the slopes of the mean squared error; take the root first": {
                "random": -1.0,
                "offset": 0.0,
                "even": -2.0,
            },
            "the sign is turned: an error that falls has a negative slope": {
                "random": 0.5,
                "offset": 0.0,
                "even": 1.0,
            },
            "those are ratios of two errors; their logarithm is divided by that of the ratio of the n": {
                "random": 10**-0.5,
                "offset": 1.0,
                "even": 0.1,
            },
            "the logarithms of the ratios are natural on one side, and to base ten on the other": {
                "random": -0.5 * np.log(10),
                "offset": 0.0,
                "even": -np.log(10),
            },
            "all three are taken to fall alike; draw the three curves": {
                "random": -0.5,
                "offset": -0.5,
                "even": -0.5,
            },
            "random times and even times have changed places": {
                "random": -1.0,
                "offset": 0.0,
                "even": -0.5,
            },
            "the offset was not in it: does each trial draw a new gauge?": {
                "random": -0.5,
                "offset": -0.5,
                "even": -1.0,
            },
        },
        hint="log10 of the error at 10,000 minus log10 of the error at 1,000: one decade, so that is the slope.",
        tolerance=0.1,
    ),
}
